// Advice: what fits, what is refused, and where each number comes from, for a small,
// a middle and a large model.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { geometricMean } from '../analysis/opening.ts';
import type { ModelConfig } from '../model/config.ts';
import { countByKind, memory } from '../model/cost.ts';
import { parameterCount } from '../model/parameters.ts';
import { checkModel, modelPreset } from '../model/presets.ts';
import type { Fact, Given, OwnStudy } from './given.ts';
import { grade } from './grade.ts';
import { fits } from './memory.ts';
import { openingFacts } from './opening.ts';
import { rateFacts } from './rates.ts';
import { recommend } from './recommend.ts';
import { batchSizeFacts } from './rules/batch-size.ts';

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

const cell = (optimizer: string, batchSize: number, lr: number, bracketed = true) =>
  ({
    ...{ optimizer, batchSize, model: 'm', tokens: 1e9, bracketed },
    best: { lr, hyper: { beta1: 0.9, beta2: 0.95 }, valLossMean: 3 },
  }) as unknown as OwnStudy['cells'][number];
const gapAt = (batchSize: number, lo: number, hi: number) =>
  ({
    ...{ batchSize, baseline: 'adam', challenger: 'sgd', gap: (lo + hi) / 2, ci95: [lo, hi] },
    ...{ bracketed: true, missing: [] },
  }) as unknown as OwnStudy['gaps'][number];

/** A study of 30m at a billion tokens. */
function studied(change: Partial<OwnStudy> = {}): OwnStudy {
  const model = modelPreset('30m');
  const { parameters, inner } = given(model);
  return {
    ...{ name: 'mine', model, parameters, inner, tokens: 1e9 },
    cells: [cell('adam', 4, 0.004, false), cell('sgd', 4, 0.5)],
    gaps: [gapAt(4, 0.1, 0.2), gapAt(8, -0.2, 0.1)],
    ...{ openings: [], predicted: null, noiseScale: null, bestAdam: null, critical: null, weightDecay: null },
    ...change,
  };
}
const values = (facts: Fact[], source: RegExp) =>
  facts.filter((fact) => source.test(fact.source)).map(({ value, refused }) => value ?? refused);

