// Arbitrary expressions, compiled, against the oracle rounding to float32: every
// operation and any mixture of them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { f32x4, i32, v128 } from '../../../assembly/wasm/operations.ts';
import * as e from '../../../optim/expr.ts';
import { evaluate } from '../../../optim/reference.ts';
import { places } from '../../passes/bed.testing.ts';
import { compilePass } from '../../passes/pass.ts';
import { UNROLL } from '../../passes/tap.ts';
import { emitPass } from './emit.ts';

const { expr } = fc.letrec<{ expr: e.Expr; mask: e.Mask }>((tie) => ({
  expr: fc.oneof(
    { maxDepth: 6 },
    fc.constantFrom(e.buffer('x'), e.buffer('y'), e.scalar('s'), e.scalar('t')),
    fc.constantFrom(0, -0, 1, 0.1, -3, 1e30).map((value): e.Expr => ({ op: 'const', value })),
    fc.tuple(fc.constantFrom(e.neg, e.sqrt, e.abs, e.sign), tie('expr')).map(([f, a]) => f(a)),
    fc
      .tuple(fc.constantFrom(e.add, e.sub, e.mul, e.div, e.min, e.max), tie('expr'), tie('expr'))
      .map(([f, a, b]) => f(a, b)),
    fc.tuple(tie('mask'), tie('expr'), tie('expr')).map((args) => e.select(...args)),
    fc.tuple(tie('expr'), tie('expr'), tie('expr')).map((args) => e.clamp(...args)),
  ),
  mask: fc
    .tuple(fc.constantFrom(e.lt, e.le, e.gt, e.eq), tie('expr'), tie('expr'))
    .map(([f, a, b]) => f(a, b)),
}));
const value = fc.oneof(fc.float(), fc.constantFrom(0, -0, 1, -1, Infinity, Number.NaN, 1e-45));

for (const [width, place] of Object.entries(places()))
  test(`a compiled pass has the bits of the oracle in float32, for arbitrary expressions, ${width}`, () => {
    fc.assert(
      fc.property(
        fc.tuple(expr, expr),
        fc.array(fc.tuple(value, value), { minLength: 1, maxLength: 80 }),
        fc.tuple(value, value),
        (values, points, [s, t]) => {
          const run = compilePass({ buffers: ['x', 'y'], values }, place);
          const x = new Float32Array(place.memory.buffer, 4, points.length);
          const y = new Float32Array(place.memory.buffer, 400, points.length);
          points.forEach(([a, b], i) => {
            x[i] = a;
            y[i] = b;
          });
          const scalars = { s, t };
          run({ x: x.byteOffset, y: y.byteOffset }, { offset: 0, size: points.length }, scalars);
          points.forEach(([a, b], i) => {
            const [newX, newY] = values.map((v) => evaluate(v, { x: a, y: b }, scalars, Math.fround));
            assert.ok(Object.is(x[i], newX), `x: ${x[i]} against ${newX}`);
            assert.ok(Object.is(y[i], newY), `y: ${y[i]} against ${newY}`);
          });
        },
      ),
      { numRuns: 300 },
    );
  });

test('what is the same for all coordinates is computed once, before the loop', () => {
  const roots = (value: e.Expr) => {
    const { body } = emitPass({ buffers: ['x'], values: [value] }).spec(i32);
    const zero = v128.const([0, 0, 0, 0]);
    const root = f32x4.sqrt(zero).code.slice(zero.code.length);
    return body.filter((_, i) => root.every((byte, k) => body[i + k] === byte)).length;
  };
  assert.equal(roots(e.mul(e.buffer('x'), e.sqrt(e.scalar('s')))), 1);
  // Every vector of a turn, and the tail.
  assert.equal(roots(e.mul(e.scalar('s'), e.sqrt(e.buffer('x')))), UNROLL + 1);
});

test('the key tells structures apart and equal ones not', () => {
  const key = (v: e.Expr) => emitPass({ buffers: ['x'], values: [v] }).key;
  const x = e.buffer('x');
  assert.equal(key(e.add(x, 1)), key(e.add(e.buffer('x'), 1)));
  const different = [
    e.add(x, 1),
    e.add(1, x),
    e.add(x, 0),
    e.add(x, -0),
    e.add(x, e.scalar('s')),
    e.sub(x, 1),
    x,
  ];
  assert.equal(new Set([...different, e.buffer('y')].map(key)).size, different.length + 1);
});
