// Passes in machine code: bytes of known instructions, and the same bits as in WebAssembly.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { systemV } from '../../../../assembly/x64/convention.ts';
import * as e from '../../../../optim/expr.ts';
import { optimizer, optimizers, resolveHyper } from '../../../../optim/registry.ts';
import { tensorGroups } from '../../../../optim/rule.ts';
import { planStages } from '../../../../optim/stages.ts';
import { bits, memories, places, tensors } from '../../../passes/bed.testing.ts';
import { compilePass } from '../../../passes/pass.ts';
import { type Pass, programOf } from '../../../passes/program.ts';
import { findMachineCode } from '../pages.ts';
import { emitMachinePass } from './emit.ts';
import { readInPlace } from './places.ts';

test('passes of every registered optimizer and of grafts fit into the registers', () => {
  for (const name of [...Object.keys(optimizers), 'adam#sgd', 'nsgd#adam', 'adam#signum', 'adam#lion'])
    for (const group of tensorGroups(optimizer(name), resolveHyper(name), tensors)) {
      const { stages, buffers, values } = planStages(group);
      const passes = stages.map((stage) => ({ ...stage, squares: stage.norms.map(({ value }) => value) }));
      for (const { buffers: into, values: what, squares } of [...passes, { buffers, values, squares: [] }])
        assert.ok(emitMachinePass({ buffers: into, values: what, squares }, systemV), name);
    }
});

test('a buffer that is read once is read by the operation that needs it', () => {
  const [x, y, s] = [e.buffer('x'), e.buffer('y'), e.scalar('s')];
  const inPlace = (value: e.Expr, more: Partial<Pass> = {}) => {
    const program = programOf({ buffers: ['y'], values: [value], ...more });
    const found = readInPlace(program);
    return program.instructions.filter((_, k) => found[k]).map(({ name }) => name);
  };
  assert.deepEqual(inPlace(e.add(e.mul(x, s), y)), ['x', 'y']);
  assert.deepEqual(inPlace(e.sub(x, y)), ['y']);
  assert.deepEqual(inPlace(e.div(s, y)), ['y']);
  // Read twice, or by what takes nothing from memory, or written as it is.
  assert.deepEqual(inPlace(e.mul(x, x)), []);
  assert.deepEqual(inPlace(e.mul(e.abs(x), e.min(x, y))), []);
  assert.deepEqual(inPlace(e.mul(x, s), { buffers: ['y', 'x'], values: [e.mul(x, s), x] }), []);
  assert.deepEqual(inPlace(e.mul(x, s), { squares: [x] }), []);
});

test('more values at once than registers, or more buffers, is left to WebAssembly', () => {
  const wide = (op: (a: e.Expr, b: e.Expr) => e.Expr, depth: number, leaf: () => e.Expr): e.Expr =>
    depth === 0 ? leaf() : op(wide(op, depth - 1, leaf), wide(op, depth - 1, leaf));
  let k = 0;
  const values = [wide(e.add, 5, () => e.div(e.buffer('x'), ++k)), e.buffer('x')];
  const roots = Array.from({ length: 20 }, (_, i) => e.div(e.buffer('x'), i + 2));
  const sum = (list: e.Expr[]) => list.reduce((a, b) => e.add(a, b));
  assert.ok(emitMachinePass({ buffers: ['x'], values: values.slice(0, 1) }, systemV));
  assert.equal(
    emitMachinePass({ buffers: ['x'], values: [e.mul(sum(roots), sum(roots.toReversed()))] }, systemV),
    undefined,
  );
  const many = sum(Array.from({ length: 8 }, (_, i) => e.buffer(`b${i}`)));
  assert.equal(emitMachinePass({ buffers: ['b0'], values: [many] }, systemV), undefined);
});

const { machineCode, why } = findMachineCode();

test('sums of squares have the same bits, for any number of coordinates', { skip: why }, () => {
  const memory = memories()['32 bits'];
  const [x, y] = [e.buffer('x'), e.buffer('y')];
  const pass = {
    buffers: ['y'],
    values: [e.add(x, y)],
    squares: [e.mul(x, e.scalar('s')), y, e.scalar('s'), e.sign(y)],
  };
  const [wasm, machine] = [compilePass(pass, { memory }), compilePass(pass, { memory, machineCode })];
  fc.assert(
    fc.property(
      fc.nat(1500),
      fc.nat(3),
      fc.integer(),
      fc.float({ noNaN: true, min: 0.125, max: 9 }),
      (size, shift, seed, s) => {
        const at = { x: 4 * shift, y: 8192 + 4 * shift };
        const view = (from: number) => new Float32Array(memory.buffer, from, size);
        const run = (way: typeof wasm) => {
          for (let i = 0; i < size; i++) {
            view(at.x)[i] = Math.sin(seed + i) * 10 ** (i % 7);
            view(at.y)[i] = Math.cos(seed * i);
          }
          return { sums: way(at, { offset: 0, size }, { s }), y: bits(view(at.y)) };
        };
        const expected = run(wasm);
        assert.deepEqual(run(machine), expected);
        const exact = view(at.x).reduce((sum, v) => sum + Math.fround(v * Math.fround(s)) ** 2, 0);
        assert.ok(Math.abs(expected.sums[0] - exact) <= 33 * 2 ** -24 * exact);
      },
    ),
    { numRuns: 200 },
  );
});

for (const [width, place] of Object.entries(places()))
  test(`the squares of signs are counted: zeros are none, infinities and the smallest numbers are one, NaN shows, ${width}`, () => {
    const run = compilePass({ buffers: [], values: [], squares: [e.sign(e.buffer('x'))] }, place);
    const special = [0, -0, 1e-45, -1e-45, -3, Infinity, -Infinity, 1e38];
    const x = new Float32Array(place.memory.buffer, 4, 83);
    const count = () => run({ x: x.byteOffset }, { offset: 0, size: x.length }, {})[0];
    x.forEach((_, i) => (x[i] = special[(i * i + i) % 8]));
    assert.equal(count(), x.filter((v) => v !== 0).length);
    for (const at of [0, 40, 82]) {
      const before = x[at];
      x[at] = Number.NaN;
      assert.ok(Number.isNaN(count()));
      x[at] = before;
    }
  });
