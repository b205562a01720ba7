import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ProbedPoint } from './rows.ts';
import { takenBack } from './sharpness.ts';

/** Measurements of a run's own steps: first-order and second-order term of each. */
const steps = (...terms: [number, number][]) =>
  terms.map(
    ([first, second], i): ProbedPoint => ({
      step: i + 1,
      tokens: i + 1,
      probe: 'sharpness',
      tables: { terms: [{ direction: 'update', actualUpdate: true, first, second }] },
    }),
  );

test('what curvature takes back is a share of what all steps of a run promise together', () => {
  // Steps shrink a hundredfold along a schedule; the early ones weigh most, and the share is theirs.
  const { value, undefined: unread } = takenBack(steps([-1, 0.6], [-0.1, 0.05], [-0.01, 0.001]));
  assert.ok(Math.abs(value! - 0.651 / 1.11) < 1e-12);
  assert.equal(unread, 0);
});

test('one step that goes the other way leaves a share, steps that cancel leave none', () => {
  assert.ok(Math.abs(takenBack(steps([-1, 0.5], [0.1, 0.04])).value! - 0.54 / 0.9) < 1e-12);
  assert.deepEqual(takenBack(steps([-1, 0.5], [0.9, 0.5])), { value: null, undefined: 2 });
  assert.deepEqual(takenBack(steps([1, 0.5])), { value: null, undefined: 1 });
  assert.deepEqual(takenBack(steps([0, 0.5])), { value: null, undefined: 1 });
  assert.deepEqual(takenBack([]), { value: null, undefined: 0 });
});
