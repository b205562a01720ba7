// Runs on the block quadratics: what must hold exactly, and the medians of an independent
// NumPy study within its error.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRng } from '../core/rng.ts';
import { type Descent, descend } from './descend.ts';
import { blockHessian, hessianPresets, matrixHessian } from './hessians.ts';
import type { DescentMethod } from './names.ts';

const base: Omit<Descent, 'hessian'> = {
  ...{
    method: 'sgd',
    noise: 'columns',
    sigma: 0,
    batchSize: 9,
    steps: 500,
    lr: 0.01,
    beta: 0.95,
    warmup: 0.1,
    seed: 1,
  },
};
const hessian = blockHessian(hessianPresets.heterogeneous, 1);

test('SGD on the full batch sees only the spectrum: equal eigen-coordinates, equal losses', () => {
  // w0 = (1, ..., 1) has eigen-coordinates of 1 for a diagonal H, in whatever order the eigenvalues stand.
  const diagonal = (values: number[]) =>
    matrixHessian(values.map((value, i) => values.map((_, j) => (i === j ? value : 0))));
  const [a, b] = ['heterogeneous', 'homogeneous'].map((name) =>
    descend({ ...base, hessian: diagonal(hessianPresets[name].flat()) }),
  );
  assert.ok(Math.abs(a / b - 1) < 1e-9, `${a} and ${b}`);
  const adam = ['heterogeneous', 'homogeneous'].map((name) =>
    descend({ ...base, method: 'adam', hessian: diagonal(hessianPresets[name].flat()) }),
  );
  assert.ok(Math.abs(adam[0] / adam[1] - 1) < 1e-6, 'on a diagonal Adam sees only the spectrum too');
});

test('all columns are the full gradient: the noise models agree where there is no noise', () => {
  const losses = (['columns', 'isotropic', 'hessian'] as const).map((noise) =>
    descend({ ...base, hessian, noise }),
  );
  for (const loss of losses) assert.ok(Math.abs(loss / losses[0] - 1) < 1e-6, String(losses));
});

test('deterministic by seed; infinite when it diverges; bad learning rates are refused', () => {
  const run = { ...base, hessian, batchSize: 1, lr: 1e-4 };
  assert.equal(descend(run), descend(run));
  assert.notEqual(descend(run), descend({ ...run, seed: 2 }));
  assert.equal(descend({ ...run, lr: 10 }), Number.POSITIVE_INFINITY);
  assert.throws(() => descend({ ...run, lr: Number.NaN }), /learning rate/);
});

test('noise of a batch has the covariance that its name says', () => {
  // One SGD step from w0 without momentum: w = w0 - lr g, so the losses' noise is that of g.
  // Curvature 4 and 1.
  const two = matrixHessian([
    [4, 0],
    [0, 1],
  ]);
  const one = { ...base, hessian: two, steps: 1, warmup: 0, beta: 0, lr: 1, batchSize: 4, sigma: 3 };
  const expected = {
    isotropic: 0.5 * (4 * (9 + 9 / 4) + 1 * (9 / 4)),
    hessian: 0.5 * (4 * (9 + (9 / 4) * 4) + 1 * (9 / 4)),
  };
  for (const [noise, value] of Object.entries(expected) as ['isotropic' | 'hessian', number][]) {
    const losses = Array.from({ length: 4000 }, (_, seed) => descend({ ...one, noise, seed }));
    const mean = losses.reduce((sum, x) => sum + x, 0) / losses.length;
    const sd = Math.sqrt(losses.reduce((sum, x) => sum + (x - mean) ** 2, 0) / losses.length);
    assert.ok(
      Math.abs(mean - value) < (4 * sd) / Math.sqrt(losses.length),
      `${noise}: ${mean}, not ${value}`,
    );
  }
});

