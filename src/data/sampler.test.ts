// The order of the data: a function of the seed alone, whatever the batch size and wherever reading starts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { UserError } from '../core/errors.ts';
import { evaluationExamples, tokenWindows } from './examples.ts';
import { createSampler } from './sampler.ts';
import type { TokenShard } from './shards.ts';

/** A shard whose token at position i is i. */
const counting = (length: number): TokenShard => ({
  length,
  read(start, out) {
    assert.ok(start >= 0 && start + out.length <= length);
    for (let i = 0; i < out.length; i++) out[i] = start + i;
  },
});
const setup = fc.record({
  length: fc.integer({ min: 9, max: 300 }),
  seqLen: fc.integer({ min: 2, max: 8 }),
  seed: fc.nat(),
});

test('each epoch holds every window exactly once, and windows are whole', () => {
  fc.assert(
    fc.property(setup, ({ length, seqLen, seed }) => {
      const sampler = createSampler({ examples: tokenWindows(counting(length), seqLen), seed });
      assert.equal(sampler.windows, Math.floor((length - 1) / seqLen));
      const out = new Int32Array(seqLen + 1);
      for (const epoch of [0, 1, 2]) {
        const starts = Array.from({ length: sampler.windows }, (_, i) => {
          sampler.sequence(epoch * sampler.windows + i, out);
          assert.deepEqual(
            [...out],
            Array.from(out, (_, j) => out[0] + j),
          );
          return out[0] / seqLen;
        });
        assert.deepEqual(
          starts.sort((a, b) => a - b),
          Array.from(starts, (_, i) => i),
        );
      }
    }),
  );
});

test('the sequences are the same for every batch size, and at random access', () => {
  fc.assert(
    fc.property(
      setup,
      fc.integer({ min: 1, max: 12 }),
      fc.array(fc.nat(20), { maxLength: 8 }),
      (s, batchSize, jumps) => {
        const make = () =>
          createSampler({ examples: tokenWindows(counting(s.length), s.seqLen), seed: s.seed });
        const one = make();
        const many = make();
        const width = s.seqLen + 1;
        const out = new Int32Array(width);
        const expected = Array.from({ length: 21 * batchSize }, (_, k) => {
          one.sequence(k, out);
          return [...out];
        });
        for (const step of jumps) {
          const batch = many.batch(step, batchSize);
          for (let i = 0; i < batchSize; i++) {
            assert.deepEqual([...batch.subarray(i * width, (i + 1) * width)], expected[step * batchSize + i]);
          }
        }
      },
    ),
  );
});

test('the order differs from seed to seed and from epoch to epoch', () => {
  const starts = (seed: number, epoch: number) => {
    const sampler = createSampler({ examples: tokenWindows(counting(6401), 64), seed });
    return [...sampler.batch(epoch, 100)].filter((_, i) => i % 65 === 0).join();
  };
  assert.equal(new Set([starts(1, 0), starts(1, 1), starts(1, 2), starts(2, 0), starts(2, 1)]).size, 5);
  assert.equal(starts(7, 1), starts(7, 1));
});

test('every window is equally likely to come at any place', () => {
  const [windows, seeds] = [8, 4000];
  const counts = Array.from({ length: windows }, () => new Array<number>(windows).fill(0));
  for (let seed = 0; seed < seeds; seed++) {
    const sampler = createSampler({ examples: tokenWindows(counting(2 * windows + 1), 2), seed });
    sampler.batch(0, windows).forEach((id, i) => {
      if (i % 3 === 0) counts[i / 3][id / 2]++;
    });
  }
  // Pearson's statistic with 49 degrees of freedom: above 85 with probability 0.001, and the seeds are fixed.
  const expected = seeds / windows;
  const chi2 = counts.flat().reduce((sum, c) => sum + (c - expected) ** 2 / expected, 0);
  assert.ok(chi2 < 85, `chi2 = ${chi2}`);
});

test('a given array is filled in place, and one of the wrong size refused', () => {
  const sampler = createSampler({ examples: tokenWindows(counting(100), 4), seed: 0 });
  const out = new Int32Array(15);
  assert.equal(sampler.batch(2, 3, out), out);
  assert.deepEqual(out, sampler.batch(2, 3));
  assert.throws(() => sampler.batch(0, 2, out), RangeError);
  assert.throws(() => sampler.sequence(0, out), RangeError);
});

test('a shard shorter than one sequence is told in one line', () => {
  assert.throws(
    () => createSampler({ examples: tokenWindows(counting(64), 64), seed: 0 }),
    (e: Error) => {
      return (
        e instanceof UserError && /64 tokens need 65.*has 64/.test(e.message) && !e.message.includes('\n')
      );
    },
  );
  assert.equal(createSampler({ examples: tokenWindows(counting(65), 64), seed: 0 }).windows, 1);
});

test('examples to evaluate on are distinct, as many as are paid for, and spread over the split', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 300 }), setup, fc.nat(400), (count, { seqLen }, tokens) => {
      const which = evaluationExamples({ count }, seqLen, tokens);
      assert.equal(new Set(which).size, which.length);
      assert.ok(which.length >= 1 && which.length * seqLen <= Math.max(tokens, seqLen));
      for (const i of which) assert.ok(Number.isInteger(i) && i >= 0 && i < count);
    }),
  );
  const windows = tokenWindows(counting(1001), 10);
  assert.deepEqual(evaluationExamples(windows, 10, 50), [0, 20, 40, 60, 80]);
  assert.equal(evaluationExamples(windows, 10, 1e9).length, 100);
  assert.throws(() => tokenWindows(counting(10), 10), UserError);
});
