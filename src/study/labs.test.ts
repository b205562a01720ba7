// Labs of a study: run when missing, kept when done, run again when the study or the file has changed.
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { InterruptedError, UserError } from '../core/errors.ts';
import { readLab } from '../store/theory.ts';
import { type LabSpec, labSpec } from '../theory/specs/registry.ts';
import { makeLabs } from './labs.ts';
import { loadStudy } from './load.ts';
import { draftStudy } from './resolve.ts';
import { sampleStudy } from './sample.testing.ts';
import type { StudyInput } from './schema.ts';

const scratch = () => mkdtempSync(join(tmpdir(), 'gaplab-labs-'));
const sde = labSpec.parse({ lab: 'sde', sigma: [3], batchSizes: [1], paths: 8, steps: 4, points: 2 });
const other = labSpec.parse({ ...sde, name: 'other', seed: 2 });

/** Names of the labs that a call has run. */
async function made(dir: string, theory: LabSpec[], onWarning?: (line: string) => void): Promise<string[]> {
  const names: string[] = [];
  const onLab = ({ lab, share }: { lab: LabSpec; share: number }) => {
    if (share === 1) names.push(lab.name);
  };
  await makeLabs(dir, sampleStudy({ theory }), { onLab, onWarning });
  return names;
}

test('a lab is run once; another specification of it, and a damaged file, run it again', async () => {
  const dir = scratch();
  assert.deepEqual(await made(dir, [sde, other]), ['sde', 'other']);
  assert.deepEqual(readdirSync(join(dir, 'theory')).sort(), ['other.json', 'sde.json']);
  const path = join(dir, 'theory', 'sde.json');
  const written = statSync(path).mtimeMs;
  assert.deepEqual(await made(dir, [sde, other]), []);
  assert.equal(statSync(path).mtimeMs, written);
  const changed = labSpec.parse({ ...sde, seed: 3 });
  assert.equal(readLab(dir, changed), undefined);
  assert.deepEqual(await made(dir, [changed, other]), ['sde']);
  assert.ok(readLab(dir, changed));
  const whole = readFileSync(path, 'utf8');
  for (const text of [whole.slice(0, 200), '', whole.replace('"form"', '"norm"')]) {
    writeFileSync(path, text);
    const warnings: string[] = [];
    assert.deepEqual(await made(dir, [changed, other], (line) => warnings.push(line)), ['sde']);
    assert.match(warnings.join('\n'), /^\S+sde\.json is damaged; moved to \S+, that lab is run again$/);
  }
  assert.equal(readFileSync(path, 'utf8'), whole);
});

test('stopped, nothing half is left; settings that cannot be name the lab', async () => {
  const dir = scratch();
  const stopper = new AbortController();
  const long = labSpec.parse({ ...sde, paths: 100_000, steps: 100_000 });
  const onLab = ({ share }: { share: number }) => {
    if (share > 0) stopper.abort();
  };
  await assert.rejects(
    makeLabs(dir, sampleStudy({ theory: [long] }), { signal: stopper.signal, onLab }),
    (error: Error) =>
      error instanceof InterruptedError && /the same command continues it/.test(error.message),
  );
  assert.equal(readLab(dir, long), undefined);
  const wide = labSpec.parse({ lab: 'quadratic', name: 'wide', batchSizes: [10] });
  await assert.rejects(
    made(dir, [wide]),
    (error: Error) => error instanceof UserError && /^theory wide: batch size 10/.test(error.message),
  );
});

test('a study file names labs shortly or in full; two of one name, and a misspelt field, are one line', () => {
  const study: StudyInput = { name: 'x', tokens: 8192, batchSizes: [1], optimizers: { sgd: {} } };
  const theoryOf = (theory: StudyInput['theory']) => draftStudy(loadStudy({ ...study, theory })).theory;
  assert.deepEqual(theoryOf('sde'), [labSpec.parse({ lab: 'sde' })]);
  assert.deepEqual(
    theoryOf(['sde', { lab: 'sde', name: 'noisy', sigma: [30] }])?.map(({ name }) => name),
    ['sde', 'noisy'],
  );
  assert.equal(theoryOf(undefined), undefined);
  const refused = (theory: unknown, message: RegExp) =>
    assert.throws(
      () => theoryOf(theory as StudyInput['theory']),
      (error: Error) =>
        error instanceof UserError && message.test(error.message) && !error.message.includes('\n'),
    );
  refused(['sde', 'sde'], /^study: theory\.1: two labs are called "sde"; give each a name of its own$/);
  refused({ lab: 'tea' }, /theory\.lab: must be one of sde, quadratic, imbalance, found "tea"/);
  refused({ lab: 'sde', sigmas: [1] }, /theory\.sigmas: unknown field; did you mean "sigma"\?/);
  refused({ lab: 'sde', sigma: [-1] }, /theory\.sigma\.0: expected at least 0, found -1/);
});
