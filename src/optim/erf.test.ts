import assert from 'node:assert/strict';
import { test } from 'node:test';
import jstat from 'jstat';
import { erf } from './erf.ts';
import { buffer } from './expr.ts';
import { evaluate } from './reference.ts';

const at = (x: number, round?: (x: number) => number) => evaluate(erf(buffer('x')), { x }, {}, round);

test('within 5e-4 of the error function everywhere, odd, in float64 and in float32', () => {
  for (let x = -6; x <= 6; x += 0.01)
    for (const round of [undefined, Math.fround]) {
      assert.ok(Math.abs(at(x, round) - jstat.jStat.erf(x)) < 5.1e-4, String(x));
      assert.equal(at(-x, round), -at(x, round));
    }
});

test('saturates without overflow; a NaN stays one', () => {
  for (const x of [1e3, 1e10, 1e38, Infinity]) {
    assert.equal(at(x, Math.fround), 1);
    assert.equal(at(-x, Math.fround), -1);
  }
  assert.ok(at(0) === 0);
  assert.ok(Number.isNaN(at(Number.NaN)));
});
