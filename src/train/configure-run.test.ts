// The configuration of a run for programs: its defaults, what it refuses, and that it
// is the run of the command line and of a study.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UserError } from '../core/errors.ts';
import { modelPreset } from '../model/presets.ts';
import { runConfig } from './config.ts';
import { configureRun, type RunInput } from './configure-run.ts';
import { runId } from './run-id.ts';
import { syntheticData } from './tiny-run.testing.ts';
import { train } from './train.ts';

const data = syntheticData();
const tiny = { preset: 'tiny', dim: 8, ffnDim: 12, seqLen: 8 };

test('data alone are enough', () => {
  const config = configureRun({ data });
  assert.deepEqual(runConfig.parse(config), config);
  assert.deepEqual(
    [config.optimizer.name, config.lr, config.clip, config.batchSize, config.seed],
    ['adam', 0.003, 1, 16, 1],
  );
  assert.equal(config.steps, Math.floor(400_000 / (16 * 64)));
  assert.deepEqual(config.model, modelPreset('nano', { vocabSize: data.vocabSize }));
});

test('everything can be said, in the words of the command line', () => {
  const config = configureRun({
    data,
    model: { ...tiny, vocabSize: 20 },
    optimizer: 'sgd',
    hyper: { momentum: 0.5 },
    lr: 0.1,
    clip: [2, { kind: 'layer', maxNorm: 0.3 }],
    schedule: { name: 'wsd', decay: 0.3 },
    batchSize: 8,
    growth: { from: 2, over: 0.5 },
    microBatch: 3,
    steps: 20,
    seed: 7,
    eval: { every: 5 },
    probes: ['noise', { name: 'sharpness', every: 4 }],
  });
  assert.deepEqual(
    [config.optimizer.name, config.optimizer.hyper.maxNorm, config.clip],
    ['sgd+layerClip', 0.3, 2],
  );
  assert.deepEqual(config.schedule, { name: 'wsd', warmup: 0.1, final: 0.01, decay: 0.3 });
  assert.deepEqual([config.batchSchedule?.name, config.microBatch, config.steps], ['doubling', 3, 20]);
  assert.deepEqual(config.eval, { tokens: 65536, every: 5 });
  assert.deepEqual(
    config.probes?.map(({ name, every }) => [name, every]),
    [
      ['noise', 2],
      ['sharpness', 4],
    ],
  );
  assert.equal(config.model.vocabSize, 20);
  assert.equal(configureRun({ data, clip: null }).clip, null);
});

test('it trains', async () => {
  const config = configureRun({ data, model: tiny, tokens: 640, batchSize: 4, eval: { tokens: 64 } });
  const outcome = await train(config, { data });
  assert.deepEqual([outcome.status, outcome.step, outcome.tokens], ['done', 20, 640]);
});

test('equal wishes are one run, whatever the order of the words', () => {
  const one = configureRun({ data, model: tiny, optimizer: 'sgd', hyper: { momentum: 0.9, nesterov: 1 } });
  const other = configureRun({ hyper: { nesterov: 1, momentum: 0.9 }, optimizer: 'sgd', model: tiny, data });
  assert.equal(runId(one), runId(other));
});

for (const [what, input, message] of [
  ['an unknown optimizer', { optimizer: 'adamm' }, /unknown optimizer "adamm"/],
  ['an unknown preset', { model: 'nona' }, /unknown model "nona"/],
  [
    'a word that no model has',
    { model: { preset: 'tiny', width: 3 } as never },
    /model: there is no "width"; choose from/,
  ],
  ['tokens and steps', { tokens: 1, steps: 1 }, /tokens and steps say the same thing/],
  ['a step larger than the budget', { tokens: 100 }, /one step of 16 sequences x 64 tokens is more/],
  ['an unknown schedule', { schedule: { name: 'cosin' } }, /unknown schedule "cosin"/],
  ['a share above one', { schedule: { warmup: 2 } }, /schedule\.warmup/],
  ['no sequences', { batchSize: 0 }, /batchSize/],
  ['an unknown probe', { probes: ['nois'] }, /nois/],
  ['too few entries', { model: { preset: 'tiny', vocabSize: 3 } }, /raise vocabSize/],
] as [string, Partial<RunInput>, RegExp][])
  test(`refused in one line: ${what}`, () => {
    assert.throws(
      () => configureRun({ data, ...input }),
      (e) => e instanceof UserError && message.test(e.message) && !e.message.includes('\n'),
    );
  });
