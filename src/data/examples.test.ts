// Examples of the objectives: what is masked, how often and as what, and how an image becomes patches;
// and that all of it is a function of the seed and the place alone.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { UserError } from '../core/errors.ts';
import { createRng } from '../core/rng.ts';
import type { ModelConfig } from '../model/config.ts';
import { maskedCount, maskId } from '../model/objectives/masked.ts';
import { modelPreset } from '../model/presets.ts';
import { type ExampleData, examplesOf, readExamples } from './examples.ts';
import { createSampler } from './sampler.ts';
import type { TokenShard } from './shards.ts';

const ENTRIES = 50;
const text: ExampleData = { corpus: 'text', vocabSize: ENTRIES };
const shardOf = (values: ArrayLike<number>): TokenShard => {
  const all = Int32Array.from(values);
  return { length: all.length, read: (start, out) => out.set(all.subarray(start, start + out.length)) };
};
const tokens = (length: number) => {
  const rng = createRng(3, 'tokens');
  return shardOf(Array.from({ length }, () => rng.below(ENTRIES)));
};
const masking = (changes: Partial<ModelConfig> = {}): ModelConfig =>
  modelPreset('tiny', { vocabSize: ENTRIES + 1, seqLen: 16, objective: 'mlm', ...changes });

/** The parts of a masked example. */
function parts(row: Int32Array, model: ModelConfig) {
  const { seqLen } = model;
  const count = maskedCount(model);
  return {
    shown: row.subarray(0, seqLen),
    at: [...row.subarray(seqLen, seqLen + count)],
    wanted: [...row.subarray(seqLen + count)],
  };
}

const models = fc
  .record({
    seqLen: fc.integer({ min: 2, max: 40 }),
    maskRate: fc.option(fc.double({ min: 0.01, max: 1, noNaN: true }), { nil: undefined }),
  })
  .map((changes) => masking(changes));

test('a masked example tells the text: as many places as the rate says, each once, the rest as it was', () => {
  fc.assert(
    fc.property(models, fc.nat(), fc.nat(30), (model, seed, index) => {
      const shard = tokens(500);
      const examples = examplesOf(model, shard, text);
      const plain = examplesOf({ ...model, objective: undefined, maskRate: undefined }, shard, text);
      assert.equal(examples.count, plain.count);
      const i = index % examples.count;
      const [row, whole] = [new Int32Array(examples.width), new Int32Array(plain.width)];
      examples.read(i, () => createRng(seed, 'x'), row);
      plain.read(i, () => createRng(seed, 'x'), whole);
      const { shown, at, wanted } = parts(row, model);
      const rate = model.maskRate ?? 0.15;
      assert.equal(at.length, Math.max(1, Math.round(rate * model.seqLen)));
      assert.deepEqual(
        at,
        [...new Set(at)].sort((a, b) => a - b),
      );
      assert.deepEqual(
        wanted,
        at.map((t) => whole[t]),
      );
      shown.forEach((id, t) => {
        assert.ok(id >= 0 && id <= maskId(model));
        if (!at.includes(t)) assert.equal(id, whole[t]);
      });
    }),
  );
});

test('eight in ten become the mask, one in ten any token, one in ten stay; every position is as likely as any other', () => {
  const model = masking();
  const examples = examplesOf(model, tokens(16 * 400 + 1), text);
  const sampler = createSampler({ examples, seed: 5 });
  const row = new Int32Array(examples.width);
  const fates = { mask: 0, other: 0, same: 0 };
  const places = new Array<number>(16).fill(0);
  const drawn = new Array<number>(ENTRIES).fill(0);
  const n = 8000;
  for (let k = 0; k < n; k++) {
    sampler.sequence(k, row);
    const { shown, at, wanted } = parts(row, model);
    at.forEach((t, j) => {
      places[t]++;
      if (shown[t] === maskId(model)) fates.mask++;
      else if (shown[t] === wanted[j]) fates.same++;
      else {
        fates.other++;
        drawn[shown[t]]++;
      }
    });
  }
  const all = n * maskedCount(model);
  // Another token is the same one by chance now and then. Four standard errors.
  const near = (found: number, share: number) =>
    Math.abs(found / all - share) < 4 * Math.sqrt((share * (1 - share)) / all);
  assert.ok(near(fates.mask, 0.8), JSON.stringify(fates));
  assert.ok(near(fates.same, 0.1 + 0.1 / ENTRIES), JSON.stringify(fates));
  // Pearson's statistic: 15 and 49 degrees of freedom, above 38 and 85 with probability 0.001;
  // the seed is fixed.
  const chi2 = (counts: number[]) => {
    const expected = counts.reduce((a, b) => a + b) / counts.length;
    return counts.reduce((sum, c) => sum + (c - expected) ** 2 / expected, 0);
  };
  assert.ok(chi2(places) < 38, `${chi2(places)}`);
  assert.ok(chi2(drawn) < 85, `${chi2(drawn)}`);
});

