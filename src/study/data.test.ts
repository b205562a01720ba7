// A study that prepares its own data reads it as it says, and tells what is not read.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { UserError } from '../core/errors.ts';
import { executeStudy } from './run.ts';
import type { StudyInput } from './schema.ts';

const root = mkdtempSync(join(tmpdir(), 'gaplab-study-data-'));
after(() => rmSync(root, { recursive: true }));

const corpus = join(root, 'texts');
mkdirSync(corpus);
const story = (i: number) => `Story ${i} tells of ${'a batch that grows, and '.repeat(i + 30)}its gap.`;
const lines = (from: number, n: number) =>
  Array.from({ length: n }, (_, i) => `${JSON.stringify({ body: story(from + i) })}\n`).join('');
writeFileSync(join(corpus, 'a.jsonl'), lines(0, 30));
writeFileSync(join(corpus, 'b.jsonl'), lines(0, 30));
writeFileSync(join(corpus, 'table.csv'), 'x'.repeat(100_000));

async function study(data: Exclude<StudyInput['data'], string | null | undefined>) {
  const warnings: string[] = [];
  const made = await executeStudy({
    study: {
      name: 'texts',
      model: 'tiny',
      data: { corpus, vocabSize: 270, ...data },
      tokens: 8192,
      batchSizes: [2],
      optimizers: { sgd: {}, adam: {} },
      seeds: { fresh: 0 },
    },
    out: mkdtempSync(join(root, 'out-')),
    cacheDir: join(root, 'cache'),
    trainer: new URL('./fake-trainer.testing.ts', import.meta.url).href,
    onWarning: (line) => warnings.push(line),
  });
  return { warnings, ...made.study.data };
}

test('text column, partial reading and repetitions', async () => {
  const told = (message: RegExp) => (e: Error) => e instanceof UserError && message.test(e.message);
  await assert.rejects(
    study({}),
    told(/most of the corpus .* would not be read: .*ending \.csv .*data\.partial: true/),
  );
  await assert.rejects(
    study({ partial: true }),
    told(/a\.jsonl line 1: no string "text"; .*data\.textColumn\): body/),
  );
  const twice = await study({ partial: true, textColumn: 'body' });
  assert.equal(twice.corpus, 'texts');
  assert.deepEqual(twice.warnings, [
    'corpus texts: not read: ending .csv (1 file, 100.0 KB: table.csv)',
    'corpus texts: 3 of 3 documents held out for validation (100% of its bytes) also stand in the training split; --deduplicate (in a study, data.deduplicate: true) leaves out what is repeated',
  ]);
  const once = await study({ partial: true, textColumn: 'body', deduplicate: true });
  assert.notEqual(once.fingerprint, twice.fingerprint);
  assert.deepEqual(once.warnings.slice(1), [
    'corpus texts: 30 documents that stood there before are left out',
  ]);
});
