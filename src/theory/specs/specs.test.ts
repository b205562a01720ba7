// Labs as a study asks for them: defaults, refusals, and results that survive their file.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UserError } from '../../core/errors.ts';
import { quadratic } from '../problem.ts';
import { sdeLab } from '../sde-lab.ts';
import { labFile, labSpec } from './registry.ts';
import { runLab } from './run.ts';

const small = {
  sde: { lab: 'sde', sigma: [3], batchSizes: [1, 4], paths: 32, steps: 10, points: 2 },
  quadratic: { lab: 'quadratic', hessians: ['1,2;30,40'], batchSizes: [1, 4], steps: 20, seeds: 3 },
  imbalance: { lab: 'imbalance', levels: 2, batchSizes: [2, 99], steps: 10, seeds: 2 },
};

for (const [lab, input] of Object.entries(small))
  test(`${lab}: its result is that of its specification, survives a file, and is the same again`, async () => {
    const spec = labSpec.parse(input);
    assert.equal(spec.name, lab);
    const run = await runLab(spec);
    assert.ok(run.result.rows.length > 3);
    const text = JSON.stringify({ schema: 1, ...run });
    assert.deepEqual(labFile.parse(JSON.parse(text)), run);
    assert.deepEqual(await runLab(labSpec.parse(spec)), run);
    const damaged = JSON.parse(text);
    delete damaged.result.rows[1].method;
    assert.ok(!labFile.safeParse(damaged).success);
    assert.ok(!labFile.safeParse({ ...damaged, spec: { lab: 'none' } }).success);
  });

test('a lab is the lab of its module', async () => {
  const spec = labSpec.parse(small.sde);
  const run = await runLab(spec);
  const problem = quadratic({ spectrum: [1, 2, 3, 4, 5], sigma: [3] });
  const settings = {
    methods: ['sgd', 'signsgd'] as const,
    problems: [{ sigma: 3, problem }],
    batchSizes: [1, 4],
  };
  const rows = await sdeLab({
    ...settings,
    ...{ lr: 1e-3, beta: 0.9, steps: 10, checkpoint: 5, substeps: 4, paths: 32, seed: 1, points: 2 },
  });
  assert.deepEqual(run.result.rows, rows);
});

test('losses by seed are those that medians and ranges are of', async () => {
  const tuned = await runLab(labSpec.parse(small.quadratic));
  assert.ok(tuned.lab === 'quadratic');
  for (const { bySeed, loss } of tuned.result.rows)
    assert.equal(bySeed.map((x) => x ?? Number.POSITIVE_INFINITY).sort((a, b) => a - b)[1], loss);
  const toy = await runLab(labSpec.parse(small.imbalance));
  assert.ok(toy.lab === 'imbalance');
  for (const { bySeed, lo, hi } of toy.result.rows)
    assert.deepEqual([Math.min(...bySeed.map(Number)), Math.max(...bySeed.map(Number))], [lo, hi]);
});

for (const [what, input] of Object.entries({
  'an unknown lab': { lab: 'tea' },
  'negative noise': { lab: 'sde', sigma: [-1] },
  'an empty spectrum': { lab: 'sde', spectrum: [] },
  'no number': { lab: 'sde', lr: Number.NaN },
  'a field of another lab': { lab: 'sde', levels: 3 },
  'momentum of 1': { lab: 'quadratic', beta: 1 },
  'a name that is a path': { lab: 'imbalance', name: '../x' },
}))
  test(`${what} is refused`, () => assert.ok(!labSpec.safeParse(input).success));

test('what only the lab can know is refused when it starts', () =>
  assert.rejects(
    runLab(labSpec.parse({ lab: 'quadratic', batchSizes: [10] })),
    (error: Error) => error instanceof UserError && /1 to 9 of the 9 columns/.test(error.message),
  ));
