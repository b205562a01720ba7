// The experiments of the theory lab at a size that takes a second each, and what they must find.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InterruptedError, UserError } from '../core/errors.ts';
import { hasDiverged } from './diverged.ts';
import { type ImbalanceLab, imbalanceLab } from './imbalance-lab.ts';
import { imbalanceSamples } from './imbalance-samples.ts';
import { type LrLab, lrLab } from './lr-lab.ts';
import { quadratic } from './problem.ts';
import { blocksOf, type QuadraticLab, quadraticLab } from './quadratic-lab.ts';
import { type ScalingLab, scalingLab } from './scaling-lab.ts';
import { deviation, type SdeLab, sdeLab, stepsTo } from './sde-lab.ts';
import { type TailsLab, tailsLab } from './tails-lab.ts';

const spectrum = [1, 2, 3, 4, 5];
const refused = (promise: Promise<unknown>, message: RegExp) =>
  assert.rejects(promise, (error: Error) => error instanceof UserError && message.test(error.message));

const sde: SdeLab = {
  ...{
    methods: ['sgd', 'signsgd'],
    batchSizes: [1, 16, 256],
    lr: 1e-3,
    beta: 0.9,
    steps: 600,
    checkpoint: 300,
    substeps: 2,
  },
  ...{
    paths: 400,
    seed: 1,
    problems: [3, 10].map((sigma) => ({ sigma, problem: quadratic({ spectrum, sigma: [sigma] }) })),
  },
};

test('SDEs: SGD does not care for batch size and noise early on, sign descent does; both forms agree', async () => {
  const rows = await sdeLab(sde);
  const loss = (method: string, sigma: number, batchSize: number) =>
    rows.find(
      (row) =>
        row.method === method &&
        row.form === 'discrete' &&
        row.sigma === sigma &&
        row.batchSize === batchSize &&
        row.step === 300,
    )!.loss!;
  assert.ok(loss('sgd', 10, 1) / loss('sgd', 10, 256) < 1.1);
  assert.ok(loss('signsgd', 10, 1) / loss('signsgd', 10, 256) > 1.5);
  assert.ok(loss('signsgd', 10, 1) > loss('signsgd', 3, 1), 'more noise, slower');
  assert.ok(deviation(rows, 'signsgd', 600)!.share < 0.01);
  assert.ok(deviation(rows, 'sgd', 300)!.share < 0.05);
  assert.equal(deviation(rows, 'adam', 600), null);
  await refused(sdeLab({ ...sde, checkpoint: 601 }), /from 1 to the 600 steps/);
});

test('steps to a target: between two points, at the start, never', () => {
  const curve = [1, 0.5, 0.25].map((loss, i) => ({ step: 10 * i, loss }));
  assert.equal(stepsTo(0.25, curve), 20);
  assert.ok(Math.abs(stepsTo(Math.SQRT1_2, curve)! - 5) < 1e-9);
  assert.equal(stepsTo(2, curve), 0);
  assert.equal(stepsTo(0.1, curve), null);
  assert.equal(
    stepsTo(0.3, [
      { step: 0, loss: null },
      { step: 5, loss: 0.2 },
    ]),
    5,
  );
});

const scaling: ScalingLab = {
  ...{
    methods: ['sgd', 'signsgd', 'adam'],
    problem: quadratic({ spectrum, sigma: [100] }),
    batchSizes: [1, 4, 16, 64, 1024, 262144],
  },
  ...{ lr: 1e-5, beta: 0.95, beta2: 0.95, steps: 20, paths: 2000, repetitions: 6, seed: 1 },
};

