import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InterruptedError, UserError } from '../core/errors.ts';
import { exactSgdLoss } from './exact.testing.ts';
import type { Method } from './names.ts';
import { quadratic } from './problem.ts';
import { type Simulation, signumBatchFactor, signumDiffusion, simulate } from './simulate.ts';

const five = quadratic({ spectrum: [1, 2, 3, 4, 5], sigma: [10] });
const base: Simulation = {
  ...{ method: 'sgd', form: 'discrete', problem: five, lr: 1e-3, batchSize: 16, paths: 2000, seed: 3 },
  record: [0, 500],
};

test('SGD and its SDE have the mean loss of the closed form, within four standard errors', async () => {
  for (const batchSize of [1, 16, 4096])
    for (const form of ['discrete', 'sde'] as const) {
      const [start, end] = await simulate({ ...base, form, batchSize, substeps: 8 });
      assert.equal(start.mean, 7.5);
      const exact = exactSgdLoss(form, five, { lr: 1e-3, batchSize, step: 500 });
      // Eight substeps leave a twentieth of a percent of discretization.
      const error = 4 * end.standardError + 6e-4 * exact;
      assert.ok(Math.abs(end.mean - exact) < error, `${form} B${batchSize}: ${end.mean}, exact ${exact}`);
      assert.ok(end.q1 <= end.median && end.median <= end.q3);
    }
});

// Losses at step 500 of 200 runs each, lambda = 1..5, x0 = 1, lr 1e-3, sigma 10
// (an independent NumPy simulation).
const reference: Record<'sgd' | 'signsgd', [number, number][]> = {
  sgd: [
    [1, 0.531],
    [4, 0.466],
    [16, 0.454],
    [64, 0.449],
    [256, 0.447],
    [16384, 0.446],
  ],
  signsgd: [
    [1, 5.65],
    [4, 4.45],
    [16, 3.12],
    [64, 2.24],
    [256, 1.95],
    [16384, 1.87],
  ],
};

for (const method of ['sgd', 'signsgd'] as const)
  test(`${method}: the losses of an independent simulation, within the Monte-Carlo error of its 200 runs`, async () => {
    for (const [batchSize, expected] of reference[method]) {
      const [{ mean, standardError }] = await simulate({ ...base, method, batchSize, record: [500] });
      // 3.5 standard errors of the reference's mean of 200, beside ours of 2000 and its last printed digit.
      const error = 3.5 * standardError * Math.sqrt(2000 / 200 + 1) + (method === 'sgd' ? 0.0006 : 0.006);
      assert.ok(
        Math.abs(mean - expected) < error,
        `B${batchSize}: ${mean}, expected ${expected} +- ${error}`,
      );
    }
  });

test('SDE beside algorithm up to step 1000: SGD within 1%, SignSGD within 0.5%', async () => {
  for (const [method, allowed] of [
    ['sgd', 0.01],
    ['signsgd', 0.005],
  ] as const)
    for (const batchSize of [1, 4, 16, 64, 256, 16384]) {
      const spec = { ...base, method, batchSize, paths: 8000, record: [100, 250, 500, 1000] };
      const discrete = await simulate(spec);
      const sde = await simulate({ ...spec, form: 'sde', substeps: 4, seed: 4 });
      discrete.forEach(({ step, mean, standardError }, i) => {
        const error = 3 * Math.hypot(standardError, sde[i].standardError);
        assert.ok(
          Math.abs(sde[i].mean - mean) < allowed * mean + error,
          `${method} B${batchSize} step ${step}: ${sde[i].mean} and ${mean}`,
        );
      });
    }
});

test('with momentum: heavy ball as SGD at lr / (1 - beta), Signum as sign descent with a larger batch', async () => {
  for (const [method, allowed] of [
    ['heavyball', 0.02],
    ['signum', 0.02],
  ] as const)
    for (const batchSize of [1, 16]) {
      const lr = method === 'heavyball' ? 1e-4 : 1e-3;
      const spec = { ...base, method, batchSize, lr, paths: 4000, record: [400], beta: 0.9 };
      const [discrete] = await simulate(spec);
      const [sde] = await simulate({ ...spec, form: 'sde', substeps: 2, seed: 4 });
      const error = 3 * Math.hypot(discrete.standardError, sde.standardError);
      assert.ok(
        Math.abs(sde.mean - discrete.mean) < allowed * discrete.mean + error,
        `${method} B${batchSize}: ${sde.mean} and ${discrete.mean}`,
      );
    }
  assert.equal(signumBatchFactor(0), 1);
  assert.equal(signumDiffusion(0), 1);
  // Arcsine series by hand: 1 + (4/pi)(asin .5 + asin .25 + ...)
  assert.ok(Math.abs(signumDiffusion(0.5) - 2.3072) < 1e-3, String(signumDiffusion(0.5)));
});

