import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { InterruptedError, UserError } from '../core/errors.ts';
import { ScriptError } from '../script/errors.ts';
import { attempts, leaseState } from '../store/attempt.ts';
import { readMetrics } from '../store/lines.ts';
import { publishResult, readResult } from '../store/runs.ts';
import type { RunResult } from '../store/schemas.ts';
import { runId } from '../train/run-id.ts';
import { executeRun } from './execute.ts';
import { createTrainer } from './fake-trainer.testing.ts';
import { runConfigFor } from './points.ts';
import { samplePoint, sampleStudy } from './sample.testing.ts';
import type { RunFn } from './trainer.ts';

const config = runConfigFor(sampleStudy(), samplePoint);
const train = createTrainer({});
const scratch = () => join(mkdtempSync(join(tmpdir(), 'gaplab-run-')), 'run');
const signal = new AbortController().signal;
const quiet = { threads: 1, signal, onProgress() {} };
const log = (dir: string, n: number) => readFileSync(join(dir, `attempt-${n}`, 'log.txt'), 'utf8');

/** A trainer that is stopped after `steps` steps. */
function stoppedAfter(steps: number): RunFn {
  return async (c, options) => {
    const stopper = new AbortController();
    const onProgress: typeof options.onProgress = (p) => p.step >= steps && stopper.abort();
    return train(c, { ...options, signal: stopper.signal, onProgress });
  };
}

const whole = await executeRun(scratch(), config, train, quiet);
assert.ok(whole !== 'busy' && whole.status === 'done');

test('an interrupted run continues from its checkpoint and ends with the bits of the whole one', async () => {
  const dir = scratch();
  await assert.rejects(executeRun(dir, config, stoppedAfter(3), quiet), InterruptedError);
  assert.equal(leaseState(dir), 'ended');
  await assert.rejects(executeRun(dir, config, stoppedAfter(6), quiet), InterruptedError);
  const result = await executeRun(dir, config, train, quiet);
  assert.ok(result !== 'busy' && result.status === 'done');
  assert.equal(result.paramsSha256, whole.paramsSha256);
  assert.equal(result.attempt, 3);
  assert.match(log(dir, 3), /continues from the checkpoint of attempt 2/);
  assert.deepEqual([readMetrics(dir, result).lines.length, readMetrics(dir, result).damage], [10, undefined]);
  // A finished run keeps one checkpoint, and is never run again.
  assert.ok(!existsSync(join(dir, 'attempt-2', 'checkpoint.safetensors')));
  assert.ok(existsSync(join(dir, 'attempt-3', 'checkpoint.safetensors')));
  assert.deepEqual(await executeRun(dir, config, () => assert.fail('trained again'), quiet), result);
});

test('a corrupt checkpoint is put aside; the run falls back to an older one, then to the start', async () => {
  const dir = scratch();
  await assert.rejects(executeRun(dir, config, stoppedAfter(3), quiet));
  await assert.rejects(executeRun(dir, config, stoppedAfter(6), quiet));
  writeFileSync(join(dir, 'attempt-2', 'checkpoint.safetensors'), 'garbage');
  const warnings: string[] = [];
  const onWarning = (line: string) => void warnings.push(line);
  await assert.rejects(executeRun(dir, config, stoppedAfter(4), { ...quiet, onWarning }));
  assert.equal(warnings.length, 1);
  assert.match(warnings[0], /a checkpoint is damaged; it is kept as .*attempt-2.checkpoint\.corrupt/);
  assert.match(
    log(dir, 3),
    /checkpoint of attempt 2 cannot be used .*\n.*continues from the checkpoint of attempt 1/,
  );
  assert.ok(existsSync(join(dir, 'attempt-2', 'checkpoint.corrupt')));
  for (const n of [1, 3]) writeFileSync(join(dir, `attempt-${n}`, 'checkpoint.safetensors'), '');
  const result = await executeRun(dir, config, train, quiet);
  assert.match(log(dir, 4), /starts from step 0/);
  assert.ok(result !== 'busy' && result.status === 'done' && result.paramsSha256 === whole.paramsSha256);
});

test('want of memory is told with its remedy', async () => {
  for (const allocate of [() => new Float32Array(2 ** 52), () => new Float64Array(2 ** 46)]) {
    const result = await executeRun(scratch(), config, async () => assert.fail(`${allocate()}`), quiet);
    assert.ok(result !== 'busy' && result.status === 'failed');
    assert.match(result.error, /^not enough memory \(.*\): lower the batch size, the micro-batch or/);
  }
});