test('scaling: exponents of 0 for SGD, 1/2 for sign descent and Adam before saturation, 0 after', async () => {
  const { fits, rows, saturation } = await scalingLab(scaling);
  assert.ok(Math.abs(saturation.from - 72) < 1e-9 && saturation.to > 4096);
  for (const [method, expected] of [
    ['sgd', 0],
    ['signsgd', 0.5],
    ['adam', 0.5],
  ] as const) {
    const fit = fits.find((one) => one.method === method && one.range === 'before saturation')!;
    const width = fit.ci95![1] - fit.ci95![0];
    assert.ok(
      width < 0.1 && Math.abs(fit.exponent - expected) < 0.02 + width,
      `${method}: ${JSON.stringify(fit)}`,
    );
    assert.deepEqual([fit.from, fit.to, fit.points], [1, 64, 4]);
  }
  // Progress of the sign without noise: the sum of the gradient's absolute values.
  const last = rows.find((row) => row.method === 'signsgd' && row.batchSize === 262144)!;
  assert.ok(Math.abs(last.progress / 15 - 1) < 0.01, String(last.progress));
  await refused(scalingLab({ ...scaling, repetitions: 1 }), /repetitions must be at least 2/);
});

const tails: TailsLab = {
  ...{
    degrees: [1, 2.5, Number.POSITIVE_INFINITY],
    batchSizes: [1, 16, 256],
    gradient: 0.05,
    draws: 100_000,
    trajectoryBatchSizes: [4],
  },
  ...{ problem: quadratic({ spectrum, sigma: [10] }), lr: 1e-3, steps: 200, paths: 100, seed: 1 },
};

test('tails: measured pulls are the exact ones; no gain under Cauchy noise, the root under Gaussian; SDE beside algorithm', async () => {
  const { drifts, fits, trajectories } = await tailsLab(tails);
  for (const row of drifts)
    assert.ok(Math.abs(row.measured - row.drift) < 4.5 * row.standardError, JSON.stringify(row));
  for (const row of drifts)
    assert.ok(
      row.lo >= 0 && row.lo <= row.measured && row.measured <= row.hi && row.hi <= 1,
      JSON.stringify(row),
    );
  assert.ok(Math.abs(fits[0].overall) < 1e-4 && Math.abs(fits[2].overall - 0.5) < 1e-6);
  assert.ok(fits[1].overall > 0.35 && fits[1].overall < fits[1].last && fits[1].last < 0.5);
  // At a gradient that is not small the pull saturates: erf(sqrt(B/2) .05) for Gaussian noise, .58 at 256.
  const gaussian = drifts.filter(({ degrees }) => degrees === Number.POSITIVE_INFINITY);
  const here = Math.log(gaussian[2].drift / gaussian[0].drift) / Math.log(256);
  assert.ok(Math.abs(fits[2].here.overall - here) < 1e-12 && here < 0.49 && here > 0.45, `${here}`);
  assert.ok(Math.abs(gaussian[2].exponentHere! - fits[2].here.last) < 1e-12);
  const end = (degrees: number, form: string) =>
    trajectories.find(
      (row) => row.degrees === degrees && row.method === 'signsgd' && row.form === form && row.step === 200,
    )!;
  for (const degrees of tails.degrees) {
    const [a, b] = [end(degrees, 'discrete'), end(degrees, 'sde')];
    assert.ok(Math.abs(a.loss! - b.loss!) < 0.5 * (a.q3! - a.q1!), `${degrees}: ${a.loss} and ${b.loss}`);
  }
  await refused(tailsLab({ ...tails, degrees: [-1] }), /degrees of freedom/);
  await refused(tailsLab({ ...tails, problem: quadratic({ spectrum, sigma: [0] }) }), /need noise/);
  await refused(tailsLab({ ...tails, trajectoryBatchSizes: [0.5] }), /batch size must be an integer/);
});

const lr: LrLab = {
  ...{
    methods: ['sgd', 'signsgd'],
    problem: quadratic({ spectrum, sigma: [10] }),
    batchSizes: [1, 64],
    budget: { steps: 100 },
  },
  ...{ beta: 0.9, beta2: 0.9, lr: { from: 1e-3, to: 1, perDecade: 3 }, target: 0.5, paths: 100, seed: 1 },
};

