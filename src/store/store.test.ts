import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { UserError } from '../core/errors.ts';
import { toJson } from '../files/atomic.ts';
import { sealed, unsealed } from '../files/seal.ts';
import { runConfigFor } from '../study/points.ts';
import { samplePoint, sampleStudy } from '../study/sample.testing.ts';
import { runId } from '../train/run-id.ts';
import { checkpoints, forget, inherit, takeAttempt } from './attempt.ts';
import { linesDigests, readMetrics, readProbes } from './lines.ts';
import { createRunDir, publishResult, readConfig, readResult, retireFailure } from './runs.ts';
import type { RunResult } from './schemas.ts';
import { freezeStudy, openStudyDir, readStudy } from './study-dir.ts';

const scratch = () => mkdtempSync(join(tmpdir(), 'gaplab-store-'));
const failed = (attempt: number): RunResult => ({
  schema: 1,
  id: 'abc',
  status: 'failed',
  error: 'broken',
  attempt,
  startedAt: '',
  finishedAt: '',
  host: 'here',
});

const config = runConfigFor(sampleStudy(), samplePoint);

test('the id of a run is a hash of its config: key order is nothing, any value is everything', () => {
  const reversed = Object.fromEntries(Object.entries(config).reverse()) as typeof config;
  assert.equal(runId(reversed), runId(config));
  assert.match(runId(config), /^[0-9a-f]{16}$/);
  // As it was before models had words: runs of then are found.
  assert.equal(runId(config), 'bd150ee6f08998c3');
  assert.notEqual(runId({ ...config, seed: 2 }), runId(config));
});

test('what a killed process tried a place with is gone with the next try, and nothing else is', () => {
  const dir = scratch();
  openStudyDir(dir);
  const runs = join(dir, 'runs');
  const others = ['.writable.tmp', '.writable.0123456789ab.tmp.txt', 'a.writable.0123456789ab.tmp'];
  for (const name of ['.writable.0123456789ab.tmp', ...others]) writeFileSync(join(runs, name), 'x');
  mkdirSync(join(runs, '.writable.ba9876543210.tmp'));
  openStudyDir(dir);
  assert.deepEqual(readdirSync(runs).sort(), [...others, '.writable.ba9876543210.tmp'].sort());
});

test('a damaged result counts as missing and is moved aside, not deleted', () => {
  const dir = scratch();
  writeFileSync(join(dir, 'result.json'), '{"schema":1,"sta');
  assert.equal(readResult(dir), undefined);
  assert.ok(existsSync(join(dir, 'result.json')), 'a reader moves nothing');
  const warnings: string[] = [];
  assert.equal(
    readResult(dir, (line) => warnings.push(line)),
    undefined,
  );
  assert.match(warnings[0], /damaged; moved to .*result\.json\.damaged-/);
  assert.equal(readdirSync(dir).length, 1);
  assert.ok(publishResult(dir, failed(1)));
});

test('a result with one bit changed, or of another run, is damaged; one from before there were checksums counts', () => {
  const dir = join(scratch(), runId(config));
  mkdirSync(dir);
  const file = join(dir, 'result.json');
  const result = { ...failed(1), id: runId(config) };
  writeFileSync(file, toJson(result));
  assert.deepEqual(readResult(dir), result);
  const text = toJson(sealed(result));
  writeFileSync(file, text);
  assert.deepEqual(readResult(dir), result);
  for (const change of [text.replace('broken', 'Broken'), text.replace('"attempt": 1', '"attempt": 3')]) {
    writeFileSync(file, change);
    assert.equal(readResult(dir), undefined);
  }
  writeFileSync(file, toJson(sealed({ ...result, id: '0123456789abcdef' })));
  assert.equal(readResult(dir), undefined);
});

