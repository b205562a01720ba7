import assert from 'node:assert/strict';
import { test } from 'node:test';
import { frontier } from './frontier.ts';
import { gaps } from './gap.ts';
import { row } from './synthetic-rows.testing.ts';
import { tokensToLoss } from './tokens-to-loss.ts';

const close = (a: number, b: number) => assert.ok(Math.abs(a - b) < 1e-9, `${a} is not ${b}`);
const curve = [
  { tokens: 4e6, loss: 3.4 },
  { tokens: 1e6, loss: 4 },
  { tokens: 2e6, loss: 3.8 },
];

test('the multiple of tokens is read off the curve, on a straight line over the logarithm of the budget', () => {
  // Half of the way from 3.8 to 3.4 in loss is half of a doubling.
  const found = tokensToLoss(curve, { tokens: 1e6, gap: 0.4, ci95: [0.1, 0.7] })!;
  close(found.target, 3.6);
  close(found.times, 2 * Math.SQRT2);
  assert.equal(found.bound, 'exact');
  close(found.lo!.times, Math.SQRT2);
  // A loss of 3.3 is reached with no budget that was run.
  assert.deepEqual(found.hi, { times: 4, bound: 'more than' });
});

test('who is ahead needs fewer tokens, and below the smallest budget nothing is known', () => {
  const ahead = tokensToLoss(curve, { tokens: 4e6, gap: -0.4, ci95: null })!;
  assert.deepEqual([ahead.times, ahead.bound, ahead.lo, ahead.hi], [0.5, 'exact', null, null]);
  const far = tokensToLoss(curve, { tokens: 2e6, gap: -0.5, ci95: [-0.6, -0.2] })!;
  assert.deepEqual([far.times, far.bound], [0.5, 'less than']);
  assert.deepEqual(far.hi, { times: 0.5, bound: 'exact' });
  assert.equal(tokensToLoss(curve.slice(0, 1), { tokens: 4e6, gap: 0.1, ci95: null }), null);
  assert.equal(tokensToLoss(curve, { tokens: 3e6, gap: 0.1, ci95: null }), null);
});

test('a gap has its multiple where the study has several budgets, from tuned runs of whole budgets', () => {
  const budgets = [1e6, 2e6];
  const rows = budgets.flatMap((tokens, i) =>
    [0, 1, 2].flatMap((seed) => [
      row({ optimizer: 'adam', tokens, seed, valLoss: 3.5 - 0.3 * i + 0.01 * seed }),
      row({ optimizer: 'sgd', tokens, seed, valLoss: 3.8 - 0.3 * i + 0.01 * seed }),
    ]),
  );
  const pair = { baseline: 'adam', challenger: 'sgd' };
  const [one, two] = gaps(frontier(rows, { tuning: [0] }), pair);
  close(one.tokensToLoss!.times, 2);
  close(two.tokensToLoss!.times, 1);
  assert.equal(two.tokensToLoss!.bound, 'more than');
  const single = rows.filter(({ tokens }) => tokens === 1e6);
  assert.equal(gaps(frontier(single, { tuning: [0] }), pair)[0].tokensToLoss, null);
});
