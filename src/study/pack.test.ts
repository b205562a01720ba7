// A study in one file comes back as it was, to the last digit; nothing damaged comes back.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { canonical } from '../files/canonical.ts';
import { sealed, unsealed } from '../files/seal.ts';
import { makeReport } from '../report/index.ts';
import { loadStudyDir } from '../report/load.ts';
import { reportedStudy, writeStudyDir } from '../report/study-dir.testing.ts';
import { summarizeStudy } from '../report/summary.ts';
import { takeAttempt } from '../store/attempt.ts';
import { readPack, writePack } from './pack.ts';
import { readState } from './state.ts';
import { unpack } from './unpack.ts';

const root = mkdtempSync(join(tmpdir(), 'gaplab-pack-'));

/** A study whose highest rate diverges, and whose seed 3 has no runs yet. */
function write(name: string): string {
  const dir = join(root, name);
  mkdirSync(dir);
  writeStudyDir(dir, reportedStudy({ name, batchSizes: [1, 4] }), ({ point: { lr, seed, optimizer } }) => {
    if (seed === 3) return 'missing';
    if (optimizer === 'sgd' && lr > 0.1) return 'diverged';
    return { valLoss: 3.4 + 0.1 * Math.log2(lr / 0.01) ** 2 + seed / 300 };
  });
  return dir;
}

/** All that a report says, but for where it was made. */
function summary(dir: string): string {
  const loaded = loadStudyDir(dir);
  const curves = loaded.rows.map(({ runId, lossCurve }) => [runId, lossCurve]);
  return canonical(JSON.parse(JSON.stringify([summarizeStudy(loaded), curves])));
}

test('a packed study comes back with every result and curve, from a compressed file and a plain one', async () => {
  const dir = write('whole');
  for (const gzip of [true, false]) {
    const file = join(root, `whole-${gzip}.jsonl`);
    const { runs, missing } = writePack(dir, file, { curves: true, gzip });
    const pack = readPack(file);
    assert.equal([...pack.runs()].length, runs);
    assert.ok(runs > 10 && missing > 0);
    const back = join(root, `back-${gzip}`);
    assert.deepEqual(await unpack(pack, back), { added: runs, there: 0, busy: 0 });
    assert.equal(summary(back), summary(dir));
    const again = await unpack(readPack(file), back);
    assert.deepEqual(again, { added: 0, there: runs, busy: 0 });
  }
  const text = gunzipSync(readFileSync(join(root, 'whole-true.jsonl'))).toString();
  assert.equal(text, readFileSync(join(root, 'whole-false.jsonl'), 'utf8'));
});

test('without curves losses and verdicts are the same, and nothing counts as damaged', async () => {
  const dir = write('losses');
  const file = join(root, 'losses.jsonl');
  writePack(dir, file, { curves: false, gzip: false });
  const back = join(root, 'losses-back');
  await unpack(readPack(file), back);
  const [was, now] = [dir, back].map((one) => summarizeStudy(loadStudyDir(one)));
  assert.deepEqual(now.cells, was.cells);
  assert.deepEqual(now.claims, was.claims);
  assert.deepEqual(now.caveats, was.caveats);
  assert.ok(loadStudyDir(back).rows.every((row) => (row.lossCurve ?? []).length === 0));
  const { summary } = await makeReport(back);
  assert.equal(summary.runs.done, was.runs.done);
});

test('packs of two computers fill one pool; a run that somebody makes there is left to them', async () => {
  const dir = write('shared');
  const file = join(root, 'shared.jsonl');
  const { runs } = writePack(dir, file, { curves: true, gzip: false });
  const pool = join(root, 'pool');
  const [first] = [...readPack(file).runs()];
  const runDir = join(pool, first.run);
  mkdirSync(runDir, { recursive: true });
  const attempt = takeAttempt(runDir, first.run)!;
  const back = join(root, 'shared-back');
  assert.deepEqual(await unpack(readPack(file), back, { pool }), { added: runs - 1, there: 0, busy: 1 });
  attempt.release('interrupted');
  assert.deepEqual(await unpack(readPack(file), back, { pool }), { added: 1, there: runs - 1, busy: 0 });
  assert.equal(readState(back).results.get(first.run)?.attempt, 2);
  assert.equal(summary(back), summary(dir));
});

test('of a damaged file nothing is unpacked', () => {
  const dir = write('damaged');
  const file = join(root, 'damaged.jsonl');
  writePack(dir, file, { curves: true, gzip: false });
  const text = readFileSync(file, 'utf8');
  const refused = (content: string | Buffer, error: RegExp) => {
    writeFileSync(file, content);
    assert.throws(() => readPack(file), error);
  };
  const lines = text.split('\n');
  const loss = /"valLoss":\d\.\d/.exec(lines[2])![0];
  const other = loss.slice(0, -1) + ((Number(loss.at(-1)) + 1) % 10);
  refused(text.replace(lines[2], lines[2].replace(loss, other)), /line 3 of .* is damaged/);
  refused(text.slice(0, -20), new RegExp(`line ${lines.length - 1} of .* is damaged`));
  // Sealed as it should be, but the run of another id.
  const [one, two] = [lines[1], lines[2]].map((line) => unsealed(JSON.parse(line)) as { run: string });
  const swapped = JSON.stringify(sealed({ ...one, run: two.run }));
  refused(text.replace(lines[1], swapped), /line 2 of .* is damaged/);
  for (const foreign of ['', 'hello\n', '{"gaplab":"study"}\n', '[1]\n', lines.slice(1).join('\n')])
    refused(foreign, /is no study that gaplab packed/);
  refused(Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 75, 4]), /is cut short or damaged/);
  rmSync(file);
  assert.throws(() => readPack(file), /damaged\.jsonl/);
});

test('a directory of another study is left alone', async () => {
  const [a, b] = [write('one'), write('two')];
  const file = join(root, 'one.jsonl');
  writePack(a, file, { curves: false, gzip: false });
  const before = readFileSync(join(b, 'study.json'), 'utf8');
  await assert.rejects(unpack(readPack(file), b), /belongs to the study "two"/);
  assert.equal(readFileSync(join(b, 'study.json'), 'utf8'), before);
  assert.ok(!existsSync(join(b, 'study.1.json')));
});