test('a config that is not the one its directory is named after is damaged, set aside and written again', () => {
  const dir = join(scratch(), runId(config));
  createRunDir(dir, config, assert.fail);
  assert.deepEqual(readConfig(dir), config);
  writeFileSync(join(dir, 'config.json'), toJson({ ...config, lr: 0.2 }));
  assert.equal(readConfig(dir), 'damaged');
  const warnings: string[] = [];
  createRunDir(dir, config, (line) => warnings.push(line));
  assert.match(warnings.join(), /config\.json is damaged; moved to .*damaged-/);
  assert.deepEqual(readConfig(dir), config);
  assert.equal(readdirSync(dir).length, 2);
  // Under another name, the attempts say which run it is.
  const named = scratch();
  createRunDir(named, config, assert.fail);
  takeAttempt(named, runId(config))!.release('finished');
  assert.deepEqual(readConfig(named), config);
  writeFileSync(join(named, 'config.json'), toJson({ ...config, lr: 0.2 }));
  assert.equal(readConfig(named), 'damaged');
  assert.equal(readConfig(scratch()), undefined);
});

test('metrics that were changed after the run are told, as are lines that cannot be read', () => {
  const dir = scratch();
  const attempt = takeAttempt(dir, 'abc')!;
  const file = join(attempt.dir, 'metrics.jsonl');
  const text = '{"step":1,"loss":3.5}\n{"step":2,"loss":3.25}\n';
  writeFileSync(file, text);
  const result = { attempt: 1, files: linesDigests(attempt.dir) };
  assert.deepEqual(readMetrics(dir, result), {
    lines: text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  });
  assert.deepEqual(readProbes(dir, result), { lines: [] });
  writeFileSync(file, text.replace('3.25', '3.24'));
  assert.match(readMetrics(dir, result).damage!, /metrics\.jsonl was changed after the run/);
  writeFileSync(file, text.replace('}', ''));
  assert.match(readMetrics(dir, { attempt: 1 }).damage!, /line 1 of metrics\.jsonl cannot be read/);
  writeFileSync(file, text.slice(0, -9));
  assert.equal(readMetrics(dir, undefined).damage, undefined, 'a run that is still written');
  rmSync(file);
  assert.match(readMetrics(dir, result).damage!, /was changed/);
});

test('a failure that was replaced by a result meanwhile is not retired', () => {
  const dir = scratch();
  publishResult(dir, failed(2));
  retireFailure(dir, failed(1));
  assert.deepEqual(readResult(dir), failed(2));
});

test('checkpoints of earlier attempts are found newest first and inherited with their metrics', () => {
  const dir = scratch();
  for (const n of [1, 2, 3]) {
    takeAttempt(dir, 'abc')!.release('failed');
    if (n !== 2) writeFileSync(join(dir, `attempt-${n}`, 'checkpoint.safetensors'), `checkpoint ${n}`);
    writeFileSync(join(dir, `attempt-${n}`, 'metrics.jsonl'), `{"step":${n}}\n{"step":`);
  }
  const attempt = takeAttempt(dir, 'abc')!;
  assert.equal(attempt.number, 4);
  assert.deepEqual(checkpoints(dir, 4), [3, 1]);
  inherit(dir, 3, attempt);
  assert.equal(readFileSync(join(attempt.dir, 'checkpoint.safetensors'), 'utf8'), 'checkpoint 3');
  assert.deepEqual(readMetrics(dir, undefined).lines, [{ step: 3 }]);
  forget(attempt);
  assert.deepEqual(checkpoints(dir, 5), [3, 1]);
});

test('a failure is retired into its attempt, so that the run can be made again', () => {
  const dir = scratch();
  takeAttempt(dir, 'abc')!.release('failed');
  publishResult(dir, failed(1));
  retireFailure(dir, readResult(dir)!);
  assert.equal(readResult(dir), undefined);
  assert.ok(existsSync(join(dir, 'attempt-1', 'result.json')));
});

test('a failure of a run that nobody has had is set aside, and the run is free at once', () => {
  const dir = scratch();
  publishResult(dir, failed(1));
  retireFailure(dir, readResult(dir)!);
  assert.equal(readResult(dir), undefined);
  assert.match(readdirSync(dir).join(), /^result\.json\.failed-[0-9a-f]+$/);
  assert.equal(takeAttempt(dir, 'abc')?.number, 1);
});

