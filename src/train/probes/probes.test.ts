// Every probe of the registry on a tiny run, its numbers against what can be computed otherwise.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { cosine, dot, norm } from '../../analysis/directions.ts';
import { parameterCount, parameters } from '../../model/parameters.ts';
import { optimizers } from '../../optim/registry.ts';
import { createProbeModel, type ProbeModel } from '../../runtime/probing.ts';
import { host } from '../../runtime/targets/host.ts';
import type { RunConfig } from '../config.ts';
import { letterOf, syntheticData, tinyRun, VOCAB } from '../tiny-run.testing.ts';
import { train } from '../train.ts';
import { createProber, type ProbeLine, type Prober } from './measure.ts';
import type { TableRow } from './probe.ts';
import { probes, resolveOptions } from './registry.ts';
import { batchOf, fixedSequences, randomSequences } from './sequences.ts';

const data = syntheticData();
const STEP = 20;
const config: RunConfig = tinyRun({ steps: 60 }, 'adam');
/** Few samples, so that all probes together take a second or two. */
const options: Record<string, Record<string, number>> = {
  imbalance: { groups: 4, sequences: 40 },
  sharpness: { sequences: 8, batches: 3 },
  hessian: { sequences: 4, steps: 12 },
  noise: { samples: 64, coordinates: 8 },
  geometry: { batches: 3 },
  text: { samples: 3, prompt: 4, length: 12 },
};
let params: Float32Array;
let state: Record<string, Float32Array>;
let next: Float32Array;
let prober: Prober;
let at: ProbeModel;

before(async () => {
  await train(config, {
    data,
    onStep({ step }, engine) {
      if (step === STEP - 1) {
        params = engine.params.slice();
        state = Object.fromEntries(
          Object.entries(engine.state).map(([key, values]) => [key, values.slice()]),
        );
      }
      if (step === STEP) next = engine.params.slice();
    },
  });
  prober = createProber({ config, data, threads: 1 });
  at = createProbeModel({ model: config.model, params, threads: 1 }, host);
});
after(async () => {
  await prober.close();
  await at.close();
});

const measured = new Map<string, Promise<ProbeLine>>();
const measure = (name: string, changes: Record<string, number> = {}) => {
  const own = resolveOptions(name, { ...options[name], ...changes });
  const key = name + JSON.stringify(own);
  if (!measured.has(key)) measured.set(key, prober.measure(name, own, { step: STEP, params, state }));
  return measured.get(key)!;
};
const point = () => ({ config, data, step: STEP });
const close = (a: number, b: number, by: number) => assert.ok(Math.abs(a - b) <= by, `${a} is not ${b}`);
const numbers = (row: TableRow) => Object.values(row).filter((x) => typeof x === 'number');

for (const name of Object.keys(probes))
  test(`${name}: flat tables of finite numbers, the same again, the point untouched`, async () => {
    assert.ok(options[name], 'this test has small options for every probe');
    const before = [params.slice(), ...Object.values(state).map((s) => s.slice())];
    const line = await measure(name);
    assert.deepEqual([line.step, line.tokens, line.probe], [STEP, STEP * 4 * 8, name]);
    for (const [table, rows] of Object.entries(line.tables)) {
      assert.ok(rows.length > 0, table);
      for (const row of rows) {
        assert.deepEqual(Object.keys(row), Object.keys(rows[0]));
        // Columns that every table of every run gets in front.
        for (const key of ['run', 'optimizer', 'batchSize', 'lr', 'seed', 'step', 'tokens'])
          assert.ok(!(key in row), `${table}.${key}`);
        for (const x of numbers(row)) assert.ok(Number.isFinite(x), `${table}: ${JSON.stringify(row)}`);
      }
    }
    const again = await prober.measure(name, line.options, { step: STEP, params, state });
    assert.deepEqual(again.tables, line.tables);
    assert.deepEqual([params, ...Object.values(state)], before);
  });

test('imbalance: groups add up to the loss, most frequent first', async () => {
  const { groups } = (await measure('imbalance')).tables as { groups: Record<string, number>[] };
  assert.equal(groups.length, 4);
  assert.equal(
    groups.reduce((sum, g) => sum + g.distinct, 0),
    VOCAB,
  );
  assert.equal(
    groups.reduce((sum, g) => sum + g.samples, 0),
    40 * 8,
  );
  const mean = groups.reduce((sum, g) => sum + g.samples * (g.loss ?? 0), 0) / 320;
  close(mean, await at.loss(fixedSequences(point(), 40)), 1e-5);
  const perToken = groups.map((g) => g.share / g.distinct);
  assert.deepEqual(
    perToken,
    [...perToken].sort((a, b) => b - a),
  );
});

