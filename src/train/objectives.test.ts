// Runs with the other objectives: they learn, are continued with the same bits,
// and whatever is for language models only says so in one line.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { InterruptedError, UserError } from '../core/errors.ts';
import type { PreparedData } from '../data/index.ts';
import { parameterCount } from '../model/parameters.ts';
import { createEngine } from '../runtime/engine.ts';
import { host } from '../runtime/targets/host.ts';
import type { RunConfig } from './config.ts';
import { runConfig } from './config.ts';
import { evaluate, validationChunks } from './evaluate.ts';
import { readLlamaFolder, writeLlamaFolder } from './llama.ts';
import type { TrainOptions } from './options.ts';
import { createProber } from './probes/measure.ts';
import { resolveOptions } from './probes/registry.ts';
import { maskedRun, scratch, syntheticData, syntheticImages, visionRun } from './tiny-run.testing.ts';
import { trace } from './trace.ts';
import { train } from './train.ts';

const root = scratch();
const folder = () => mkdtempSync(join(root, 'run-'));
const oneLine = (message: RegExp) => (e: unknown) =>
  e instanceof UserError && message.test(e.message) && !e.message.includes('\n');

interface Case {
  config(changes?: Partial<RunConfig>): RunConfig;
  data: PreparedData;
  /** Loss of guessing. */
  guess: number;
  /** Nats better than guessing after 400 steps, at least. */
  gain: number;
}
const cases: Record<string, Case> = {
  mlm: { config: maskedRun, data: syntheticData(), guess: Math.log(17), gain: 0.7 },
  classify: { config: visionRun, data: syntheticImages(), guess: Math.log(3), gain: 0.6 },
};

for (const [name, { config, data, guess, gain }] of Object.entries(cases)) {
  test(`${name}: learns, and tells what it can`, async () => {
    const run = config({ steps: 400, batchSize: 16, microBatch: 16, eval: { tokens: 1000, every: 0 } });
    assert.deepEqual(runConfig.parse(run), run);
    const outcome = await train(run, { data });
    assert.equal(outcome.status, 'done');
    assert.ok(outcome.valLoss! < guess - gain, `${outcome.valLoss} of ${guess}`);
    assert.equal(outcome.valBitsPerByte, null);
    assert.equal(outcome.tokens, 400 * 16 * run.model.seqLen);
    if (name === 'classify') assert.ok(outcome.valAccuracy! > 0.85, `${outcome.valAccuracy}`);
    else assert.ok(!('valAccuracy' in outcome));
  });

  test(`${name}: stopped anywhere and continued, the same bits`, async () => {
    const run = config({ steps: 60, batchSize: 6, microBatch: 4, eval: { tokens: 100, every: 25 } });
    const whole = await train(run, { data });
    for (const stop of [1, 23, 59]) {
      const attemptDir = folder();
      const abort = new AbortController();
      const onStep: TrainOptions['onStep'] = async ({ step }) => {
        if (step + 1 < stop) return;
        abort.abort();
        await setTimeout(55);
      };
      const options = { data, attemptDir };
      await assert.rejects(train(run, { ...options, onStep, signal: abort.signal }), InterruptedError);
      const { seconds: _, tokensPerSecond: __, ...again } = await train(run, options);
      const { seconds: ___, tokensPerSecond: ____, ...once } = whole;
      assert.deepEqual(again, once);
    }
  });

  test(`${name}: pieces of a batch have its gradient`, async () => {
    const { model, optimizer } = config();
    const grads: Float32Array[] = [];
    const losses: number[] = [];
    const chunk = [...validationChunks({ model, eval: { tokens: 7 * model.seqLen, every: 0 } }, data)][0];
    for (const microBatch of [7, 3, 1]) {
      const engine = await createEngine({ model, optimizer, microBatch, threads: 1 }, host);
      engine.initialize(2);
      losses.push(await engine.gradient(chunk.sequences, chunk.count));
      grads.push(engine.grads.slice());
      await engine.close();
    }
    const size = Math.hypot(...grads[0]);
    for (const [i, other] of grads.entries()) {
      const apart = Math.hypot(...other.map((g, j) => g - grads[0][j]));
      assert.ok(apart < 1e-5 * size && Math.abs(losses[i] - losses[0]) < 1e-5, `${apart} of ${size}`);
    }
  });

  test(`${name}: the loss of validation does not depend on the seed of the run`, async () => {
    const losses: number[] = [];
    for (const seed of [1, 2]) {
      const run = config({ seed, eval: { tokens: 200, every: 0 } });
      const engine = await createEngine({ ...run, threads: 1 }, host);
      engine.initialize(5);
      losses.push((await evaluate(engine, run, data)).loss);
      await engine.close();
    }
    assert.equal(losses[0], losses[1]);
  });

  test(`${name}: no trace, and a folder that no program takes for a Llama`, async () => {
    const run = config({ steps: 2 });
    await assert.rejects(trace(run, folder(), { data }), oneLine(new RegExp(`leave out objective ${name}`)));
    const params = new Float32Array(parameterCount(run.model)).map((_, i) => i);
    const dir = folder();
    writeLlamaFolder(dir, run.model, params);
    assert.deepEqual(readLlamaFolder(dir), { model: run.model, params });
    assert.doesNotMatch(readFileSync(join(dir, 'config.json'), 'utf8'), /llama/i);
  });

  test(`${name}: probes`, async () => {
    const run = config();
    const params = new Float32Array(parameterCount(run.model)).map((_, i) => 0.1 * Math.sin(i + 1));
    const zeros = () => new Float32Array(params.length);
    const state = { m: zeros(), v: zeros() };
    const prober = createProber({ config: run, data, threads: 1 });
    const measure = (probe: string, options: Record<string, number>) =>
      prober.measure(probe, resolveOptions(probe, options), { step: 0, params, state, optimizers: ['sgd'] });
    try {
      const { terms } = (await measure('sharpness', { sequences: 4, batches: 2 })).tables;
      assert.ok(terms.every(({ first, actual }) => Number.isFinite(first) && Number.isFinite(actual)));
      const { layers } = (await measure('noise', { samples: 8, coordinates: 4 })).tables;
      assert.ok(layers.some(({ layer }) => layer === (name === 'mlm' ? 'embedding' : 'positions')));
      const { blocks } = (await measure('hessian', { sequences: 2, steps: 3, blocks: 0 })).tables;
      assert.ok(Number.isFinite(blocks[0].top));
      const imbalance = measure('imbalance', { groups: 3, sequences: 8 });
      if (name === 'classify') await assert.rejects(imbalance, oneLine(/"imbalance" looks at tokens/));
      else
        assert.equal(
          (await imbalance).tables.groups.reduce((n, g) => n + Number(g.samples), 0),
          8 * 2,
        );
    } finally {
      await prober.close();
    }
  });
}

test('a probe that has nothing to measure is refused before the first step', async () => {
  const run = visionRun({ probes: [{ name: 'imbalance', every: 5, options: {} }] });
  const steps: number[] = [];
  await assert.rejects(
    train(run, {
      data: syntheticImages(),
      attemptDir: folder(),
      onStep: ({ step }) => void steps.push(step),
    }),
    oneLine(/leave it out for objective classify/),
  );
  assert.deepEqual(steps, []);
});

test('data of another kind are refused', async () => {
  await assert.rejects(train(visionRun(), { data: syntheticData() }), oneLine(/needs images/));
  await assert.rejects(train(maskedRun(), { data: syntheticImages() }), oneLine(/holds images/));
});