test('study.json: the same again changes nothing, a changed one keeps the old, another name is refused', () => {
  const dir = scratch();
  openStudyDir(dir);
  const warnings: string[] = [];
  const warn = (line: string) => warnings.push(line);
  freezeStudy(dir, sampleStudy(), warn);
  freezeStudy(dir, sampleStudy(), warn);
  assert.deepEqual(warnings, []);
  freezeStudy(dir, sampleStudy({ batchSizes: [1, 4] }), warn);
  assert.match(warnings[0], /finished runs are kept/);
  assert.deepEqual(readStudy(dir).batchSizes, [1, 4]);
  assert.deepEqual(unsealed(JSON.parse(readFileSync(join(dir, 'study.1.json'), 'utf8'))), sampleStudy());
  assert.throws(
    () => freezeStudy(dir, sampleStudy({ name: 'other' }), warn),
    /belongs to the study "sample", not to "other"/,
  );
  const text = readFileSync(join(dir, 'study.json'), 'utf8');
  writeFileSync(join(dir, 'study.json'), text.replace('"maxPoints": 12', '"maxPoints": 13'));
  assert.throws(() => readStudy(dir), /is damaged; run the study again/);
  writeFileSync(join(dir, 'study.json'), '{"na');
  assert.throws(() => readStudy(dir), /is damaged; run the study again/);
  freezeStudy(dir, sampleStudy(), warn);
  assert.match(warnings[1], /was damaged; moved to .*study\.2\.json/);
  assert.throws(() => readStudy(scratch()), /holds no study/);
});

test('a study.json of before counts the tuning seed among those of a winner; it is the same study, not a changed one', () => {
  const dir = scratch();
  const warnings: string[] = [];
  const { seeds, ...rest } = sampleStudy({ seeds: { tune: 1, fresh: 4 } });
  writeFileSync(join(dir, 'study.json'), toJson(sealed({ ...rest, seeds: { tune: 1, final: 5 } })));
  assert.deepEqual(readStudy(dir), { ...rest, seeds });
  assert.equal(readStudy(dir).tuner, undefined);
  freezeStudy(dir, { ...rest, seeds }, (line) => warnings.push(line));
  assert.deepEqual([warnings, existsSync(join(dir, 'study.1.json'))], [[], false]);
});

test('a shared pool is a link; a directory with runs of its own is not turned into one', () => {
  const [dir, pool] = [scratch(), scratch()];
  openStudyDir(dir, pool);
  openStudyDir(dir, pool);
  // A link in a directory that somebody else made must not say where is written.
  assert.throws(
    () => openStudyDir(dir),
    (error: Error) => error instanceof UserError && error.message.endsWith(`say so with --runs ${pool}`),
  );
  writeFileSync(join(dir, 'runs', 'x'), '');
  assert.deepEqual(readdirSync(pool), ['x']);
  const own = scratch();
  openStudyDir(own);
  assert.throws(() => openStudyDir(own, pool), /is not the pool/);
});

test('a place that cannot be written is one line', () => {
  const file = join(scratch(), 'file');
  writeFileSync(file, '');
  const line = (pattern: RegExp) => (error: unknown) =>
    error instanceof UserError && pattern.test(error.message) && !error.message.includes('\n');
  assert.throws(
    () => openStudyDir(file),
    line(/cannot write to .*file: a file with that name is in the way/),
  );
  assert.throws(() => openStudyDir(join(file, 'sub')), line(/a part of the path is a file/));
  if (process.platform === 'linux')
    assert.throws(() => openStudyDir('/proc/gaplab'), line(/cannot write to \/proc\/gaplab: /));
  assert.throws(
    () => openStudyDir(scratch(), join(file, 'pool')),
    line(/cannot write to .*file.pool: .*with --runs/),
  );
  const full = fullDisk();
  if (full)
    assert.throws(
      () => openStudyDir(scratch(), full),
      line(/cannot write to .*: no space left on the device/),
    );
  if (full)
    assert.throws(
      () => openStudyDir(join(full, 'study')),
      line(/no space left on the device; free some space/),
    );
});

/** A full file system, where we may make one. */
function fullDisk(): string | undefined {
  const dir = scratch();
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=16k', 'tmpfs', dir]).status !== 0) return undefined;
  process.on('exit', () => spawnSync('umount', [dir]));
  mkdirSync(join(dir, 'study'));
  try {
    writeFileSync(join(dir, 'fill'), Buffer.alloc(65536));
  } catch {}
  return dir;
}