test('masks are a function of seed and sequence: the same at any batch size and access, others in the next epoch', () => {
  const model = masking();
  const examples = examplesOf(model, tokens(16 * 20 + 1), text);
  const { width } = examples;
  const one = createSampler({ examples, seed: 7 });
  const expected = Array.from({ length: 60 }, (_, k) => {
    const row = new Int32Array(width);
    one.sequence(k, row);
    return row.join();
  });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 12 }), fc.array(fc.nat(4), { maxLength: 6 }), (size, steps) => {
      const sampler = createSampler({ examples, seed: 7 });
      for (const step of steps) {
        const batch = sampler.batch(step, size);
        for (let i = 0; i < size; i++)
          assert.equal(batch.subarray(i * width, (i + 1) * width).join(), expected[step * size + i]);
      }
    }),
  );
  assert.equal(new Set(expected).size, expected.length);
  const other = createSampler({ examples, seed: 8 }).batch(0, 20);
  assert.notEqual(other.join(), createSampler({ examples, seed: 7 }).batch(0, 20).join());
});

test('validation has the same masks whenever it is read, in whatever company', () => {
  const model = masking();
  const examples = examplesOf(model, tokens(400), text);
  const all = readExamples(examples, [...Array(examples.count).keys()]);
  const { width } = examples;
  for (const i of [0, 3, 11])
    assert.deepEqual(readExamples(examples, [i]), all.subarray(i * width, (i + 1) * width));
});

/** Pixel (x, y) of image i is 100 i + 10 y + x; its class is i. */
const square = (side: number, count: number) =>
  shardOf(
    Array.from({ length: count }, (_, i) => [
      ...Array.from({ length: side * side }, (_, p) => 100 * i + 10 * Math.floor(p / side) + (p % side)),
      i,
    ]).flat(),
  );
const vision = (changes: Partial<ModelConfig> = {}) =>
  modelPreset('tiny-vision', { vocabSize: 2, patch: 2, seqLen: 4, ...changes });
const images: ExampleData = { corpus: 'pictures', vocabSize: 2, images: { side: 4 } };

test('an image is read patch after patch, then its class', () => {
  const examples = examplesOf(vision(), square(4, 2), images);
  assert.equal(examples.count, 2);
  const patches = [
    [0, 1, 10, 11],
    [2, 3, 12, 13],
    [20, 21, 30, 31],
    [22, 23, 32, 33],
  ].flat();
  assert.deepEqual(
    [...readExamples(examples, [0, 1])],
    [...patches, 0, ...patches.map((pixel) => pixel + 100), 1],
  );
});

const refused: [string, ModelConfig, ExampleData, RegExp][] = [
  ['text to a model of images', vision(), text, /^objective classify needs images, corpus text is text/],
  ['images to a model of text', modelPreset('tiny'), images, /^corpus pictures holds images: use a model/],
  ['patches that do not fit', vision({ patch: 3 }), images, /4 x 4 pixels .* 3 x 3; patch may be 1, 2, 4$/],
  [
    'another number of patches',
    vision({ seqLen: 9 }),
    images,
    /make 4 patches of 2 x 2: set seqLen to 4, not 9$/,
  ],
  [
    'too few classes',
    vision(),
    { ...images, vocabSize: 3 },
    /^the images have 3 classes, the model only 2; raise/,
  ],
  [
    'no room for the mask',
    masking({ vocabSize: ENTRIES }),
    text,
    /the mask needs one, the model only 50; raise/,
  ],
];
for (const [what, model, data, message] of refused)
  test(`refused in one line: ${what}`, () => {
    assert.throws(
      () => examplesOf(model, tokens(100), data),
      (e) => e instanceof UserError && message.test(e.message) && !e.message.includes('\n'),
    );
  });
