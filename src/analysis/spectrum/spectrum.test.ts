// Tridiagonal eigenvalues, Lanczos and densities against matrices whose spectrum is known by construction.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createRng } from '../../core/rng.ts';
import { densityOn, heterogeneity, jensenShannon, moment, slq, spectralAxis } from './density.ts';
import { allEigenvalues, lanczos } from './lanczos.ts';
import { traceAndNorm } from './trace.ts';
import { tridiagonalEigen } from './tridiagonal.ts';

const close = (a: number, b: number, by: number) => assert.ok(Math.abs(a - b) <= by, `${a} is not ${b}`);

test('the second difference matrix has eigenvalues 2 - 2 cos(k pi / (m + 1)) and sines as eigenvectors', () => {
  const m = 25;
  const { values, first, last } = tridiagonalEigen(new Array(m).fill(2), new Array(m - 1).fill(-1));
  values.forEach((value, i) => {
    const angle = ((i + 1) * Math.PI) / (m + 1);
    close(value, 2 - 2 * Math.cos(angle), 1e-13);
    const component = Math.sqrt(2 / (m + 1)) * Math.sin(angle);
    close(Math.abs(first[i]), component, 1e-13);
    close(Math.abs(last[i]), component, 1e-13);
  });
});

test('trace, Frobenius norm and unit first row of any tridiagonal matrix', () => {
  const entry = fc.oneof(fc.constant(0), fc.double({ min: -1e3, max: 1e3, noNaN: true }));
  fc.assert(
    fc.property(fc.array(fc.tuple(entry, entry), { minLength: 1, maxLength: 12 }), (rows) => {
      const diagonal = rows.map(([d]) => d);
      const off = rows.slice(1).map(([, e]) => e);
      const { values, first, last } = tridiagonalEigen(diagonal, off);
      const sum = (x: number[]) => x.reduce((a, b) => a + b, 0);
      const squares = (x: number[]) => sum(x.map((v) => v * v));
      const size = 1 + squares(diagonal) + squares(off);
      close(sum(values), sum(diagonal), 1e-10 * size);
      close(squares(values), squares(diagonal) + 2 * squares(off), 1e-10 * size);
      close(squares(first), 1, 1e-10);
      close(squares(last), 1, 1e-10);
      // e1' T e1 and e1' T^2 e1, from the quadrature.
      const power = (k: number) => sum(values.map((v, i) => first[i] ** 2 * v ** k));
      close(power(1), diagonal[0], 1e-9 * size);
      close(power(2), diagonal[0] ** 2 + (off[0] ?? 0) ** 2, 1e-9 * size);
    }),
  );
});

test('values that are not finite are refused', () => {
  assert.throws(() => tridiagonalEigen([1, Number.NaN], [0]), RangeError);
});

/** Q diag(values) Q' by reflections: a dense symmetric matrix of known spectrum, as a product. */
function matrixOf(values: number[], seed: number) {
  const rng = createRng(seed, 'spectrum.test');
  const n = values.length;
  const reflectors = Array.from({ length: 4 }, () => {
    const u = Float64Array.from({ length: n }, rng.normal);
    const length = Math.hypot(...u);
    return u.map((x) => x / length);
  });
  const reflect = (x: Float64Array, u: Float64Array) => {
    const along = 2 * x.reduce((sum, value, i) => sum + value * u[i], 0);
    return x.map((value, i) => value - along * u[i]);
  };
  return {
    rng,
    product(v: Float32Array, out: Float32Array) {
      const x = reflectors.reduce(reflect, Float64Array.from(v)).map((value, i) => value * values[i]);
      out.set([...reflectors].reverse().reduce(reflect, x));
    },
  };
}

test('Lanczos finds the ends of a spectrum with a bulk and outliers, to float32, each once', async () => {
  const n = 200;
  const values = Array.from({ length: n }, (_, i) =>
    i < n - 4 ? Math.sin(i) : [10, 25, 25.5, 100][i - n + 4],
  );
  values[0] = -8;
  const { product, rng } = matrixOf(values, 1);
  const ritz = await lanczos(product, n, { steps: 60, normal: rng.normal });
  const top = ritz.values.slice(-4);
  [10, 25, 25.5, 100].forEach((value, i) => close(top[i], value, 1e-4));
  close(ritz.values[0], -8, 1e-4);
  // No ghosts: the fifth is of the bulk. Residuals bound the error.
  assert.ok(ritz.values.at(-5)! <= 1.001);
  ritz.values.forEach((value, i) => {
    const nearest = Math.min(...values.map((v) => Math.abs(v - value)));
    assert.ok(nearest <= ritz.residuals[i] + 1e-4, `${value} is ${nearest} away, said ${ritz.residuals[i]}`);
  });
  assert.ok(ritz.residuals.at(-1)! < 1e-4);
});

test('as many steps as dimensions give the whole spectrum, and an exhausted space ends early', async () => {
  const values = Array.from({ length: 20 }, (_, i) => i - 5);
  const { product, rng } = matrixOf(values, 2);
  const all = await lanczos(product, 20, { steps: 100, normal: rng.normal });
  values.forEach((value, i) => close(all.values[i], value, 1e-4));
  const few = matrixOf(
    values.map((v) => (v > 0 ? 3 : -1)),
    3,
  );
  const two = await lanczos(few.product, 20, { steps: 20, normal: rng.normal });
  assert.equal(two.values.length, 2);
  close(two.values[0], -1, 1e-5);
  close(two.values[1], 3, 1e-5);
  const zero = await lanczos(() => {}, 5, { steps: 3, normal: rng.normal });
  assert.deepEqual(zero.values, [0]);
});