test('every method without noise is its textbook recursion', async () => {
  const problem = quadratic({ spectrum: [3], start: [2] });
  const [lr, beta, beta2, steps] = [0.01, 0.8, 0.9, 20];
  const rules: Record<Method, (s: { x: number; m: number; v: number }, g: number, t: number) => void> = {
    sgd: (s, g) => {
      s.x -= lr * g;
    },
    signsgd: (s, g) => {
      s.x -= lr * Math.sign(g);
    },
    heavyball: (s, g) => {
      s.m = beta * s.m + g;
      s.x -= lr * s.m;
    },
    signum: (s, g) => {
      s.m = beta * s.m + (1 - beta) * g;
      s.x -= lr * Math.sign(s.m);
    },
    adam: (s, g, t) => {
      s.m = beta * s.m + (1 - beta) * g;
      s.v = beta2 * s.v + (1 - beta2) * g * g;
      s.x -= (lr * s.m) / (1 - beta ** t) / (Math.sqrt(s.v / (1 - beta2 ** t)) + 1e-8);
    },
  };
  for (const [method, rule] of Object.entries(rules) as [Method, (typeof rules)[Method]][]) {
    const s = { x: 2, m: 0, v: 0 };
    for (let t = 1; t <= steps; t++) rule(s, 3 * s.x, t);
    // Twice two stretches, to see that state survives between them.
    const [at] = (
      await simulate({ ...base, method, problem, lr, beta, beta2, paths: 3, record: [7, steps] })
    ).slice(-1);
    assert.ok(
      Math.abs(at.mean - 1.5 * s.x * s.x) < 2e-6 * at.mean,
      `${method}: ${at.mean}, not ${1.5 * s.x * s.x}`,
    );
    assert.ok(at.standardError < 1e-9);
  }
});

test('a full matrix moves like its eigenvalues where the method does not care for axes', async () => {
  const matrix = [
    [3, 1],
    [1, 3],
  ];
  const turned = quadratic({ matrix, start: [1, 2], sigma: [5] });
  const straight = quadratic({ spectrum: [4, 2], start: [Math.sqrt(4.5), Math.sqrt(0.5)], sigma: [5] });
  const spec = { ...base, paths: 4000, record: [300], batchSize: 1 };
  const exact = exactSgdLoss('discrete', straight, { lr: 1e-3, batchSize: 1, step: 300 });
  for (const problem of [turned, straight]) {
    const [{ mean, standardError }] = await simulate({ ...spec, problem });
    assert.ok(Math.abs(mean - exact) < 4 * standardError, `${mean}, exact ${exact}`);
  }
  const sign = await Promise.all(
    [turned, straight].map((problem) => simulate({ ...spec, problem, method: 'signsgd' })),
  );
  assert.ok(
    Math.abs(sign[0][0].mean - sign[1][0].mean) > 10 * sign[0][0].standardError,
    'sign descent does care',
  );
});

test('the same seed gives the same numbers, another seed others; progress and interruption', async () => {
  const once = await simulate(base);
  assert.deepEqual(await simulate(base), once);
  assert.notDeepEqual(await simulate({ ...base, seed: 4 }), once);
  const controller = new AbortController();
  const shares: number[] = [];
  const long = simulate(
    { ...base, paths: 1e6, record: [1000] },
    {
      signal: controller.signal,
      onProgress: (share) => {
        shares.push(share);
        if (shares.length === 2) controller.abort(new InterruptedError('enough'));
      },
    },
  );
  await assert.rejects(long, /enough/);
  assert.ok(shares[0] > 0 && shares[1] > shares[0] && shares[1] < 1);
});

for (const [change, message] of [
  [{ lr: -1 }, /learning rate/],
  [{ lr: Number.NaN }, /learning rate/],
  [{ batchSize: 0 }, /batch size/],
  [{ paths: 0 }, /paths/],
  [{ beta: 1 }, /beta/],
  [{ substeps: 0.5 }, /substeps/],
  [{ record: [] }, /steps/],
  [{ record: [5, 2] }, /ascending/],
  [{ method: 'adam', form: 'sde' }, /no SDE for Adam/],
  [{ method: 'lion' as Method }, /unknown method "lion"/],
] as [Partial<Simulation>, RegExp][])
  test(`${JSON.stringify(change)} is refused`, async () => {
    await assert.rejects(
      simulate({ ...base, ...change }),
      (error: Error) => error instanceof UserError && message.test(error.message),
    );
  });
