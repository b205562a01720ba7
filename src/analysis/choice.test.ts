// Which setting is chosen, the noise between seeds, and what it leaves open, against numbers by hand.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chosen, noiseOf, separation, spread } from './choice.ts';

const close = (value: number, expected: number) =>
  assert.ok(Math.abs(value - expected) < 1e-6, `${value} is not ${expected}`);
const setting = (lr: number, ...losses: number[]) => ({ lr, hyper: {}, losses });

test('chosen: the least mean of those with the most seeds, none that diverged, of equals the lower rate', () => {
  const [lucky, diverged] = [setting(0.1, 2), setting(0.2, 2.5, Number.POSITIVE_INFINITY)];
  const [worse, same, best] = [setting(0.4, 3, 3.2), setting(0.8, 3.1, 2.9), setting(0.3, 2.9, 3.1)];
  assert.equal(chosen([lucky, diverged, worse, same, best]), best);
  assert.equal(chosen([lucky, diverged]), lucky);
  assert.equal(chosen([diverged, setting(1)]), undefined);
});

test('noise is pooled over settings with several seeds, and known to their degrees of freedom', () => {
  // Squares about the means: 2 and 0.5, over two and one degrees.
  const noise = spread([[1, 2, 3], [5, 6], [9], [4, Number.POSITIVE_INFINITY]])!;
  close(noise.sd, Math.sqrt(2.5 / 3));
  assert.equal(noise.degrees, 3);
  assert.equal(spread([[1], []]), null);
  // t(3) = 3.182446.
  close(noiseOf(noise, 2), 3.182446 * noise.sd);
});

test('rivals are compared on the seeds that both have, and the doubt is that of the least certain', () => {
  const noise = { sd: 0.1, degrees: 2 };
  // Up to 0.4302653 for means of two seeds, times the root of 2 for single ones.
  const best = setting(1, 3, 3.1);
  const [near, far, single] = [setting(2, 3.2, 3.2), setting(4, 3.5, 3.5), setting(8, 3.55)];
  const found = separation(best, [best, near, far, single, setting(16, Number.POSITIVE_INFINITY)], noise);
  assert.deepEqual(
    found.rivals.map(({ lr }) => lr),
    [2, 8],
  );
  close(found.doubt, 0.4302653 - 0.15);
  close(separation(best, [best, single], noise).doubt, 0.4302653 * Math.SQRT2 - 0.55);
  assert.deepEqual(separation(best, [best, far], noise), { rivals: [], doubt: 0 });
});
