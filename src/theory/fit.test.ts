import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRng } from '../core/rng.ts';
import { exponentOfCurve, exponentOverRepetitions } from './fit.ts';

const sizes = [1, 2, 4, 8, 16, 32];
const noisy = (power: number, spread: number, seed: number) => {
  const { normal } = createRng(seed, 'fit test');
  return sizes.map((x) => ({ x, y: 3 * x ** power * Math.exp(spread * normal()) }));
};

test('a power without noise is found exactly', () => {
  const fit = exponentOfCurve(noisy(0.5, 0, 1))!;
  assert.ok(Math.abs(fit.exponent - 0.5) < 1e-12 && fit.ci95![1] - fit.ci95![0] < 1e-10);
  assert.deepEqual([fit.from, fit.to, fit.points], [1, 32, 6]);
});

test('intervals of 95% hold the truth in about 95% of the cases', () => {
  let [curve, repeated] = [0, 0];
  const holds = (fit: { ci95: [number, number] | null }) =>
    Number(fit.ci95![0] <= 0.5 && 0.5 <= fit.ci95![1]);
  for (let i = 0; i < 400; i++) {
    curve += holds(exponentOfCurve(noisy(0.5, 0.2, i))!);
    repeated += holds(exponentOverRepetitions([0, 1, 2, 3].map((k) => noisy(0.5, 0.2, 1000 + 4 * i + k)))!);
  }
  assert.ok(curve > 365 && curve < 395, `${curve} of 400`);
  // The wider of two intervals.
  assert.ok(repeated > 370, `${repeated} of 400`);
});

test('what cannot be fitted is null', () => {
  assert.equal(exponentOfCurve([{ x: 1, y: 1 }]), null);
  assert.equal(
    exponentOfCurve([
      { x: 1, y: -1 },
      { x: 2, y: 0 },
    ]),
    null,
  );
  assert.equal(
    exponentOfCurve([
      { x: 1, y: 1 },
      { x: 4, y: 2 },
    ])!.ci95,
    null,
  );
  assert.equal(exponentOverRepetitions([]), null);
  assert.equal(exponentOverRepetitions([noisy(1, 0, 1), [{ x: 1, y: -1 }]]), null);
});