type Cell = [hessian: string, noise: Descent['noise'], sigma: number, batchSize: number, steps: number];
const [het, hom] = ['heterogeneous', 'homogeneous'];
const methods: DescentMethod[] = ['sgd', 'adam', 'signum', 'nsgd'];
// Medians over 10 seeds of the tuned final loss (momentum .95, 10% warmup, cosine to 0),
// in the order of `methods`.
const reference: [Cell, (number | null)[]][] = [
  [
    [hom, 'columns', 0, 1, 500],
    [8.91, 4.15, 7.17, 5.2],
  ],
  [
    [hom, 'columns', 0, 3, 500],
    [2.81, 2.4, 3.22, 2.3],
  ],
  [
    [hom, 'columns', 0, 9, 500],
    [7.0e-4, 1.5e-6, 0.031, 8.7e-3],
  ],
  [
    [het, 'columns', 0, 1, 500],
    [11.3, 5.9e-3, 0.025, 5.0],
  ],
  [
    [het, 'columns', 0, 3, 500],
    [2.41, 1.8e-4, 2.0e-3, 2.3],
  ],
  // Adam and Signum on the full heterogeneous batch: see the test below.
  [
    [het, 'columns', 0, 9, 500],
    [7.0e-4, null, null, 0.013],
  ],
  [
    [het, 'isotropic', 30, 1, 500],
    [0.9, 0.85],
  ],
  [
    [het, 'isotropic', 30, 16, 500],
    [0.18, 0.16],
  ],
  [
    [het, 'isotropic', 30, 256, 500],
    [0.017, 0.014],
  ],
  [
    [het, 'isotropic', 30, 4096, 500],
    [3.3e-3, 8.3e-4],
  ],
  [
    [het, 'isotropic', 30, 65536, 500],
    [2.0e-3, 7e-5],
  ],
  [
    [hom, 'isotropic', 30, 4096, 500],
    [3.0e-3, 1.5e-3],
  ],
  [
    [hom, 'isotropic', 30, 65536, 500],
    [2.0e-3, 1.4e-4],
  ],
  [
    [het, 'hessian', 10, 1, 500],
    [4.9, 2.3],
  ],
  [
    [het, 'hessian', 1, 1, 500],
    [0.22, 0.047],
  ],
];
/** Exponents k of the learning rates 10^(k/4) around every method's best. */
const grid: Record<DescentMethod, [number, number]> = {
  sgd: [-18, -6],
  adam: [-10, 1],
  signum: [-11, -3],
  nsgd: [-8, 1],
};

function losses(
  [name, noise, sigma, batchSize, steps]: Cell,
  method: DescentMethod,
  seeds: number,
): number[][] {
  const [low, high] = grid[method];
  return Array.from({ length: high - low + 1 }, (_, i) =>
    Array.from({ length: seeds }, (_, s) =>
      descend({
        ...base,
        method,
        noise,
        sigma,
        batchSize,
        steps,
        lr: 10 ** ((low + i) / 4),
        seed: s,
        hessian: blockHessian(hessianPresets[name], 1000 + s),
      }),
    ),
  );
}

/**
 * Tuned medians over ten seeds, drawn again and again out of `table`'s: where an independent study may land.
 */
function tunedMedians(table: number[][], draws: number): number[] {
  const rng = createRng(1, 'resampling');
  const seeds = table[0].length;
  return Array.from({ length: draws }, () => {
    const picked = Array.from({ length: 10 }, () => rng.below(seeds));
    return Math.min(
      ...table.map((row) => {
        const values = picked.map((s) => row[s]).sort((a, b) => a - b);
        return (values[4] + values[5]) / 2;
      }),
    );
  }).sort((a, b) => a - b);
}

test('tuned losses of an independent study lie where its ten seeds may fall', () => {
  const outside: string[] = [];
  let count = 0;
  for (const [cell, values] of reference)
    values.forEach((value, m) => {
      if (value === null) return;
      count++;
      const medians = tunedMedians(losses(cell, methods[m], 40), 400);
      const [low, high] = [medians[10], medians[389]];
      if (value < low || value > high)
        outside.push(`${cell} ${methods[m]}: ${value}, 95% from ${low} to ${high}`);
      // A third beyond the interval would be another experiment.
      assert.ok(
        value > low / 1.5 && value < high * 1.5,
        `${cell} ${methods[m]}: ${value}, 95% from ${low} to ${high}`,
      );
    });
  // 5% are expected outside of a 95% interval: more than 5 of 40 has a chance below 5%.
  assert.equal(count, 40);
  assert.ok(outside.length <= 5, outside.join('\n'));
});

test('full batch, heterogeneous: the loss is jagged in the learning rate, and the independent study stopped at a local best', () => {
  const at = (method: DescentMethod, k: number) => {
    const one = (s: number) =>
      descend({ ...base, method, lr: 10 ** (k / 4), hessian: blockHessian(hessianPresets.heterogeneous, s) });
    const values = Array.from({ length: 21 }, (_, s) => one(s)).sort((a, b) => a - b);
    return values[10];
  };
  // Its 1.7e-5 of Signum is the loss at a learning rate of 0.01; 0.56 gives less than a tenth of it.
  assert.ok(Math.abs(at('signum', -8) / 1.7e-5 - 1) < 0.05, String(at('signum', -8)));
  assert.ok(at('signum', -1) < 1.7e-6, String(at('signum', -1)));
  // Its 8.1e-8 of Adam lies between the losses of neighbouring learning rates; 0.18 gives a thousandth.
  const adam = [-8, -7, -6, -5, -4].map((k) => at('adam', k));
  assert.ok(Math.min(...adam) < 8.1e-8 && Math.max(...adam) > 8.1e-8, String(adam));
  assert.ok(at('adam', -3) < 8.1e-11, String(at('adam', -3)));
});
