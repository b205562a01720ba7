import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { clipFactor, gradientScale } from './clip.ts';

test('a gradient within the clip is left alone, a longer one ends just below it', () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-3, max: 1e6, noNaN: true }), fc.constantFrom(0.1, 1, 5), (norm, clip) => {
      const after = norm * clipFactor(norm, clip);
      if (norm + 1e-6 <= clip) assert.equal(after, norm);
      else assert.ok(after < clip && after > clip * (1 - 2e-5), `${after}`);
    }),
  );
});

test('null switches clipping off; a zero gradient stays zero', () => {
  assert.equal(clipFactor(1e9, null), 1);
  assert.equal(clipFactor(0, 1), 1);
});

test('non-finite norms behave as in PyTorch', () => {
  assert.equal(clipFactor(Infinity, 1), 0);
  assert.ok(Number.isNaN(clipFactor(Number.NaN, 1)));
});

test('the sum over micro-batches is averaged before its norm is compared with the clip', () => {
  // Sum (12, 16) of 4 pieces: mean (3, 4), norm 5.
  const { gradNorm, factor, gradScale } = gradientScale(12 ** 2 + 16 ** 2, 4, 1);
  assert.equal(gradNorm, 5);
  assert.equal(factor, 1 / (5 + 1e-6));
  assert.equal(gradScale, factor / 4);
  assert.deepEqual(gradientScale(400, 4, null), { gradNorm: 5, factor: 1, gradScale: 0.25 });
});
