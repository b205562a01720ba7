import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { add, buffer, type Expr, mul, norm, type Scope } from './expr.ts';
import { evaluateAll } from './reference.ts';
import { optimizer, resolveHyper } from './registry.ts';
import { GRAD, GRAD_SCALE, LR, type TensorSpec, updateExpressions, vectorOf } from './rule.ts';
import { planStages } from './stages.ts';

const expressions = (name: string, options = {}, tensor: TensorSpec = vectorOf(9)) =>
  updateExpressions(optimizer(name), resolveHyper(name, options), tensor);

test('a rule that measures nothing is one pass', () => {
  for (const name of ['sgd', 'adam', 'lion', 'adam+coordinateClip+decay']) {
    const { buffers, values } = expressions(name);
    const plan = planStages({ buffers, values });
    assert.deepEqual([plan.stages, plan.buffers, plan.values, plan.scratch], [[], buffers, values, []]);
  }
});

const shape = (name: string, options = {}) => {
  const { stages, buffers } = planStages(expressions(name, options));
  return {
    stages: stages.map(({ norms, quantiles, buffers }) => [
      [...norms, ...quantiles].map(({ op, scope }) => `${op} ${scope}`),
      buffers,
    ]),
    last: buffers,
  };
};

test('buffers that are on the way of a measure are written by its pass', () => {
  assert.deepEqual(shape('nsgd'), { stages: [[['norm all'], ['state.m']]], last: ['p'] });
  // Both states are done with the norms; the last pass is as cheap as plain SGD's.
  assert.deepEqual(shape('adam#sgd'), {
    stages: [
      [
        ['norm all', 'norm all'],
        ['state.adam.m', 'state.adam.v', 'state.sgd.m'],
      ],
    ],
    last: ['p'],
  });
  // A direction that takes a division is kept rather than computed again.
  assert.deepEqual(shape('sgd#adam'), {
    stages: [
      [
        ['norm all', 'norm all'],
        ['#kept0', 'state.sgd.m', 'state.adam.m', 'state.adam.v'],
      ],
    ],
    last: ['p'],
  });
  assert.deepEqual(shape('sgd+adaptiveClip'), { stages: [[['quantile all'], ['state.m']]], last: ['p'] });
});

test('a direction whose quantile is taken is kept if it is dear, and the buffers on its way are written', () => {
  assert.deepEqual(shape('adam+adaptiveClip'), {
    stages: [[['quantile all'], ['#kept0', 'state.m', 'state.v']]],
    last: ['p'],
  });
});

test('a buffer whose old value is still needed is written last', () => {
  // Lion steps along one mixture of old buffer and gradient and keeps another; its
  // sign is computed again for the step.
  assert.deepEqual(shape('adam#lion'), {
    stages: [
      [
        ['norm all', 'norm all'],
        ['state.adam.m', 'state.adam.v'],
      ],
    ],
    last: ['p', 'state.lion.m'],
  });
  // Where that is kept, or is not the direction, nobody reads the old buffer any more.
  const [kept, length] = [shape('lion+adaptiveClip'), shape('lion#sgd')];
  assert.deepEqual(kept, { stages: [[['quantile all'], ['#kept0', 'state.m']]], last: ['p'] });
  assert.deepEqual(length.last, ['p']);
  // Nesterov: the norm is of g + momentum m, in which m is new; nothing is left of the old one.
  assert.deepEqual(shape('sgd+adaptiveClip', { nesterov: 1 }), {
    stages: [[['quantile all'], ['state.m']]],
    last: ['p'],
  });
});

test('a pass reads no buffer only to write another early', () => {
  const [x, y, z] = ['x', 'y', 'z'].map(buffer);
  const plan = (seen: Expr) =>
    planStages({ buffers: ['x', 'y'], values: [mul(norm('all', seen), x), add(y, z)] });
  assert.deepEqual(plan(z).stages[0].buffers, []);
  assert.deepEqual(plan(mul(y, z)).stages[0].buffers, ['y']);
});

test('a measure of a measure waits for it', () => {
  assert.deepEqual(shape('sgd+layerClip+adaptiveClip'), {
    stages: [
      [['norm tensor'], []],
      [['quantile all'], ['state.m']],
    ],
    last: ['p'],
  });
});

