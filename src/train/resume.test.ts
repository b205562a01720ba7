// Stopped anywhere, by signal or by a kill, and started again: the run ends with the bits
// of one that was never stopped.
import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import fc from 'fast-check';
import { CheckpointError, InterruptedError } from '../core/errors.ts';
import type { RunConfig } from './config.ts';
import type { RunOutcome } from './outcome.ts';
import { readSafetensors, writeSafetensors } from './safetensors.ts';
import { scratch, syntheticData, tinyRun } from './tiny-run.testing.ts';
import { train } from './train.ts';

const data = syntheticData();
const root = scratch();
const folder = () => mkdtempSync(join(root, 'attempt-'));
const checkpointOf = (dir: string) => join(dir, 'checkpoint.safetensors');
const metricsOf = (dir: string) => join(dir, 'metrics.jsonl');

/** What a run leaves behind, but for times. */
function essence(dir: string, { seconds: _, tokensPerSecond: __, ...outcome }: RunOutcome) {
  const lines = readFileSync(metricsOf(dir), 'utf8').trim().split('\n');
  return { outcome, metrics: lines.map((line) => ({ ...JSON.parse(line), seconds: 0 })) };
}
async function undisturbed(config: RunConfig) {
  const dir = folder();
  return essence(dir, await train(config, { data, attemptDir: dir }));
}
/** Runs in `dir` until `stop` steps are taken, then aborts. Undefined when the run was finished by then. */
async function stopAfter(config: RunConfig, dir: string, stop: number): Promise<RunOutcome | undefined> {
  const abort = new AbortController();
  const onStep = async ({ step }: { step: number }) => {
    if (step + 1 < stop) return;
    abort.abort();
    // Longer than the loop goes without looking.
    await setTimeout(55);
  };
  try {
    return await train(config, { data, attemptDir: dir, signal: abort.signal, onStep });
  } catch (error) {
    assert.ok(error instanceof InterruptedError, String(error));
    return undefined;
  }
}

// 802 steps: a line of metrics every two of them, so that stops fall between lines.
const runs: Record<string, RunConfig> = {
  'adam, evaluated on the way': tinyRun({ steps: 90, eval: { tokens: 100, every: 20 } }),
  'sgd in micro-batches, over many epochs': tinyRun(
    { steps: 60, batchSize: 50, microBatch: 16, lr: 0.1 },
    'sgd',
  ),
  'adamw, without clipping': tinyRun(
    { steps: 70, clip: null, schedule: { name: 'wsd', warmup: 0.1, final: 0 } },
    'adamw',
  ),
  'a long run': tinyRun({ steps: 802, batchSize: 1 }),
  'a run that diverges slowly': tinyRun({
    steps: 80,
    lr: 3,
    clip: null,
    schedule: { name: 'linear', warmup: 0.5, final: 0 },
  }),
};
const references = new Map(
  await Promise.all(
    Object.entries(runs).map(async ([name, config]) => [name, await undisturbed(config)] as const),
  ),
);

test('the runs of this file are what they say', () => {
  for (const [name, { outcome }] of references)
    assert.equal(outcome.status, name.includes('diverges') ? 'diverged' : 'done', name);
  const slow = references.get('a run that diverges slowly')!.outcome;
  assert.match(slow.reason!, /^loss above that of guessing/);
  assert.ok(slow.step > 10 && slow.step < 80, `${slow.step}`);
});

