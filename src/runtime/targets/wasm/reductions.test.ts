import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createRng } from '../../../core/rng.ts';
import { places } from '../../passes/bed.testing.ts';
import { compileReductions } from './reductions.ts';

const [A, B] = [4, 2 ** 18 + 8];
const numbers = fc.array(fc.float({ noNaN: true, min: -Math.fround(1e18), max: Math.fround(1e18) }), {
  maxLength: 80,
});

/**
 * Sum in float64; the order differs from the kernel's, so they agree to rounding of the sum of magnitudes.
 */
function sum(terms: number[]): { value: number; tolerance: number } {
  const magnitude = terms.reduce((s, t) => s + Math.abs(t), 0);
  return { value: terms.reduce((s, t) => s + t, 0), tolerance: terms.length * 2 ** -52 * magnitude };
}

for (const [width, place] of Object.entries(places())) {
  if (width.includes('shared')) continue;
  const { memory } = place;
  const { sumSquares, dot, maxAbs } = compileReductions(place);
  const view = (at: number, count: number) => new Float32Array(memory.buffer, at, count);

  test(`${width}: sums are those of float64, for any length and alignment`, () => {
    fc.assert(
      fc.property(numbers, numbers, fc.nat(3), (left, right, shift) => {
        const count = Math.min(left.length, right.length);
        const [a, b] = [A + 4 * shift, B];
        view(a, count).set(left.slice(0, count));
        view(b, count).set(right.slice(0, count));
        const products = sum(left.slice(0, count).map((x, i) => x * right[i]));
        const squares = sum(left.slice(0, count).map((x) => x * x));
        assert.ok(Math.abs(dot(a, b, count) - products.value) <= products.tolerance);
        assert.ok(Math.abs(sumSquares(a, count) - squares.value) <= squares.tolerance);
        assert.equal(dot(a, a, count), sumSquares(a, count));
        assert.equal(maxAbs(a, count), Math.max(0, ...left.slice(0, count).map(Math.abs)));
      }),
      { numRuns: 300 },
    );
  });

  test(`${width}: a long sum keeps the digits that float32 would lose, and gives the same bits again`, () => {
    const count = 50_000;
    const rng = createRng(1, 'reductions');
    const a = view(A, count);
    a.forEach((_, i) => {
      a[i] = rng.normal();
    });
    // The mean of squares of normals, against a plain float64 sum.
    const squares = sum([...a].map((x) => x * x));
    assert.ok(Math.abs(sumSquares(A, count) / squares.value - 1) < 1e-13);
    assert.equal(sumSquares(A, count), sumSquares(A, count));
    for (const short of [1, 2, 13]) assert.equal(sumSquares(A, count - short), dot(A, A, count - short));
  });

  test(`${width}: squares neither overflow nor vanish: no finite input has a non-finite norm`, () => {
    view(A, 9).fill(3.4e38);
    assert.ok(Math.abs(sumSquares(A, 9) / (9 * Math.fround(3.4e38) ** 2) - 1) < 1e-15);
    view(A, 9).fill(1e-45);
    assert.ok(sumSquares(A, 9) > 0);
  });

  test(`${width}: NaN and infinity show wherever they stand, in vectors and in the tail`, () => {
    const count = 45;
    for (let i = 0; i < count; i++)
      for (const bad of [Number.NaN, Infinity, -Infinity]) {
        view(A, count).fill(1);
        view(A, count)[i] = bad;
        assert.equal(sumSquares(A, count), Math.abs(bad));
        assert.equal(maxAbs(A, count), Math.abs(bad));
      }
  });

  test(`${width}: maxAbs finds the largest wherever it stands`, () => {
    const count = 45;
    for (let i = 0; i < count; i++) {
      view(A, count).fill(0.5);
      view(A, count)[i] = -2;
      assert.equal(maxAbs(A, count), 2);
    }
  });

  test(`${width}: an empty range is zero`, () => {
    assert.deepEqual([sumSquares(A, 0), dot(A, B, 0), maxAbs(A, 0)], [0, 0, 0]);
  });
}
