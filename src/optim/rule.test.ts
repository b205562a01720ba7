import assert from 'node:assert/strict';
import { test } from 'node:test';
import { abs, buffer, type Expr, mul, neg, norm, scalar, sub } from './expr.ts';
import { referenceStep } from './reference.ts';
import { optimizer, resolveHyper } from './registry.ts';
import { type OptimizerDef, tensorGroups, tensorsOf, updateExpressions } from './rule.ts';

const plain: OptimizerDef = {
  name: 'plain',
  summary: '',
  source: '',
  hyper: {},
  lrGuess: 1,
  scaling: 'multiple',
  state: () => [],
  scalars: () => ({}),
  update: ({ g }) => ({ u: g, state: {} }),
};

test('the raw gradient is scaled first, and the direction is subtracted lr times', () => {
  const param = [1, 2];
  referenceStep(plain, {}, { param, grad: [10, -10], state: [], lr: 0.5, step: 0, gradScale: 0.1 });
  assert.deepEqual(param, [0.5, 2.5]);
});

test('factors that all coordinates of a tensor share go with the learning rate; what differs stays', () => {
  const [lr, a, g] = [scalar('lr'), scalar('a'), mul(scalar('gradScale'), buffer('g'))];
  const [all, own] = [norm('all', g), norm('tensor', g)];
  const p = (u: Expr) => updateExpressions({ ...plain, update: () => ({ u, state: {} }) }, {}).values[0];
  const step = (rate: Expr, rest: Expr) => sub(buffer('p'), mul(rate, rest));
  assert.deepEqual(p(g), step(mul(lr, scalar('gradScale')), buffer('g')));
  assert.deepEqual(p(mul(abs(g), mul(all, a))), step(mul(lr, mul(all, a)), abs(g)));
  assert.deepEqual(p(mul(own, mul(abs(g), a))), step(mul(lr, mul(own, a)), abs(g)));
  assert.deepEqual(p(mul(abs(g), neg(g))), step(lr, mul(abs(g), neg(g))));
  assert.deepEqual(p(neg(mul(a, g))), step(lr, neg(mul(a, g))));
});

test('a rule that writes state it does not declare is refused', () => {
  const writes: OptimizerDef = { ...plain, update: ({ g }) => ({ u: g, state: { v: neg(g) } }) };
  assert.throws(() => updateExpressions(writes, {}), /writes state \[v\]/);
});

const table = [
  { kind: 'embedding', offset: 0, size: 6, shape: [3, 2] },
  { kind: 'norm', offset: 6, size: 2, shape: [2] },
  { kind: 'attention', offset: 8, size: 12, shape: [6, 2] },
  { kind: 'head', offset: 20, size: 6, shape: [3, 2] },
] as const;

test('tensors are matrices, or vectors', () => {
  assert.deepEqual(
    tensorsOf(table).map(({ shape }) => shape),
    [
      { matrix: true, rows: 3, columns: 2 },
      { matrix: false, rows: 1, columns: 2 },
      { matrix: true, rows: 6, columns: 2 },
      { matrix: true, rows: 3, columns: 2 },
    ],
  );
});

test('tensors that are treated alike are one group', () => {
  const groups = (name: string) =>
    tensorGroups(optimizer(name), resolveHyper(name), tensorsOf(table)).map(({ tensors, buffers }) => [
      tensors.map(({ kind }) => kind),
      buffers,
    ]);
  assert.deepEqual(groups('sgd'), [
    [
      ['embedding', 'norm', 'attention', 'head'],
      ['p', 'state.m'],
    ],
  ]);
  assert.deepEqual(groups('rest=sgd,head=adam'), [
    [
      ['embedding', 'norm', 'attention'],
      ['p', 'state.m'],
    ],
    [['head'], ['p', 'state.m', 'state.v']],
  ]);
  assert.deepEqual(groups('muon'), [
    [
      ['embedding', 'norm', 'head'],
      ['p', 'state.m', 'state.v'],
    ],
    [['attention'], ['p', 'state.m']],
  ]);
});
