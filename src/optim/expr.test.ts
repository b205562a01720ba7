import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  add,
  buffer,
  eq,
  gt,
  le,
  lower,
  lt,
  max,
  min,
  mul,
  neg,
  quantileRank,
  scalar,
  select,
  sign,
  sqrt,
} from './expr.ts';
import { evaluate } from './reference.ts';

const x = buffer('x');

test('equal subexpressions become one instruction, however they were written', () => {
  const twice = () => mul(2, buffer('x'));
  const { instructions, outputs } = lower([add(twice(), twice()), neg(twice())]);
  assert.deepEqual(
    instructions.map((i) => i.op),
    ['const', 'buffer', 'mul', 'add', 'neg'],
  );
  assert.deepEqual(outputs, [3, 4]);
});

test('zero and minus zero, a buffer and a scalar of one name, stay apart', () => {
  assert.equal(lower([add(0, -0)]).instructions.length, 3);
  assert.equal(lower([add(buffer('a'), scalar('a'))]).instructions.length, 3);
});

test('what depends on no buffer is marked uniform', () => {
  const { instructions } = lower([mul(sqrt(scalar('s')), x)]);
  assert.deepEqual(
    instructions.map(({ op, uniform }) => [op, uniform]),
    [
      ['scalar', true],
      ['sqrt', true],
      ['buffer', false],
      ['mul', false],
    ],
  );
});

test('sign is that of Math.sign, NaN and both zeros included', () => {
  for (const value of [3, -2, 0, -0, Infinity, -Infinity, Number.NaN, 5e-324])
    assert.ok(Object.is(evaluate(sign(x), { x: value }, {}), Math.sign(value)), String(value));
});

test('min and max let a NaN through; comparisons with NaN are false', () => {
  const at = { x: Number.NaN };
  for (const e of [min(x, 1), min(1, x), max(x, 1), max(1, x)]) assert.ok(Number.isNaN(evaluate(e, at, {})));
  for (const mask of [lt(x, 1), le(x, 1), gt(x, 1), eq(x, x)])
    assert.equal(evaluate(select(mask, 1, 0), at, {}), 0);
});

test('an unknown name is an error, not NaN', () => {
  assert.throws(() => evaluate(scalar('beta'), { beta: 1 }, {}), /beta/);
});

test('the rank of a share is not moved by its rounding', () => {
  // 1 - 0.7 is 0.30000000000000004: the third of ten, as 0.3 is.
  assert.deepEqual(
    [quantileRank(0.3, 10), quantileRank(1 - 0.7, 10), quantileRank(1 - 0.43, 100)],
    [2, 2, 56],
  );
  assert.deepEqual([quantileRank(0.31, 10), quantileRank(0, 10), quantileRank(1, 10)], [3, 0, 9]);
});