test('learning rates: tuned is the best of what was tried, rules start from it, ends that win are left behind', async () => {
  const { rows } = await lrLab(lr);
  for (const method of lr.methods) {
    const own = rows.filter((row) => row.method === method);
    const at = (rule: string, batchSize: number) =>
      own.find((row) => row.rule === rule && row.batchSize === batchSize)!;
    assert.equal(at('constant', 1).loss, at('tuned', 1).loss);
    assert.ok(
      Math.abs(at('linear', 64).lr / at('tuned', 1).lr - 64) < 1e-9 &&
        Math.abs(at('sqrt', 64).lr / at('tuned', 1).lr - 8) < 1e-9,
    );
    assert.ok(at('tuned', 64).loss! <= at('constant', 64).loss! && at('tuned', 1).bracketed);
  }
  const narrow = await lrLab({ ...lr, methods: ['sgd'], lr: { from: 1e-3, to: 2e-3, perDecade: 3 } });
  assert.ok(narrow.rows.every((row) => row.bracketed) && narrow.rows[0].lr > 2e-3, 'the search went on');
  await refused(lrLab({ ...lr, lr: { from: 1, to: 0.1, perDecade: 3 } }), /must rise/);
  await refused(lrLab({ ...lr, target: 2 }), /target/);
});

const quad: QuadraticLab = {
  ...{
    hessians: { heterogeneous: { blocks: blocksOf('heterogeneous') } },
    methods: ['sgd', 'adam'],
    noise: 'columns',
    sigma: 0,
  },
  ...{
    batchSizes: [3],
    budget: { steps: 100 },
    beta: 0.95,
    warmup: 0.1,
    seeds: 3,
    seed: 1,
    lr: { from: 1e-3, to: 1e-2, perDecade: 2 },
  },
};

test('quadratics: the search leaves a grid whose end wins; what is never bracketed is flagged; every setting is kept', async () => {
  const { rows, curves } = await quadraticLab(quad);
  const sgd = rows.find((row) => row.method === 'sgd')!;
  assert.ok(sgd.bracketed && sgd.lr < 1e-3, JSON.stringify(sgd));
  assert.ok(
    curves.some((row) => row.loss === null),
    'diverged settings are kept as such',
  );
  assert.equal(
    Math.min(
      ...curves.filter((row) => row.method === 'sgd').map((row) => row.loss ?? Number.POSITIVE_INFINITY),
    ),
    sgd.loss,
  );
  const hopeless = await quadraticLab({
    ...quad,
    methods: ['sgd'],
    hessians: { steep: { blocks: [[1e30]] } },
    batchSizes: [1],
  });
  assert.ok(!hopeless.rows[0].bracketed);
  const samples = await quadraticLab({ ...quad, budget: { samples: 300 }, batchSizes: [1, 9] });
  assert.deepEqual([...new Set(samples.rows.map((row) => row.steps))], [300, 33]);
});

test('quadratics: what cannot be is refused', async () => {
  await refused(quadraticLab({ ...quad, batchSizes: [10] }), /a batch is 1 to 9 of the 9 columns/);
  await refused(quadraticLab({ ...quad, sigma: -1 }), /sigma must be a number of at least 0, not -1/);
  await refused(quadraticLab({ ...quad, hessians: { mine: { matrix: [[1, 2]] } } }), /square/);
  await refused(quadraticLab({ ...quad, hessians: { none: { blocks: [] } } }), /spectrum is empty/);
  assert.deepEqual(blocksOf('1, 2;3'), [[1, 2], [3]]);
  assert.throws(() => blocksOf('one'), UserError);
});

const toy: ImbalanceLab = {
  ...{ levels: 3, methods: ['sgd', 'adam'], batchSizes: [4, 1000], budget: { steps: 30 } },
  ...{ beta: 0.9, seeds: 2, seed: 1 },
};