test('sharpness: the update is the one the run took, and the terms are its own', async () => {
  const terms = (await measure('sharpness')).tables.terms as Record<string, number & string>[];
  const step = next.map((x, i) => x - params[i]);
  const [first] = terms;
  assert.equal(first.direction, 'update');
  close(first.norm / norm(step), 1, 1e-4);
  const batch = fixedSequences(point(), 8);
  const gradient = new Float32Array(params.length);
  const before = await at.gradient(batch, gradient);
  close(first.first, dot(gradient, step), 1e-4 * Math.abs(first.first));
  // Central differences of the gradient along the step, in float32: a percent or so.
  const moved = createProbeModel({ model: config.model, params: next.slice(), threads: 1 }, host);
  const up = new Float32Array(params.length);
  const loss = await moved.gradient(batch, up);
  moved.params.set(params.map((x, i) => x - step[i]));
  const down = new Float32Array(params.length);
  await moved.gradient(batch, down);
  await moved.close();
  const curvature = dot(
    up.map((x, i) => (x - down[i]) / 2),
    step,
  );
  close((2 * first.second) / curvature, 1, 0.02);
  close(first.actual, loss - before, 2e-6);
  // Small steps: the two terms are nearly all of it.
  close(first.sum / first.actual, 1, 0.05);
  assert.deepEqual(
    terms.map((t) => t.direction),
    ['update', ...Object.keys(optimizers)],
  );
  for (const t of terms.slice(1)) if (t.ownNorm > 0) close(t.norm / first.norm, 1, 1e-4);
});

test("geometry: the run's optimizer, fed the same batches, points where the run goes", async () => {
  const { pairs, directions } = (await measure('geometry', { batches: 12 })).tables;
  const pair = pairs.find(({ a, b }) => a === 'update' && b === 'adam')!;
  // Both average over the last dozen gradients, taken along the way or all at this point.
  assert.ok((pair.cosine as number) > 0.5, `${pair.cosine}`);
  assert.ok((pair.signAgreement as number) > 0.6, `${pair.signAgreement}`);
  const steepest = pairs.find(({ a, b }) => a === 'update' && b === '-gradient')!;
  const gradient = new Float32Array(params.length);
  await at.gradient(batchOf(point(), STEP), gradient);
  close(
    steepest.cosine as number,
    cosine(
      next.map((x, i) => x - params[i]),
      gradient.map((x) => -x),
    )!,
    1e-3,
  );
  const of = (name: string) => directions.find(({ direction }) => direction === name)!.topShare as number;
  // All coordinates of a sign are alike, those of a gradient are not.
  close(of('signsgd'), 0.01, 0.002);
  assert.ok(of('-gradient') > 0.05);
});

test('hessian: blocks of the right sizes, eigenvalues with small residuals, u H u within them', async () => {
  const { blocks, eigenvalues, spectrum, distances, heterogeneity } = (
    await measure('hessian', { steps: 40 })
  ).tables;
  const table = parameters(config.model);
  assert.deepEqual(
    blocks.map(({ block, size }) => [block, size]),
    [['all', parameterCount(config.model)], ...table.map(({ name, size }) => [name, size])],
  );
  assert.equal(distances.length, (table.length * (table.length - 1)) / 2);
  assert.ok((heterogeneity[0].distance as number) > 0.05 && (heterogeneity[0].distance as number) < 1);
  const top = eigenvalues.filter(({ block, end }) => block === 'all' && end === 'top');
  assert.equal(top.length, 5);
  assert.ok((top[0].residual as number) < 0.01 * (top[0].value as number));
  // No block's Rayleigh quotient exceeds the whole Hessian's (Cauchy interlacing).
  for (const { top: value } of blocks) assert.ok((value as number) <= 1.001 * (top[0].value as number));
  for (const { block } of blocks) {
    const weights = spectrum.filter((row) => row.block === block).map(({ weight }) => weight as number);
    close(
      weights.reduce((a, b) => a + b),
      1,
      1e-9,
    );
  }
  const only = (await measure('hessian', { blocks: 0 })).tables;
  assert.deepEqual(Object.keys(only), ['blocks', 'eigenvalues', 'spectrum']);
});

