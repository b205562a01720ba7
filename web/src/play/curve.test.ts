// The shown curve follows the losses, has no bias at its beginning, and stays short.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCurve } from './curve.ts';

test('a constant stays what it is from the first step on', () => {
  const curve = createCurve(5000);
  assert.equal(curve.last, undefined);
  assert.deepEqual(curve.points(), []);
  for (let i = 1; i <= 5000; i++) curve.add(i, 3);
  for (const { y } of curve.points()) assert.ok(Math.abs(y - 3) < 1e-12);
  assert.ok(curve.points().length <= 301);
  assert.equal(curve.points().at(-1)!.x, 5000);
});

test('a few steps are shown as they are, many are smoothed', () => {
  const short = createCurve(20);
  [5, 4, 3].forEach((loss, i) => short.add(i, loss));
  assert.deepEqual(
    short.points().map(({ y }) => y),
    [5, 4, 3],
  );
  const long = createCurve(5000);
  for (let i = 0; i < 1000; i++) long.add(i, i % 2);
  assert.ok(Math.abs(long.last! - 0.5) < 0.01);
});
