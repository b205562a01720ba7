import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { UserError } from '../core/errors.ts';
import { publish, toJson, writeAtomic } from '../files/atomic.ts';
import { runConfigFor } from '../study/points.ts';
import { sampleStudy } from '../study/sample.testing.ts';
import { attempts, checkpoints, forget, inherit, leaseState, takeAttempt } from './attempt.ts';
import { lockStudy, studyHolder } from './lock.ts';
import { isAlive, leaseSeconds, thisProcess } from './process.ts';
import { publishResult, readMetrics, readResult, retireFailure, runId } from './runs.ts';
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

test('the id of a run is a hash of its config: key order is nothing, any value is everything', () => {
  const study = sampleStudy();
  const point = {
    optimizer: 'sgd',
    batchSize: 4,
    model: 'tiny',
    tokens: 4096,
    lr: 0.1,
    hyper: { momentum: 0.9 },
    seed: 1,
  };
  const config = runConfigFor(study, point);
  const reversed = Object.fromEntries(Object.entries(config).reverse()) as typeof config;
  assert.equal(runId(reversed), runId(config));
  assert.match(runId(config), /^[0-9a-f]{16}$/);
  // As it was before models had words: runs of then are found.
  assert.equal(runId(config), 'bd150ee6f08998c3');
  assert.notEqual(runId({ ...config, seed: 2 }), runId(config));
});

test('publishing: the first stands, no temporary file is left', () => {
  const dir = scratch();
  assert.equal(publish(join(dir, 'x'), 'first'), true);
  assert.equal(publish(join(dir, 'x'), 'second'), false);
  assert.equal(readFileSync(join(dir, 'x'), 'utf8'), 'first');
  writeAtomic(join(dir, 'x'), 'third');
  assert.deepEqual(readdirSync(dir), ['x']);
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

test('attempts: one live lease at a time, numbers taken once', () => {
  const dir = scratch();
  const first = takeAttempt(dir)!;
  assert.equal(first.number, 1);
  assert.equal(leaseState(dir), 'live');
  assert.equal(takeAttempt(dir), undefined);
  first.release('interrupted');
  assert.equal(leaseState(dir), 'released');
  assert.equal(takeAttempt(dir)!.number, 2);
  assert.deepEqual(attempts(dir), [1, 2]);
  assert.deepEqual(readdirSync(dir).sort(), ['attempt-1', 'attempt-2']);
});

test('the lease of a killed process is lost at once', async () => {
  const dir = scratch();
  const url = JSON.stringify(new URL('./attempt.ts', import.meta.url).href);
  const child = spawn(process.execPath, [
    '--input-type=module',
    '-e',
    `(await import(${url})).takeAttempt(${JSON.stringify(dir)}); console.log('have'); setInterval(() => {}, 1e6)`,
  ]);
  await new Promise((resolve) => child.stdout.once('data', resolve));
  assert.equal(leaseState(dir), 'live');
  child.kill('SIGKILL');
  await new Promise((resolve) => child.once('exit', resolve));
  assert.equal(leaseState(dir), 'lost');
  assert.equal(takeAttempt(dir)!.number, 2);
});

test('a process is itself only with its start time; other hosts are judged by their heartbeat', () => {
  const me = thisProcess();
  assert.ok(isAlive(me, 0));
  if (process.platform === 'linux')
    assert.ok(!isAlive({ ...me, start: 'boot:1' }, Date.now()), 'a reused pid');
  const far = { ...me, host: 'elsewhere' };
  assert.ok(isAlive(far, Date.now() - 10_000));
  assert.ok(!isAlive(far, Date.now() - (leaseSeconds + 1) * 1000));
});

test('checkpoints of earlier attempts are found newest first and inherited with their metrics', () => {
  const dir = scratch();
  for (const n of [1, 2, 3]) {
    mkdirSync(join(dir, `attempt-${n}`));
    if (n !== 2) writeFileSync(join(dir, `attempt-${n}`, 'checkpoint.safetensors'), `checkpoint ${n}`);
    writeFileSync(join(dir, `attempt-${n}`, 'metrics.jsonl'), `{"step":${n}}\n{"step":`);
  }
  const attempt = takeAttempt(dir)!;
  assert.equal(attempt.number, 4);
  assert.deepEqual(checkpoints(dir, 4), [3, 1]);
  inherit(dir, 3, attempt);
  assert.equal(readFileSync(join(attempt.dir, 'checkpoint.safetensors'), 'utf8'), 'checkpoint 3');
  assert.deepEqual(readMetrics(dir, 4), [{ step: 3 }]);
  forget(attempt);
  assert.deepEqual(checkpoints(dir, 5), [3, 1]);
});

test('a failure is retired into its attempt, so that the run can be made again', () => {
  const dir = scratch();
  takeAttempt(dir)!.release('failed');
  publishResult(dir, failed(1));
  retireFailure(dir, readResult(dir)!);
  assert.equal(readResult(dir), undefined);
  assert.ok(existsSync(join(dir, 'attempt-1', 'result.json')));
});

test('two studies in one directory: the second is told who has it; a dead one is taken over', async () => {
  const dir = scratch();
  const lock = await lockStudy(dir);
  assert.equal(studyHolder(dir)?.pid, process.pid);
  await assert.rejects(lockStudy(dir), (error: Error) => {
    assert.ok(error instanceof UserError);
    assert.match(error.message, new RegExp(`already running there \\(process ${process.pid} on`));
    return true;
  });
  lock.release();
  assert.equal(studyHolder(dir), undefined);
  // A process that is gone, and one whose number somebody else has now.
  for (const ghost of [{ pid: spawnSync('true').pid }, { start: 'boot:1' }]) {
    writeFileSync(join(dir, 'study.lock'), toJson({ ...thisProcess(), ...ghost }));
    if (process.platform === 'linux' || 'pid' in ghost) (await lockStudy(dir)).release();
  }
  writeFileSync(join(dir, 'study.lock'), '');
  (await lockStudy(dir)).release();
  writeFileSync(join(dir, 'study.lock'), toJson({ ...thisProcess(), host: 'elsewhere' }));
  await assert.rejects(lockStudy(dir), /on elsewhere/);
  utimesSync(join(dir, 'study.lock'), 0, 0);
  (await lockStudy(dir)).release();
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
  assert.deepEqual(JSON.parse(readFileSync(join(dir, 'study.1.json'), 'utf8')), sampleStudy());
  assert.throws(
    () => freezeStudy(dir, sampleStudy({ name: 'other' }), warn),
    /belongs to the study "sample", not to "other"/,
  );
  writeFileSync(join(dir, 'study.json'), '{"na');
  assert.throws(() => readStudy(dir), /is damaged; run the study again/);
  freezeStudy(dir, sampleStudy(), warn);
  assert.match(warnings[1], /was damaged; moved to .*study\.2\.json/);
  assert.throws(() => readStudy(scratch()), /holds no study/);
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
