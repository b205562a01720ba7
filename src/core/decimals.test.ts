import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decimals, signed } from './decimals.ts';

test('signs are true ones, and what rounds to zero has none', () => {
  assert.deepEqual(
    [3.2504, -0.12345, -0.0004, -0, 0.0004].map((x) => decimals(x)),
    ['3.250', '−0.123', '0.000', '0.000', '0.000'],
  );
  assert.deepEqual(
    [0.46, -0.03, 0.0004, -0.0004, 0].map((x) => signed(x)),
    ['+0.460', '−0.030', '0.000', '0.000', '0.000'],
  );
  assert.equal(decimals(-1.25, 1), `−${(1.25).toFixed(1)}`);
});