test('imbalance: frequent classes come first under full-batch SGD; levels, batches and steps as asked', async () => {
  const { rows, tuned } = await imbalanceLab(toy);
  assert.equal(imbalanceSamples(3), 24);
  assert.deepEqual([...new Set(rows.map((row) => row.batchSize))], [4, 24], 'more than all is all');
  const at = (method: string, level: number) =>
    rows.filter((row) => row.method === method && row.batchSize === 24 && row.level === level);
  assert.deepEqual(at('sgd', 2).map((row) => [row.classes, row.samplesPerClass])[0], [4, 2]);
  // Zero weights: every class has the probability 1/7.
  assert.ok(Math.abs(at('adam', 1)[0].loss - Math.log(7)) < 1e-5);
  const ratio = (method: string) => at(method, 2)[5].loss / at(method, 0)[5].loss;
  assert.ok(ratio('sgd') > 2 * ratio('adam'), `${ratio('sgd')} and ${ratio('adam')}`);
  assert.ok(tuned.every((one) => one.bracketed && one.steps === 30));
  await refused(imbalanceLab({ ...toy, levels: 1 }), /levels/);
  await refused(imbalanceLab({ ...toy, batchSizes: [0] }), /batch size/);
});

test('a run that comes back has not diverged, however far it was; one that ends above its start has', async () => {
  assert.deepEqual(
    [1, 2, Number.POSITIVE_INFINITY, Number.NaN].map((last) => hasDiverged(1, last)),
    [false, true, true, true],
  );
  // Curvature 1 without noise: w is multiplied by 1 - rate, which falls from -2.2 through 0 to 1.
  const { curves } = await quadraticLab({
    ...{ ...quad, hessians: { one: { blocks: [[1]] } }, batchSizes: [1], methods: ['sgd'], seeds: 1 },
    ...{ beta: 0, warmup: 0, budget: { steps: 400 }, lr: { from: 3.1, to: 10, perDecade: 2 } },
  });
  const at = (lr: number) => curves.find((row) => Math.abs(row.lr / lr - 1) < 1e-6)!;
  let [w, most] = [1, 1];
  for (let t = 0; t < 400; t++) {
    w *= 1 - Math.sqrt(10) * 0.5 * (1 + Math.cos((Math.PI * t) / 400));
    most = Math.max(most, Math.abs(w));
  }
  assert.ok(most > 1e30 && Math.abs(w) < 1e-20);
  assert.ok(at(Math.sqrt(10)).loss! < 1e-40 && at(Math.sqrt(10)).diverged === 0);
  assert.deepEqual([at(10).loss, at(10).diverged], [null, 1]);
});

test('imbalance: Adam goes far at a large rate, comes back and is not set aside', async () => {
  const { tuned } = await imbalanceLab({
    ...toy,
    methods: ['adam'],
    batchSizes: [24],
    budget: { steps: 100 },
  });
  const [{ tried, loss }] = tuned;
  const large = tried.find(({ lr }) => Math.abs(lr - 1) < 1e-9)!;
  assert.equal(large.diverged, 0);
  assert.ok(large.loss! < 1e-3 && loss! <= large.loss!, `${large.loss} and ${loss}`);
  for (const { loss: one, diverged } of tried) assert.equal(one === null, diverged! > 0);
});

test('all of them give the same numbers again, and stop when asked', async () => {
  const labs = [
    (signal?: AbortSignal) => sdeLab({ ...sde, steps: 20, checkpoint: 10, paths: 9 }, { signal }),
    (signal?: AbortSignal) => scalingLab({ ...scaling, paths: 20 }, { signal }),
    (signal?: AbortSignal) => tailsLab({ ...tails, draws: 1000, steps: 5, paths: 3 }, { signal }),
    (signal?: AbortSignal) => lrLab({ ...lr, paths: 10, budget: { steps: 10 } }, { signal }),
    (signal?: AbortSignal) => quadraticLab({ ...quad, seeds: 1, budget: { steps: 10 } }, { signal }),
    (signal?: AbortSignal) => imbalanceLab({ ...toy, budget: { steps: 3 }, seeds: 1 }, { signal }),
  ];
  for (const run of labs) {
    assert.deepEqual(await run(), await run());
    await assert.rejects(run(AbortSignal.abort(new InterruptedError('enough'))), /enough/);
  }
});
