// Whole runs on a small corpus in memory: what they report, that they learn, when
// they diverge, what they refuse.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { CheckpointError, UserError } from '../core/errors.ts';
import { lrAt, schedules } from '../optim/schedules.ts';
import type { RunConfig } from './config.ts';
import { runConfig } from './config.ts';
import type { MetricsLine } from './metrics.ts';
import type { TrainProgress } from './options.ts';
import { readSafetensors } from './safetensors.ts';
import type { StepRecord } from './step.ts';
import { scratch, syntheticData, tinyRun, VOCAB } from './tiny-run.testing.ts';
import { train } from './train.ts';

const data = syntheticData();
const run = (changes: Partial<RunConfig> = {}, optimizer = 'adam') =>
  train(tinyRun(changes, optimizer), { data });
const readMetrics = (dir: string): MetricsLine[] =>
  readFileSync(join(dir, 'metrics.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

test('the configuration of these tests is one', () => {
  assert.deepEqual(runConfig.parse(tinyRun()), tinyRun());
});

for (const [optimizer, lr] of [
  ['adam', 0.02],
  ['sgd', 0.1],
] as const)
  test(`${optimizer} learns what can be learned`, async () => {
    const outcome = await run({ lr, steps: 300 }, optimizer);
    assert.equal(outcome.status, 'done');
    // Guessing costs 2.77 nats; knowing the rule of the corpus costs 1.52.
    assert.ok(outcome.valLoss! < 2 && outcome.valLoss! > 1.4, `${outcome.valLoss}`);
    assert.ok(Math.abs(outcome.trainLoss! - outcome.valLoss!) < 0.4);
  });

test('metrics, outcome, steps and checkpoint tell the same story', async () => {
  const dir = scratch();
  const config = tinyRun({ steps: 50, eval: { tokens: 200, every: 20 } });
  const records: StepRecord[] = [];
  let flat = new Float32Array(0);
  const outcome = await train(config, {
    data,
    attemptDir: dir,
    onStep(step, engine) {
      records.push({ ...step, batch: step.batch.slice() });
      flat = engine.params.slice();
    },
  });
  const lines = readMetrics(dir);
  assert.deepEqual(
    lines.map(({ step }) => step),
    Array.from({ length: 50 }, (_, i) => i + 1),
  );
  lines.forEach((line, i) => {
    const { lr, loss, gradNorm, step } = records[i];
    assert.equal(step, i);
    assert.equal(lr, lrAt(config.schedule, config.lr, i, 50));
    assert.deepEqual([line.lr, line.loss, line.gradNorm], [lr, loss, gradNorm]);
    assert.equal(line.clipShare, gradNorm > 1 ? 1 : 0);
    assert.equal(line.tokens, (i + 1) * 4 * 8);
    assert.equal(line.valLoss !== undefined, i === 19 || i === 39);
  });
  assert.ok(lines[39].valLoss! < lines[19].valLoss!);
  const last = records.slice(-3).map(({ loss }) => loss);
  const { status, reason, step, steps, tokens, valTokens, threads } = outcome;
  assert.deepEqual(
    { status, reason, step, steps, tokens, valTokens, threads },
    { status: 'done', reason: undefined, step: 50, steps: 50, tokens: 1600, valTokens: 200, threads: 1 },
  );
  // 5% of 50 steps, rounded up.
  assert.ok(Math.abs(outcome.trainLoss! - last.reduce((a, b) => a + b) / 3) < 1e-12);
  assert.equal(outcome.valBitsPerByte, outcome.valLoss! / Math.LN2 / 2);
  assert.equal(outcome.paramsSha256, createHash('sha256').update(flat).digest('hex'));
  const { tensors } = readSafetensors(join(dir, 'checkpoint.safetensors'));
  assert.deepEqual(tensors['model.embed_tokens.weight'].data, flat.subarray(0, VOCAB * 8));
  assert.deepEqual(
    Object.keys(tensors).filter((name) => name.startsWith('optimizer.')),
    ['optimizer.m', 'optimizer.v'],
  );
});

test('lines of a long run are means over their steps', async () => {
  const dir = scratch();
  const losses: number[] = [];
  const onStep = ({ loss }: StepRecord) => void losses.push(loss);
  await train(tinyRun({ steps: 802, batchSize: 1 }), { data, attemptDir: dir, onStep });
  const lines = readMetrics(dir);
  assert.equal(lines.length, 401);
  lines.forEach(({ step, loss }, i) => {
    assert.equal(step, 2 * (i + 1));
    assert.ok(Math.abs(loss - (losses[2 * i] + losses[2 * i + 1]) / 2) < 1e-12);
  });
});

test('same configuration, same bits; another seed, other bits; nothing written without a folder', async () => {
  const [a, b, c] = [await run(), await run(), await run({ seed: 2 })];
  const bits = ({ paramsSha256, valLoss, trainLoss }: typeof a) => ({ paramsSha256, valLoss, trainLoss });
  assert.deepEqual(bits(a), bits(b));
  assert.notEqual(a.paramsSha256, c.paramsSha256);
  assert.ok(!existsSync('metrics.jsonl') && !existsSync('checkpoint.safetensors'));
});

test('micro-batches change the rounding, not the run', async () => {
  const [whole, pieces] = [
    await run({ batchSize: 8, microBatch: 8 }),
    await run({ batchSize: 8, microBatch: 3 }),
  ];
  assert.ok(Math.abs(whole.valLoss! - pieces.valLoss!) < 1e-3, `${whole.valLoss}, ${pieces.valLoss}`);
});

test('every schedule, and no clipping', async () => {
  const outcomes = new Map<string, number>();
  for (const name of Object.keys(schedules)) {
    const { status, valLoss } = await run({ schedule: { name, warmup: 0.1, final: 0, decay: 0.3 } });
    assert.equal(status, 'done');
    outcomes.set(name, valLoss!);
  }
  assert.equal(new Set(outcomes.values()).size, outcomes.size);
  const dir = scratch();
  await train(tinyRun({ clip: null, lr: 0.1 }, 'sgd'), { data, attemptDir: dir });
  const lines = readMetrics(dir);
  assert.ok(lines.every(({ clipShare }) => clipShare === 0));
  await assert.rejects(run({ schedule: { name: 'cosinus', warmup: 0, final: 0 } }), UserError);
});

test('a huge learning rate diverges, with a reason; a tiny one does not', async () => {
  const huge = await run({ lr: 1e4, clip: null }, 'sgd');
  assert.equal(huge.status, 'diverged');
  assert.match(huge.reason!, /^(loss|gradient norm|training loss) /);
  assert.deepEqual([huge.valLoss, huge.valBitsPerByte], [null, null]);
  const tiny = await run({ lr: 1e-6 });
  assert.deepEqual([tiny.status, tiny.reason], ['done', undefined]);
  assert.ok(Math.abs(tiny.valLoss! - Math.log(VOCAB)) < 0.1);
});

test('numbers that are not finite end the run, and are never applied', async () => {
  const outcome = await run(
    { lr: 1e30, clip: null, schedule: { name: 'constant', warmup: 0, final: 1 } },
    'sgd',
  );
  assert.equal(outcome.status, 'diverged');
  assert.match(outcome.reason!, /^(loss|gradient norm) is (NaN|Infinity) at step \d+$/);
  assert.equal(outcome.reason!.split(' ').at(-1), String(outcome.step));
  assert.ok(outcome.step < 5);
});

test('a model whose last steps destroyed it has diverged, however short the run', async () => {
  const outcome = await run({ lr: 30, steps: 5, clip: null });
  assert.equal(outcome.status, 'diverged');
  assert.match(outcome.reason!, /^training loss \d.* after the last step is above that of guessing$/);
  assert.equal(outcome.step, 5);
});

test('a model that knows its text by heart is done, and its validation loss stands', async () => {
  // One window to train on, again and again, and validation on other text.
  const outcome = await train(tinyRun({ steps: 200, lr: 0.05 }), { data: syntheticData({ train: 9 }) });
  assert.equal(outcome.status, 'done', outcome.reason);
  assert.ok(outcome.trainLoss! < 0.2, `${outcome.trainLoss}`);
  assert.ok(outcome.valLoss! > Math.log(VOCAB) + 0.3 && outcome.valBitsPerByte! > 0, `${outcome.valLoss}`);
});

test('the folder of an attempt is made; where it cannot be, one line says so before anything is trained', async () => {
  const dir = join(scratch(), 'not', 'there', 'yet');
  const config = tinyRun({ steps: 3 });
  await train(config, { data, attemptDir: dir });
  assert.equal(readMetrics(dir).length, 3);
  const file = join(scratch(), 'file');
  writeFileSync(file, '');
  await assert.rejects(
    train(config, { data, attemptDir: join(file, 'attempt') }),
    (e) =>
      e instanceof UserError &&
      /^attemptDir: cannot make the folder .*: a part of the path is a file$/.test(e.message),
  );
});

test('the checkpoint of another run is not continued', async () => {
  const dir = scratch();
  await train(tinyRun({ steps: 3 }), { data, attemptDir: dir });
  await assert.rejects(
    train(tinyRun({ steps: 4 }), { data, attemptDir: dir }),
    (e) =>
      e instanceof CheckpointError && /is the checkpoint of run \w{16}, but .* run \w{16}$/.test(e.message),
  );
});

test('progress is told while it runs, and hooks are waited for', async () => {
  const seen: TrainProgress[] = [];
  let busy = 0;
  await train(tinyRun({ steps: 6 }), {
    data,
    onProgress: (p) => void seen.push(p),
    async onStep() {
      assert.equal(busy++, 0);
      await new Promise((resolve) => setTimeout(resolve, 30));
      busy--;
    },
  });
  assert.ok(seen.length >= 2);
  for (const { step, steps, loss, tokensPerSecond } of seen) {
    assert.ok(step >= 1 && step <= 6 && steps === 6 && loss > 1 && loss < 4);
    assert.ok(tokensPerSecond > 0 && tokensPerSecond < (32 / 0.029) * 1.1);
  }
});

for (const [what, changes, given, message] of [
  [
    'more tokens than the model knows',
    { model: { ...tinyRun().model, vocabSize: 15 } },
    {},
    /raise vocabSize/,
  ],
  ['a training text shorter than a sequence', {}, { train: 8 }, /8/],
  ['a validation text shorter than a sequence', {}, { validation: 8 }, /8/],
  ['an unknown optimizer', { optimizer: { name: 'adamm', hyper: {} } }, {}, /adamm/],
] as [string, Partial<RunConfig>, object, RegExp][])
  test(`refused before the first step: ${what}`, async () => {
    const steps: number[] = [];
    const options = { data: syntheticData(given), onStep: ({ step }: StepRecord) => void steps.push(step) };
    await assert.rejects(
      train(tinyRun(changes), options),
      (e) => e instanceof UserError && message.test(e.message) && !e.message.includes('\n'),
    );
    assert.deepEqual(steps, []);
  });