test('a value that a later pass keeps reads what an earlier one wrote, not the old buffer with the gradient once more', () => {
  const { stages } = planStages(expressions('adam#signum+adaptiveClip'));
  assert.ok(stages[0].buffers.includes('state.signum.m'));
  assert.deepEqual(stages[1].buffers, ['#kept0']);
  assert.ok(!JSON.stringify(stages[1].values).includes(JSON.stringify(buffer(GRAD))));
});

test('a norm leaves a factor outside, unless the factor differs within its scope', () => {
  // The norm of normalized SGD's direction is known with that of its momentum.
  assert.deepEqual(shape('nsgd#adam').stages.length, 1);
  const x = buffer('x');
  const scaled = (scope: Scope) =>
    planStages({ buffers: ['y'], values: [norm(scope, mul(norm('tensor', x), x))] });
  assert.deepEqual([scaled('tensor').stages.length, scaled('all').stages.length], [1, 2]);
});

test('what is measured twice is measured once', () => {
  assert.equal(
    shape('sgd+adaptiveClip')
      .stages.flat(2)
      .filter((x) => x === 'quantile all').length,
    1,
  );
});

const NAMES = [
  'nsgd',
  'adam#sgd',
  'sgd#adam',
  'lion+adaptiveClip',
  'adam#lion',
  'lion#adam',
  'adam+adaptiveClip',
  'adam#signum+adaptiveClip',
  'adafactor',
  'sgd+layerClip+adaptiveClip+decay',
  'muon',
];
const tensors: TensorSpec[] = [
  { kind: 'attention', offset: 0, size: 6, shape: { matrix: true, rows: 2, columns: 3 } },
  { kind: 'attention', offset: 6, size: 6, shape: { matrix: true, rows: 2, columns: 3 } },
  { kind: 'attention', offset: 12, size: 8, shape: { matrix: true, rows: 4, columns: 2 } },
];

for (const name of NAMES)
  test(`${name}: the passes one after the other give what the expressions say`, () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: 80, maxLength: 80 }),
        (pool) => {
          const def = optimizer(name);
          const hyper = resolveHyper(name);
          const { buffers, values } = updateExpressions(def, hyper, tensors[0]);
          const start = (k: number) => pool.map((_, i) => Math.abs(pool[(i * 7 + k * 13) % 80])).slice(0, 20);
          const flat: Record<string, number[]> = { [GRAD]: pool.slice(0, 20) };
          buffers.forEach((b, k) => {
            flat[b] = start(k);
          });
          const scalars: Record<string, number> = {
            ...def.scalars({ lr: 0.1, step: 3, hyper }),
            [LR]: 0.1,
            [GRAD_SCALE]: 0.5,
          };
          const expected = evaluateAll(values, flat, scalars, tensors);
          const plan = planStages({ buffers, values });
          // Scalars per tensor stand as buffers here.
          const take = (e: Expr) => evaluateAll([asBuffers(e)], flat, scalars, tensors)[0];
          for (const stage of plan.stages) {
            const results: Record<string, number[]> = {};
            for (const { op, scope, value, scalar } of stage.norms)
              results[scalar] = take({ op: op as 'norm', scope, args: [value] });
            for (const { map, value, buffer } of stage.maps)
              results[buffer] = take({ op: 'map', map, args: [value] });
            stage.values.forEach((value, k) => {
              results[stage.buffers[k]] = take(value);
            });
            Object.assign(flat, results);
            for (const { scope, value, share, scalar } of stage.quantiles)
              flat[scalar] = take({ op: 'quantile', scope, args: [value, share!] });
          }
          evaluateAll(plan.values.map(asBuffers), flat, scalars, tensors).forEach((v, k) => {
            flat[plan.buffers[k]] = v;
          });
          buffers.forEach((b, k) => {
            // Of a norm a factor is taken outside, which rounds elsewhere.
            flat[b].forEach((x, i) => {
              const y = expected[k][i];
              assert.ok(
                Object.is(x, y) || Math.abs(x - y) <= 1e-12 * (1 + Math.abs(y)),
                `${b}: ${x}, not ${y}`,
              );
            });
          });
        },
      ),
      { numRuns: 200 },
    );
  });

/** The same expression, reading results of earlier stages (#0, ...) as buffers. */
function asBuffers<T>(expr: T): T {
  const { op, name, args } = expr as { op: string; name?: string; args?: unknown[] };
  if (op === 'scalar' && name?.startsWith('#')) return { op: 'buffer', name } as T;
  return args ? { ...expr, args: args.map(asBuffers) } : expr;
}