test('hessian: trace and Frobenius norm are those of the matrix, column by column, or within their errors of it', async () => {
  const batch = fixedSequences(point(), options.hessian.sequences);
  const table = parameters(config.model);
  const lines = {
    // Every block measured whole, and next to nothing.
    whole: await measure('hessian', { exact: 250, steps: 5 }),
    few: await measure('hessian', { steps: 5, exact: 0, traces: 6 }),
  };
  const rowOf = (line: ProbeLine, block: string) => line.tables.blocks.find((row) => row.block === block)!;
  let far = 0;
  for (const [i, { name, size }] of table.entries()) {
    const hessian = await at.hessian(batch, i);
    let [trace, squares] = [0, 0];
    const column = new Float32Array(size);
    for (let j = 0; j < size; j++) {
      await hessian.times(
        Float32Array.from({ length: size }, (_, k) => +(k === j)),
        column,
      );
      trace += column[j];
      squares += column.reduce((sum, x) => sum + x * x, 0);
    }
    await hessian.close();
    const frobenius = Math.sqrt(squares);
    const exact = rowOf(lines.whole, name);
    assert.deepEqual([exact.exact, exact.products, exact.traceError], [true, size, 0]);
    close(exact.trace as number, trace, 1e-3 * frobenius);
    close(exact.frobenius as number, frobenius, 1e-3 * frobenius);
    const eigenvalues = lines.whole.tables.spectrum.filter(({ block }) => block === name);
    close(
      eigenvalues.reduce((sum, { value }) => sum + (value as number), 0),
      trace,
      1e-3 * frobenius,
    );
    for (const line of Object.values(lines)) {
      const row = rowOf(line, name) as Record<string, number>;
      assert.ok(row.frobenius >= Math.max(Math.abs(row.top), Math.abs(row.bottom)) * (1 - 1e-5), name);
      assert.ok(
        row.trace <= size * row.top * (1 + 1e-5) && row.trace >= size * row.bottom * (1 + 1e-5),
        name,
      );
    }
    const few = rowOf(lines.few, name) as Record<string, number>;
    if (Math.abs(few.trace - trace) > 3 * few.traceError + 1e-3 * frobenius) far++;
    if (Math.abs(few.frobenius - frobenius) > 3 * few.frobeniusError + 1e-3 * frobenius) far++;
  }
  // Three standard errors from six vectors hold 97%.
  assert.ok(far <= 2, `${far} of ${2 * table.length} are further off than three standard errors`);
  const [{ distanceError }] = lines.few.tables.heterogeneity;
  assert.ok((distanceError as number) > 0);
  assert.equal((await measure('hessian', { vectors: 1 })).tables.heterogeneity[0].distanceError, null);
});

test('noise: variance falls as 1 / B and agrees with one computed plainly', async () => {
  const { layers, variance, total, drift } = (await measure('noise')).tables;
  const sequences = [...randomSequences(point(), 64)];
  const grads: Float32Array[] = [];
  for (const sequence of sequences) {
    grads.push(new Float32Array(params.length));
    await at.gradient(sequence, grads.at(-1)!);
  }
  const mean = new Float64Array(params.length);
  for (const g of grads) g.forEach((x, i) => (mean[i] += x / 64));
  const squares = grads.map((g) => g.reduce((sum, x, i) => sum + (x - mean[i]) ** 2, 0));
  const expected = squares.reduce((a, b) => a + b) / 63;
  close((variance[0].variance as number) / expected, 1, 1e-4);
  close(total[0].exponent as number, -1, 0.15);
  assert.equal(layers.length, parameters(config.model).length);
  assert.ok((total[0].criticalBatch as number) > 0);
  // Every estimate lies within its interval; an upper end that is null is none.
  for (const row of [...total, ...layers])
    for (const column of ['exponent', 'noiseScale', 'criticalBatch', 'kurtosis', 'snr']) {
      const [value, lo, hi] = ['', 'Lo', 'Hi'].map((end) => row[column + end] as number | null);
      if (value === undefined || value === null || lo === null) continue;
      assert.ok(
        lo <= value && value <= (hi ?? Number.POSITIVE_INFINITY),
        `${row.layer} ${column}: ${lo} ${value} ${hi}`,
      );
    }
  for (const row of variance) assert.ok((row.varianceError as number) >= 0);
  const shares = drift.map((row) => row.drift as number);
  assert.deepEqual(
    shares,
    [...shares].sort((a, b) => a - b),
  );
});

test('text: beginnings of the validation split, and what the likeliest tokens after them are', async () => {
  const { tables } = await measure('text', { temperature: 0 });
  const { ids, count } = fixedSequences(point(), 3);
  assert.equal(tables.samples.length, count);
  // The loss of a token is the negative logarithm of its probability: the likeliest has the least.
  const lossAfter = async (seen: number[], next: number) => {
    const row = [...seen, next, ...Array<number>(8).fill(0)].slice(0, 9);
    return (await at.tokenLosses({ ids: Int32Array.from(row), count: 1 }))[seen.length - 1];
  };
  for (const [i, { prompt, text }] of tables.samples.entries()) {
    const begin = Array.from(ids.subarray(i * 9, i * 9 + 4));
    assert.equal(prompt, begin.map(letterOf).join(''));
    assert.equal((text as string).length, 12);
    const losses = [];
    for (let next = 0; next < VOCAB; next++) losses.push(await lossAfter(begin, next));
    assert.equal((text as string)[0], letterOf(losses.indexOf(Math.min(...losses))));
  }
  const other = await measure('text', { temperature: 5 });
  assert.notDeepEqual(other.tables.samples, tables.samples);
});