test('a study of one’s own comes first: its rates, its gap, and what it is worth', () => {
  const asked = given(modelPreset('30m'), { study: studied(), tokens: 1e9 });
  assert.match(
    accepted(rateFacts(asked, 4))
      .map(({ text }) => text)
      .join('; '),
    /^0\.5; 0\.004 \(at the edge of what was tried/,
  );
  // From batch size 4 to 16 Adam's rate doubles; SGD has no such rule; a factor of 20 would make a beta
  // negative.
  assert.deepEqual(values(rateFacts(asked, 16), /2205\.10287/), [
    'the rule is about Adam; mine has none at this batch size',
    0.008,
  ]);
  assert.match(String(values(rateFacts(asked, 80), /2205\.10287/)[1]), /make a beta negative/);
  assert.deepEqual(recommend(asked, [], 4), {
    optimizer: 'adam',
    why: 'Adam was better in mine, worth 0.150 nats (0.100 to 0.200)',
  });
  assert.equal(recommend(asked, [], 8).optimizer, null);
});

test('a study of another model or budget does not speak: its rates are carried over by rules for that, or not', () => {
  const small = given(modelPreset('nano'), { study: studied(), tokens: 1e9 });
  assert.equal(recommend(small, openingFacts(small), 4).optimizer, null);
  assert.match(openingFacts(small)[0].refused!, /its model has .* inner parameters, and this one/);
  assert.deepEqual(
    rateFacts(small, 4).filter(({ origin }) => origin === 'measured by you'),
    [],
  );
  // Ten times the tokens at four times the batch size; 30m is too small for the recipe, 160m is not.
  const longer = { study: studied(), tokens: 1e10 };
  assert.match(
    String(values(rateFacts(given(modelPreset('30m'), longer), 16), /completed_adamh/)[0]),
    /^the model has/,
  );
  const { parameters } = given(modelPreset('160m'));
  const own = studied({ parameters, inner: 8.5e7 });
  const [rate] = values(
    rateFacts(given(modelPreset('160m'), { study: own, tokens: 1e10 }), 16),
    /completed_adamh/,
  );
  assert.ok(Math.abs(Number(rate) - (0.004 * 2) / 10 ** 0.3) < 1e-12);
});

test('muP: only over width, at a batch size that was tuned', () => {
  const wide = checkModel({ ...modelPreset('30m'), dim: 2 * modelPreset('30m').dim, ffnDim: 4096 });
  const asked = given(wide, { study: studied(), tokens: 1e9 });
  const facts = rateFacts(asked, 4).filter(({ source }) => /2203\.03466/.test(source));
  assert.deepEqual(
    facts.map(({ text }) => text),
    ['0.5 for matrices, 1 for vectors', '0.002 for matrices, 0.004 for vectors'],
  );
  assert.match(String(values(rateFacts(asked, 8), /2203\.03466/)[0]), /no tuned rate at this batch size/);
  const deep = checkModel({ ...wide, layers: 2 * wide.layers });
  assert.match(
    String(values(rateFacts(given(deep, { study: studied(), tokens: 1e9 }), 4), /2203\.03466/)[0]),
    /more than its width/,
  );
});

test('SGD near the noise scale, and only where moments were measured', () => {
  const at = (noiseScale: number | null, batchSize: number) =>
    values(
      rateFacts(given(modelPreset('30m'), { study: studied({ noiseScale }), tokens: 1e9 }), batchSize),
      /1812\.06162/,
    );
  // With a noise scale of 12, 1 + 12/4 = 4 and 1 + 12/12 = 2.
  assert.deepEqual(at(12, 12), [1]);
  assert.deepEqual(at(null, 12), ['mine has no measured gradient moments']);
});

test('batch size: rules side by side, each in its range', () => {
  const own = studied({
    bestAdam: { batchSize: 64, tokens: 1e9, inside: true },
    critical: { at: 300, tokens: 1.3e9 },
    weightDecay: { value: 0.1, batchSize: 64, tokens: 1.3e9 },
  });
  const { parameters } = given(modelPreset('160m'));
  const asked = given(modelPreset('160m'), {
    study: { ...own, parameters },
    tokens: 1.3e9,
    batchSizes: [128],
  });
  const facts = batchSizeFacts(asked);
  assert.ok(Math.abs(Number(values(facts, /0\.383 \(arXiv/)[0]) - 64 * 1.3 ** 0.383) < 1e-9);
  // 2^19 tokens at 1.32 billion, in sequences; nothing is said of fewer.
  assert.match(String(values(facts, /nanochat/)[0]), /^D is/);
  const muon = Number(values(batchSizeFacts({ ...asked, tokens: 2.64e9 }), /nanochat/)[0]);
  assert.ok(Math.abs(muon - (2 ** 19 * 2 ** 0.383) / asked.seqLen!) < 1e-9);
  assert.deepEqual(values(facts, /2410\.21676/), [300]);
  assert.deepEqual(values(facts, /weight decay ~/), [0.2]);
  assert.match(String(values(facts, /0\.58 D/)[0]), /^N is/);
  assert.match(String(values(facts, /2505\.23971/)[0]), /^the model has/);
  // All of them are refused for nano.
  const none = batchSizeFacts(given(modelPreset('nano'), { study: own, tokens: 300_000 }));
  assert.deepEqual(accepted(none), []);
});

test('the record: what was advised beside what was measured, misses and refusals too', () => {
  const model = modelPreset('nano');
  const { parameters, inner } = given(model);
  const own = studied({
    ...{ model, parameters, inner, tokens: 300_000 },
    cells: [cell('adam', 1, 0.002), cell('adam', 16, 0.004), cell('sgd', 1, 0.5)],
    gaps: [gapAt(1, 0.1, 0.2), gapAt(256, 0.5, 0.7), gapAt(2, -0.1, 0.1)],
    openings: [{ at: 10, bound: 'exact' }],
  });
  const at = geometricMean([10])!;
  const grades = grade(given(model, { tokens: 300_000 }), own);
  const of = (source: RegExp) => grades.filter((one) => source.test(one.source));
  assert.deepEqual(
    of(/recommendation/).map(({ batchSize, mark }) => [batchSize, mark]),
    [
      [1, 'missed'],
      [256, 'right'],
      [2, 'open'],
    ],
  );
  assert.deepEqual(
    of(/search begins/).map(({ batchSize, mark }) => [batchSize, mark]),
    [
      [1, 'right'],
      [16, 'right'],
      [1, 'missed'],
    ],
  );
  assert.ok(of(/Step Law/).every(({ refused, mark }) => refused && mark === 'missed'));
  // sqrt(16) times the rate at batch size 1 is twice what was best.
  assert.deepEqual(
    of(/2205/).map(({ predicted, measured, mark }) => [predicted, measured, mark]),
    [[0.008, 0.004, 'right']],
  );
  assert.deepEqual(
    of(/Theorem 1/).map(({ mark, predicted, measured }) => [mark, predicted, measured]),
    [['right', 17, at]],
  );
});
