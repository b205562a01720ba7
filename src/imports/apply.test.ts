// Mapping: status, which loss counts, budgets, repetitions, and what cannot be mapped.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { applyMapping } from './apply.ts';
import type { Mapping } from './mapping.ts';
import { type ForeignRun, measure, newRun } from './run.ts';

function run(
  name: string,
  config: ForeignRun['config'],
  val: [number, number][] = [],
  change: Partial<ForeignRun> = {},
): ForeignRun {
  const made = {
    ...newRun(name, `${name}.log`),
    config: { opt: 'sgd', lr: 0.1, bs: 8, ...config },
    ...change,
  };
  for (const [step, value] of val) measure(made, 'val', step, value);
  return made;
}
const mapping: Mapping = { optimizer: 'opt', lr: 'lr', batchSize: 'bs', valLoss: 'val', take: 'final' };
const statuses = (runs: ForeignRun[], change: Mapping = {}) =>
  applyMapping(runs, { ...mapping, ...change }).runs.map(({ status, valLoss }) => [status, valLoss]);

test('which loss counts is asked for, and the three answers differ', () => {
  const runs = [
    run('a', {}, [
      [10, 4],
      [20, 2],
      [30, 3],
    ]),
  ];
  assert.throws(
    () => applyMapping(runs, { ...mapping, take: undefined }),
    /say which one counts with --loss final/,
  );
  assert.deepEqual(statuses(runs), [['done', 3]]);
  assert.deepEqual(statuses(runs, { take: 'best' }), [['done', 2]]);
  assert.deepEqual(statuses(runs, { take: { mean: 0.5 } }), [['done', 2.5]]);
  // One number a run leaves nothing to choose.
  assert.deepEqual(statuses([run('b', {}, [[30, 3]])], { take: undefined }), [['done', 3]]);
});

test('diverged, failed and finished are told apart', () => {
  const end: [number, number][] = [[20, 3]];
  const cases: [Partial<ForeignRun>, [number, number][], string][] = [
    [{}, end, 'done'],
    [{ ending: 'failed' }, end, 'failed'],
    // It crashed because its loss was no number: the cause counts.
    [
      { ending: 'failed' },
      [
        [10, 7],
        [20, Number.NaN],
      ],
      'diverged',
    ],
    [
      {},
      [
        [10, 7],
        [20, Number.POSITIVE_INFINITY],
      ],
      'diverged',
    ],
    [{ ending: 'stopped' }, end, 'failed'],
    [{}, [[20, 0]], 'failed'],
    [{ series: { grad: { steps: [20], values: [Number.NaN] } } }, [[20, 0]], 'diverged'],
    [{}, [[12, 3]], 'failed'],
  ];
  for (const [i, [change, val, status]] of cases.entries()) {
    const one = run(`run ${i}`, { steps: 20 }, val, change);
    assert.deepEqual(statuses([one], { steps: 'steps', gradNorm: 'grad' })[0][0], status, `case ${i}`);
  }
  const high = [run('high', {}, [[20, 11]])];
  assert.deepEqual(statuses(high, { guessLoss: 10.8 }), [['diverged', null]]);
});

test('a diverged run is as long as it was to be, so that it stands in the cell of the others', () => {
  const runs = [run('a', {}, [[100, 3]]), run('b', { lr: 0.8 }, [[7, Number.NaN]])];
  const applied = applyMapping(runs, mapping);
  assert.deepEqual(
    applied.runs.map(({ tokens, status }) => [tokens, status]),
    [
      [800, 'done'],
      [800, 'diverged'],
    ],
  );
});

test('budgets that differ by whole batches are one; units become nats', () => {
  const runs = [
    run('a', { tokens: 1000 }, [[125, Math.E]]),
    run('b', { bs: 16, tokens: 992 }, [[62, Math.E]]),
    run('c', { bs: 32, tokens: 500 }, [[15, Math.E]]),
  ];
  const { runs: made, notes } = applyMapping(runs, { ...mapping, tokens: 'tokens', unit: 'perplexity' });
  assert.deepEqual(
    made.map(({ tokens, valLoss }) => [tokens, valLoss]),
    [
      [1000, 1],
      [1000, 1],
      [500, 1],
    ],
  );
  assert.match(notes.join('; '), /3 budgets within 2% of each other are taken for 2/);
});

test('runs that cannot be mapped are listed with the reason', () => {
  const runs = [
    run('a', {}, [[20, 3]]),
    run('b', { lr: null }, [[20, 3]]),
    run('c', { bs: 2.5 }, [[20, 3]]),
    run('d', { opt: '' }, [[20, 3]]),
    run('e', { tokens: 7 }, [[20, 3]]),
  ];
  const { runs: made, left } = applyMapping(runs, { ...mapping, steps: { value: 20 }, tokens: 'tokens' });
  assert.deepEqual(
    made.map(({ name }) => name),
    ['a'],
  );
  assert.deepEqual(
    left.map(({ name, why }) => `${name}: ${why}`),
    [
      'b: no learning rate above 0 (lr)',
      'c: no whole batch size above 0 (bs)',
      'd: no optimizer (opt)',
      'e: its budget of 7 tokens is less than one batch',
    ],
  );
});

test('equal runs are repetitions without a seed, and are refused with one', () => {
  const runs = [run('a', { s: 1 }, [[20, 3]]), run('b', { s: 1 }, [[20, 3.1]])];
  const { runs: made, notes } = applyMapping(runs, mapping);
  assert.deepEqual(
    made.map(({ seed }) => seed),
    [0, 1],
  );
  assert.match(notes.join('; '), /count as repetitions/);
  // A failed repetition takes the last seed: the first one decides what is known about a learning rate.
  const retried = [run('a', {}, [], { ending: 'failed' }), run('b', {}, [[20, 3]])];
  assert.deepEqual(
    applyMapping(retried, { ...mapping, steps: { value: 20 } }).runs.map(({ name, seed }) => [name, seed]),
    [
      ['a', 1],
      ['b', 0],
    ],
  );
  assert.throws(
    () => applyMapping(runs, { ...mapping, seed: 's' }),
    /a \(a.log\) and b \(b.log\) are equal in all that is mapped, seed 1 included/,
  );
});