for (const [name, config] of Object.entries(runs)) {
  const reference = references.get(name)!;

  test(`${name}: stopped by signals`, async () => {
    const { step } = reference.outcome;
    const stops = fc.uniqueArray(fc.integer({ min: 1, max: step - 1 }), { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(stops, async (at) => {
        const dir = folder();
        for (const stop of at.toSorted((a, b) => a - b))
          assert.equal(await stopAfter(config, dir, stop), undefined);
        const outcome = await train(config, { data, attemptDir: dir });
        assert.deepEqual(essence(dir, outcome), reference);
      }),
      { numRuns: 3, endOnFailure: true },
    );
  });

  test(`${name}: finished, and started again as if its result had been lost`, async () => {
    const dir = folder();
    await train(config, { data, attemptDir: dir });
    for (let i = 0; i < 2; i++)
      assert.deepEqual(essence(dir, await train(config, { data, attemptDir: dir })), reference);
  });
}

test('killed: an old checkpoint, metrics that went on, a last line cut in the middle', async () => {
  const config = runs['adam, evaluated on the way'];
  const cases = fc.record({
    saved: fc.integer({ min: 1, max: 60 }),
    ahead: fc.nat(25),
    torn: fc.integer({ min: 1, max: 30 }),
  });
  await fc.assert(
    fc.asyncProperty(cases, async ({ saved, ahead, torn }) => {
      const [from, to] = [folder(), folder()];
      await train(config, {
        data,
        attemptDir: from,
        checkpointSeconds: 0,
        onStep({ step }) {
          // A checkpoint is written after the step's hook: the one there is `step` steps old.
          if (step === saved) copyFileSync(checkpointOf(from), checkpointOf(to));
          if (step === saved + ahead) copyFileSync(metricsOf(from), metricsOf(to));
        },
      });
      const text = readFileSync(metricsOf(to), 'utf8');
      if (text.length > torn) truncateSync(metricsOf(to), text.length - (ahead > 0 ? torn : 0));
      const started: number[] = [];
      const onStep = ({ step }: { step: number }) => void started.push(step);
      const outcome = await train(config, { data, attemptDir: to, onStep });
      assert.equal(started[0], saved);
      assert.deepEqual(essence(to, outcome), references.get('adam, evaluated on the way'));
    }),
    { numRuns: 4, endOnFailure: true },
  );
});

test('killed before the first checkpoint: everything again', async () => {
  const config = runs['adam, evaluated on the way'];
  const dir = folder();
  writeFileSync(metricsOf(dir), '{"step":1,"loss":5}\n{"step":2');
  const outcome = await train(config, { data, attemptDir: dir });
  assert.deepEqual(essence(dir, outcome), references.get('adam, evaluated on the way'));
});

test('training time goes on counting', async () => {
  const config = runs['adam, evaluated on the way'];
  const dir = folder();
  await stopAfter(config, dir, 30);
  const { seconds } = await train(config, { data, attemptDir: dir });
  assert.ok(seconds > 0.055, `${seconds}`);
});

test('the reason of a signal is passed on when it is an interruption', async () => {
  const reason = new InterruptedError('stopped by SIGTERM');
  const onStep = () => setTimeout(55);
  await assert.rejects(
    train(tinyRun(), { data, signal: AbortSignal.abort(reason), onStep }),
    (error) => error === reason,
  );
});

test('a damaged checkpoint, or one of another model or optimizer, is refused', async () => {
  const config = tinyRun({ steps: 5 });
  const dir = folder();
  await train(config, { data, attemptDir: dir });
  const refused = (other: RunConfig, message: RegExp) =>
    assert.rejects(
      train(other, { data, attemptDir: dir }),
      (e) => e instanceof CheckpointError && message.test(e.message) && !e.message.includes('\n'),
    );
  const ofAnother = /is the checkpoint of run \w{16}, but the configuration given is that of run \w{16}$/;
  await refused({ ...config, model: { ...config.model, dim: 12 } }, ofAnother);
  await refused({ ...config, lr: 0.021 }, ofAnother);
  const bytes = readFileSync(checkpointOf(dir));
  writeFileSync(checkpointOf(dir), bytes.subarray(0, bytes.length - 100));
  await refused(config, /cut short/);
  bytes[bytes.length - 50] ^= 4;
  writeFileSync(checkpointOf(dir), bytes);
  await refused(config, /checksum/);
  const sgd = folder();
  await train(tinyRun({ steps: 5, lr: 0.1 }, 'sgd'), { data, attemptDir: sgd });
  copyFileSync(checkpointOf(sgd), checkpointOf(dir));
  await refused(config, ofAnother);
  // Older checkpoints do not say whose they are: what is in them does.
  const { tensors, metadata } = readSafetensors(checkpointOf(sgd));
  writeSafetensors(checkpointOf(dir), { tensors, metadata: { gaplab: metadata.gaplab } });
  await refused(config, /optimizer state "v" is missing/);
  await refused({ ...config, model: { ...config.model, layers: 2 } }, /model\.layers\.1\..* is missing/);
});
