// Advice: what fits, what is refused, and where each number comes from, for a small,
// a middle and a large model.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ModelConfig } from '../model/config.ts';
import { countByKind, memory } from '../model/cost.ts';
import { parameterCount } from '../model/parameters.ts';
import { checkModel, modelPreset } from '../model/presets.ts';
import type { Fact, Given } from './given.ts';
import { fits } from './memory.ts';
import { openingFacts } from './opening.ts';
import { rateFacts } from './rates.ts';
import { recommend } from './recommend.ts';

function given(model: ModelConfig, change: Partial<Given> = {}): Given {
  const { embedding, head } = countByKind(model);
  const parameters = parameterCount(model);
  return {
    label: 'model',
    model,
    parameters,
    inner: parameters - embedding - head,
    seqLen: model.seqLen,
    batchSizes: [1],
    ...change,
  };
}
const sevenB = checkModel({
  ...modelPreset('1b'),
  vocabSize: 32000,
  dim: 4096,
  layers: 32,
  heads: 32,
  ffnDim: 11008,
  seqLen: 4096,
});
const step = (facts: Fact[]) => facts.find(({ source }) => /Step Law/.test(source))!;
const accepted = (facts: Fact[]) => facts.filter(({ refused }) => refused === undefined);

test('160m on 24 GB: every optimizer fits, in the pieces that the memory plan counts', () => {
  const asked = given(modelPreset('160m'), { memory: 24e9, tokens: 1.3e9 });
  const found = fits(asked);
  assert.deepEqual(
    found.map(({ optimizer, microBatch }) => [optimizer, microBatch]),
    [
      ['SGD without momentum', 16],
      ['SGD', 16],
      ['Signum', 16],
      ['Adam', 16],
    ],
  );
  const adam = found.at(-1)!;
  const plan = (n: number) =>
    memory(modelPreset('160m'), { stateBuffers: 2, batchSize: n, microBatch: n }).total;
  assert.equal(adam.total, plan(16));
  assert.ok(plan(16) <= 24e9 && plan(32) > 24e9);
  // 85 million inner parameters are outside of Step Law; the published sweep of that size
  // speaks for batch size 256.
  assert.match(step(rateFacts(asked, 256)).refused!, /N is 84\.9 million|N is 85 million/);
  assert.deepEqual(
    accepted(rateFacts(asked, 256)).map(({ what, text }) => [what, text]),
    [
      ['learning rate of SGD', '0.5 with momentum 0.975'],
      ['learning rate of Adam', '0.008'],
      ['beta2 of Adam', '0.991'],
    ],
  );
  // Nothing known tells where the gap opens at this size: so nothing is recommended.
  assert.equal(recommend(asked, openingFacts(asked), 256).optimizer, null);
});

test('nano: Step Law says 0.03 where 0.003 is best, and is refused; this project’s runs speak', () => {
  const asked = given(modelPreset('nano'), { tokens: 300_000 });
  assert.match(step(rateFacts(asked, 16)).refused!, /^N is /);
  assert.deepEqual(
    accepted(rateFacts(asked, 16)).map(({ origin, value }) => [origin, value]),
    [
      ['runs of this project', 0.06],
      ['runs of this project', 0.003],
    ],
  );
  const opening = openingFacts(asked);
  assert.deepEqual([opening[0].value, opening[0].origin], [17, 'runs of this project']);
  assert.deepEqual(
    [1, 16, 256].map((size) => recommend(asked, opening, size).optimizer),
    ['sgd', null, 'adam'],
  );
  // The same model in runs ten times as long is another question.
  assert.match(
    openingFacts(given(modelPreset('nano'), { tokens: 3_000_000 }))[0].refused!,
    /the budget is another/,
  );
});

test('7B: what does not fit is said, and rules beyond their range are refused', () => {
  const asked = given(sevenB, { memory: 80e9, tokens: 1e11 });
  // Llama 2 7B has 6,738,415,616 parameters; weights and gradients are two buffers of float32,
  // momentum one more, Adam two.
  assert.deepEqual(
    fits(asked).map(({ fixed, microBatch }) => [fixed / (4 * 6_738_415_616), microBatch]),
    [
      [2, 0],
      [3, 0],
      [3, 0],
      [4, 0],
    ],
  );
  assert.equal(accepted(rateFacts(asked, 256)).length, 0);
  assert.equal(accepted(openingFacts(asked)).length, 0);
});

test('Step Law in its range: the published formula, with its batch size', () => {
  const asked: Given = {
    label: '5.37e8',
    parameters: 5.3687296e8,
    inner: 5.3687296e8,
    seqLen: null,
    tokens: 2.84e10,
    batchSizes: [1],
  };
  const fact = step(rateFacts(asked, 1));
  assert.ok(Math.abs(fact.value! - 1.79 * 5.3687296e8 ** -0.713 * 2.84e10 ** 0.307) < 1e-12);
  assert.ok(fact.value! > 1e-3 && fact.value! < 3e-3, String(fact.value));
  assert.match(step(rateFacts({ ...asked, tokens: 1e9 }, 1)).refused!, /D is 1 billion/);
});

test('a study of one’s own comes first: its rates, its gap, and what it is worth', () => {
  const cell = (optimizer: string, lr: number, bracketed = true) => ({
    optimizer,
    batchSize: 4,
    model: 'm',
    tokens: 1,
    bracketed,
    best: { lr, hyper: { beta1: 0.9, beta2: 0.95 } },
  });
  const gap = (batchSize: number, lo: number, hi: number) => ({
    batchSize,
    baseline: 'adam',
    challenger: 'sgd',
    gap: (lo + hi) / 2,
    ci95: [lo, hi],
    bracketed: true,
    missing: [],
  });
  const study = {
    name: 'mine',
    cells: [cell('adam', 0.004, false), cell('sgd', 0.5)],
    gaps: [gap(4, 0.1, 0.2), gap(8, -0.2, 0.1)],
    openings: [],
    predicted: null,
  } as unknown as Given['study'];
  const asked = given(modelPreset('30m'), { study });
  assert.match(
    accepted(rateFacts(asked, 4))
      .map(({ text }) => text)
      .join('; '),
    /^0\.5; 0\.004 \(at the edge of what was tried/,
  );
  // From batch size 4 to 16 Adam's rate doubles; SGD has no such rule; a factor
  // of 20 would make a beta negative.
  assert.deepEqual(
    accepted(rateFacts(asked, 16)).map(({ value }) => value),
    [0.008],
  );
  assert.match(
    rateFacts(asked, 80)
      .map(({ refused }) => refused ?? '')
      .join('; '),
    /make a beta negative/,
  );
  assert.deepEqual(recommend(asked, [], 4), {
    optimizer: 'adam',
    why: 'Adam was better in mine, worth 0.150 nats (0.100 to 0.200)',
  });
  assert.equal(recommend(asked, [], 8).optimizer, null);
});