test('a file in the place of a run is one line for the user', async () => {
  const file = scratch();
  writeFileSync(file, '');
  for (const dir of [file, join(file, 'run')])
    await assert.rejects(
      executeRun(dir, config, train, quiet),
      (error: Error) =>
        error instanceof UserError && /^cannot write to .*; choose a place/.test(error.message),
    );
});

test('an exception is a failed result with its message', async () => {
  const dir = scratch();
  const result = await executeRun(dir, config, () => Promise.reject(new Error('out of memory')), quiet);
  assert.ok(result !== 'busy' && result.status === 'failed');
  assert.equal(result.error, 'out of memory');
  assert.deepEqual(readResult(dir), result);
});

test('a full disk is not the fault of the run: no failed result, one line for the user', async () => {
  const dir = scratch();
  const full = () => Promise.reject(Object.assign(new Error('ENOSPC: write'), { code: 'ENOSPC' }));
  await assert.rejects(executeRun(dir, config, full, quiet), (error: Error) => {
    assert.ok(error instanceof UserError);
    assert.match(error.message, /no space left/);
    return true;
  });
  assert.equal(readResult(dir), undefined);
  assert.notEqual(leaseState(dir), 'live');
});

test('while one process trains a run, another is told that it is busy', async () => {
  const dir = scratch();
  let inside: unknown;
  await executeRun(
    dir,
    config,
    async (c, o) => {
      inside = await executeRun(dir, config, train, quiet);
      return train(c, o);
    },
    quiet,
  );
  assert.equal(inside, 'busy');
  assert.deepEqual(attempts(dir), [1]);
});

test('a late zombie is refused: the first result stands, a difference is logged', async () => {
  const dir = scratch();
  const result = await executeRun(
    dir,
    config,
    async (c, o) => {
      // As if this attempt had been believed dead and another had finished meanwhile.
      const other = { ...whole, attempt: 7, paramsSha256: 'different' };
      writeFileSync(join(dir, 'result.json'), JSON.stringify(other));
      return train(c, o);
    },
    quiet,
  );
  assert.ok(result !== 'busy');
  assert.equal(result.attempt, 7);
  assert.match(log(dir, 1), /attempt 7 published first.*\n.*DIFFERENT parameters/);
});

test('losses that are not finite become null', async () => {
  const result = await executeRun(
    scratch(),
    config,
    async (c, o) => ({
      ...(await train(c, o)),
      status: 'diverged',
      valLoss: Number.NaN,
      trainLoss: Infinity,
    }),
    quiet,
  );
  assert.ok(result !== 'busy' && result.status === 'diverged');
  assert.deepEqual([result.valLoss, result.trainLoss], [null, null]);
});

test('a script that fails is tried three times, and again after every attempt that got further', async () => {
  const attemptsOf = async (...steps: number[]) => {
    const dir = scratch();
    const failing: RunFn = async (c, o) => {
      const step = steps.shift();
      if (step === undefined) return train(c, o);
      throw new ScriptError('exit code 1', { again: true, step, output: '' });
    };
    const result = await executeRun(dir, config, failing, quiet);
    assert.ok(result !== 'busy');
    return [result.status, attempts(dir).length];
  };
  assert.deepEqual(await attemptsOf(5, 5), ['done', 3]);
  assert.deepEqual(await attemptsOf(5, 5, 5), ['failed', 3]);
  assert.deepEqual(await attemptsOf(5, 5, 6), ['done', 4]);
  assert.deepEqual(await attemptsOf(5, 5, 6, 6, 4), ['failed', 5]);
});

test('a run that is said to have failed while it trains ends, and that result stands', async () => {
  const dir = scratch();
  const stopped: RunResult = {
    ...{ schema: 1, id: runId(config), status: 'failed', error: 'stopped', attempt: 1, host: 'here' },
    ...{ startedAt: '2026-01-01T00:00:00.000Z', finishedAt: '2026-01-01T00:00:01.000Z' },
  };
  // It trains for ever, as a script may that says nothing.
  const endless: RunFn = async (_, { signal }) => {
    publishResult(dir, stopped);
    await new Promise((ended) => signal.addEventListener('abort', ended));
    throw new InterruptedError('stopped');
  };
  const result = await executeRun(dir, config, endless, quiet);
  assert.deepEqual(result, stopped);
  assert.equal(leaseState(dir), 'ended');
  assert.match(log(dir, 1), /ends: the run was stopped \(stopped\)/);
});
