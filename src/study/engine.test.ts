// `engine` and `dtype` of a study: the engine is no part of a run's identity, the type of numbers is.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UserError } from '../core/errors.ts';
import { flopPerToken } from '../model/cost.ts';
import { gpus } from '../model/gpu.ts';
import { modelPreset } from '../model/presets.ts';
import { runId } from '../train/run-id.ts';
import { gpuLine, gpuPlan, hoursOn } from './gpu-hours.ts';
import { loadStudy } from './load.ts';
import { ownConfigFor, type Point } from './points.ts';
import { draftStudy } from './resolve.ts';
import { sampleStudy } from './sample.testing.ts';
import type { StudyInput } from './schema.ts';

const draft = (more: object) =>
  draftStudy(
    loadStudy({
      ...{ name: 'x', tokens: 8192, batchSizes: [4], optimizers: { adam: {}, sgd: {} } },
      ...more,
    } as StudyInput),
  );

test('a study says its engine only where it is not the usual one', () => {
  assert.ok(!('engine' in draft({})) && !('dtype' in draft({})));
  assert.ok(!('engine' in draft({ engine: 'native', dtype: 'float32' })));
  const torch = draft({ engine: 'torch' });
  assert.deepEqual([torch.engine, torch.dtype], ['torch', undefined]);
  assert.equal(draft({ engine: 'torch', dtype: 'bfloat16' }).dtype, 'bfloat16');
});

test('bfloat16 without PyTorch, and engines that do not exist, are refused', () => {
  const refused = (more: object, text: RegExp) =>
    assert.throws(
      () => draft(more),
      (e) => e instanceof UserError && text.test(e.message),
    );
  refused({ dtype: 'bfloat16' }, /dtype.*bfloat16 is for PyTorch: add engine: torch/);
  refused({ engine: 'jax' }, /engine/);
});

test('runs in float32 are the same with either engine, in bfloat16 they are others', () => {
  const point: Point = {
    ...{ optimizer: 'adam', batchSize: 4, model: 'nano', tokens: 100000, lr: 0.001, seed: 1 },
    hyper: { beta1: 0.95, beta2: 0.95, eps: 1e-8 },
  };
  const study = sampleStudy();
  const [model] = Object.keys(study.models);
  const id = (more: object) =>
    runId(ownConfigFor({ ...study, ...more }, { ...point, model, tokens: study.tokens[0] }));
  assert.equal(id({ engine: 'torch' }), id({}));
  assert.notEqual(id({ engine: 'torch', dtype: 'bfloat16' }), id({}));
});

test('GPU hours are FLOP over the assumed share of the peak', () => {
  const study = draft({ engine: 'torch', dtype: 'bfloat16', optimizers: { adam: { lr: [0.001, 0.002] } } });
  const { runs, tokens, flop } = gpuPlan(study);
  // Two rates, and three fresh seeds of the better one; 8192 tokens are 32 steps of 4 x 64.
  assert.deepEqual([runs.expected, tokens.expected], [5, 5 * 8192]);
  assert.equal(flop.expected, tokens.expected * flopPerToken(modelPreset('nano')).total);
  const { from, to } = hoursOn(gpus.h100, 3600 * 989.4e12, 'bfloat16');
  assert.ok(Math.abs(from - 2.5) < 1e-9 && Math.abs(to - 10) < 1e-9);
  assert.match(gpuLine(study, gpus.h100), /^# 5 runs: .* hours of one H100 SXM/);
});
