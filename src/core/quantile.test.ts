import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { median, quantile, quantileOfSorted } from './quantile.ts';

test('quantiles are those of R type 7 and of NumPy', () => {
  const values = [9, 1, 4, 2];
  assert.deepEqual(
    [0, 0.25, 0.5, 0.75, 1].map((share) => quantile(values, share)),
    [1, 1.75, 3, 5.25, 9],
  );
  // numpy.quantile([3, 1, 4, 1, 5], [.1, .5, .9])
  assert.deepEqual(
    [0.1, 0.5, 0.9].map((share) => Number(quantile([3, 1, 4, 1, 5], share)!.toFixed(12))),
    [1, 3, 4.6],
  );
  assert.deepEqual([median([]), median([7]), median([10.8, 3.8])], [null, 7, 7.300000000000001]);
});

test('losses that are not finite are the largest, and two of them have one between them', () => {
  assert.equal(
    quantile([1, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 2], 0.9),
    Number.POSITIVE_INFINITY,
  );
  assert.equal(median([1, 2, Number.NaN]), 2);
});

test('a quantile lies between the extremes, grows with its share, and mirrors', () => {
  const values = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 20 });
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(values, share, share, (list, p, q) => {
      const sorted = list.toSorted((a, b) => a - b);
      const [low, high] = [Math.min(p, q), Math.max(p, q)].map((x) => quantileOfSorted(sorted, x));
      assert.ok(sorted[0] <= low && low <= high + 1e-9 && high <= sorted[sorted.length - 1]);
      const mirrored = -quantile(
        list.map((x) => -x),
        1 - p,
      )!;
      assert.ok(Math.abs(mirrored - quantile(list, p)!) < 1e-6);
    }),
  );
});