test('as many products as rows give every eigenvalue, repeated ones as often as they stand there', async () => {
  for (const values of [
    Array.from({ length: 24 }, (_, i) => i - 5),
    Array.from({ length: 24 }, (_, i) => (i < 20 ? 0 : i < 22 ? 3 : -2)),
    new Array<number>(6).fill(0),
  ]) {
    const { product, rng } = matrixOf(values, 7);
    let products = 0;
    const counted = (v: Float32Array, out: Float32Array) => {
      products++;
      product(v, out);
    };
    const all = await allEigenvalues(counted, values.length, rng.normal);
    assert.equal(products, values.length);
    const sorted = values.toSorted((a, b) => a - b);
    all.values.forEach((value, i) => close(value, sorted[i], 2e-5));
    for (const k of [1, 2])
      close(moment(all, k), values.reduce((sum, x) => sum + x ** k, 0) / values.length, 1e-4);
    const sizes = await traceAndNorm(counted, values.length, all, { vectors: 3, normal: rng.normal });
    close(
      sizes.trace,
      values.reduce((sum, x) => sum + x, 0),
      1e-4,
    );
    close(sizes.frobenius, Math.hypot(...values), 1e-4);
    assert.deepEqual([sizes.traceError, sizes.frobeniusError, products], [0, 0, values.length]);
  }
});

test('trace and Frobenius norm of a larger matrix: unbiased, their errors true, no bound broken', async () => {
  const n = 120;
  // A few large eigenvalues of either sign and a bulk, most of it zero: what one
  // random vector sees of it is anyone's guess.
  const values = Array.from({ length: n }, (_, i) =>
    i < 4 ? [40, 12, -7, 5][i] : i < 60 ? 0.5 * Math.sin(i) : 0,
  );
  const truth = { trace: values.reduce((sum, x) => sum + x, 0), frobenius: Math.hypot(...values) };
  const { product, rng } = matrixOf(values, 8);
  const found = [];
  for (let i = 0; i < 60; i++) {
    const ritz = await lanczos(product, n, { steps: 6, normal: rng.normal });
    const sizes = await traceAndNorm(product, n, ritz, { vectors: 8, normal: rng.normal });
    assert.ok(sizes.frobenius >= Math.hypot(...ritz.values) && sizes.frobenius >= Math.abs(sizes.highest));
    assert.ok(sizes.trace <= n * sizes.highest && sizes.trace >= n * sizes.lowest);
    found.push(sizes);
  }
  for (const key of ['trace', 'frobenius'] as const) {
    const off = found.map((sizes) => sizes[key] - truth[key]);
    const mean = off.reduce((sum, x) => sum + x, 0) / off.length;
    const scatter = Math.sqrt(off.reduce((sum, x) => sum + x * x, 0) / off.length);
    assert.ok(Math.abs(mean) < (3 * scatter) / Math.sqrt(off.length), `${key}: ${mean} of ${scatter}`);
    const error = Math.sqrt(found.reduce((sum, sizes) => sum + sizes[`${key}Error`] ** 2, 0) / off.length);
    assert.ok(error / scatter > 0.7 && error / scatter < 1.4, `${key}: ${error} and ${scatter}`);
    assert.ok(scatter < 0.05 * truth.frobenius, `${key}: ${scatter}`);
  }
});

test('quadrature over a few vectors has the trace and the Frobenius norm', async () => {
  const n = 400;
  const values = Array.from({ length: n }, (_, i) => i / n);
  const { product, rng } = matrixOf(values, 5);
  const runs = [];
  for (let i = 0; i < 20; i++) runs.push(await lanczos(product, n, { steps: 20, normal: rng.normal }));
  const spectrum = slq(runs);
  close(moment(spectrum, 0), 1, 1e-9);
  // Standard error of a mean of squared normals' ratios: about sd(values) sqrt(2 / (n vectors)) = 0.005.
  close(moment(spectrum, 1), 0.5, 0.02);
  close(moment(spectrum, 2), 1 / 3, 0.02);
});

test('heterogeneity: 0 for equal blocks, 1 for blocks far apart', () => {
  const block = (at: number) => ({ values: [at, 1.1 * at, 1.2 * at], weights: [0.2, 0.3, 0.5] });
  const same = heterogeneity([block(1), block(1), block(1)]);
  close(same.distance, 0, 1e-9);
  close(same.topRatio!, 1, 1e-12);
  const apart = heterogeneity([block(1), block(1000)]);
  close(apart.distance, 1, 1e-6);
  close(apart.topRatio!, 1000, 1e-9);
  const three = heterogeneity([block(1), block(1), block(1000)]);
  close(three.distance, 2 / 3, 1e-6);
  assert.equal(heterogeneity([block(1)]).distance, 0);
  assert.equal(heterogeneity([block(-1), block(2)]).topRatio, null);
});

test('densities sum to 1 and sit where the values are, zero and negative ones too', () => {
  const spectrum = { values: [-5, 0, 100], weights: [0.25, 0.5, 0.25] };
  const axis = spectralAxis([spectrum]);
  const mass = densityOn(axis, spectrum);
  close(
    mass.reduce((a, b) => a + b),
    1,
    1e-12,
  );
  for (const value of spectrum.values) {
    const bin = Math.round(axis.position(value));
    assert.ok(mass[bin] >= Math.max(mass[bin - 8] ?? 0, mass[bin + 8] ?? 0));
    close(axis.centers[bin], value, Math.abs(value) * 0.15 + axis.unit);
  }
  assert.equal(jensenShannon(mass, mass), 0);
  assert.equal(
    densityOn(spectralAxis([{ values: [0], weights: [1] }]), { values: [0], weights: [1] }).length,
    120,
  );
});
