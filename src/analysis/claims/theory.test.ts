// Claims about simulations, judged on results that are made up, both ways.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type LabKind, type LabRun, labSpec, type ResultOf } from '../../theory/specs/registry.ts';
import { gradeClaims } from './registry.ts';
import { factsOf } from './study.testing.ts';

const lab = <Kind extends LabKind>(kind: Kind, settings: object, result: ResultOf<Kind>): LabRun =>
  ({ lab: kind, spec: labSpec.parse({ lab: kind, ...settings }), result }) as LabRun;

const verdicts = (experiment: string, theory: LabRun[]) =>
  Object.fromEntries(
    gradeClaims(experiment, { ...factsOf([], [], [1]), theory })
      .filter(({ id }) => /^(sde|quadratic|toy)-/.test(id))
      .map(({ id, verdict }) => [id, verdict]),
  );

/** Losses at steps 50 (counts) and 100 (does not), and those of the SDE `off` away. */
function sde({ sgd, sign, off, late = 9, error = 0.001 }: Record<string, number>): LabRun {
  const methods = ['sgd', 'signsgd', 'heavyball', 'signum'] as const;
  const falls = { sgd, signsgd: sign, heavyball: 1, signum: 1 };
  const rows = methods.flatMap((method) =>
    [1, 256].flatMap((batchSize) =>
      (['discrete', 'sde'] as const).flatMap((form) =>
        [50, 100].map((step) => {
          const loss = batchSize === 1 ? falls[method] : 1;
          const away = form === 'sde' ? 1 + (step === 50 ? off : late) : 1;
          const quartiles = { q1: loss / 2, q3: 2 * loss };
          return {
            ...{ method, form, sigma: 10, batchSize, step, ...quartiles },
            ...{ loss: loss * away, standardError: error * loss },
          };
        }),
      ),
    ),
  );
  return lab('sde', { methods: [...methods], sigma: [10], batchSizes: [256, 1], steps: 100 }, { rows });
}

test('SDEs: how far they are in the first half, and how much batch size helps each method', () => {
  const of = (change: Record<string, number>) => verdicts('scaling', [sde(change)]);
  assert.deepEqual(of({ sgd: 1.2, sign: 3, off: 0.002 }), {
    'sde-batch': 'supported',
    'sde-matches': 'supported',
    'sde-momentum': 'supported',
  });
  assert.deepEqual(of({ sgd: 2, sign: 2, off: 0.2 }), {
    'sde-batch': 'refuted',
    'sde-matches': 'refuted',
    'sde-momentum': 'refuted',
  });
  // Two percent: too much for SignSGD, little enough for the forms with momentum.
  assert.deepEqual(of({ sgd: 1, sign: 2.003, off: 0.02 }), {
    'sde-batch': 'inconclusive',
    'sde-matches': 'refuted',
    'sde-momentum': 'supported',
  });
  assert.equal(of({ sgd: 1, sign: 3, off: 0.02, error: 0.1 })['sde-matches'], 'inconclusive');
  // One path in a thousand diverged, and with it a mean: what the others say is not all.
  const lost = sde({ sgd: 1.2, sign: 3, off: 0.002 }) as LabRun & { lab: 'sde' };
  lost.result.rows.find(({ method, step }) => method === 'sgd' && step === 50)!.loss = null;
  assert.equal(verdicts('scaling', [lost])['sde-matches'], 'inconclusive');
  assert.deepEqual(new Set(Object.values(verdicts('scaling', []))), new Set(['inconclusive']));
});

type Gap = (noise: string, hessian: string, batchSize: number) => number;

/** Final losses of SGD 10^gap times those of Adam, jittered by seed. */
const quadratics = (gap: Gap, bracketed = true): LabRun[] =>
  (['columns', 'isotropic', 'hessian'] as const).map((noise) => {
    const batchSizes = [1, 3, 9];
    const rows = ['homogeneous', 'heterogeneous'].flatMap((hessian) =>
      batchSizes.flatMap((batchSize) =>
        (['adam', 'sgd'] as const).map((method) => {
          const factor = method === 'sgd' ? 10 ** gap(noise, hessian, batchSize) : 1;
          const bySeed = [1, 1.1, 0.9, 1.05, 1.02].map(
            (jitter, s) => jitter * factor * (method === 'sgd' ? 1 + s / 50 : 1),
          );
          const summary = { loss: factor, q1: factor, q3: factor, bySeed, seeds: 5 };
          return { hessian, batchSize, method, steps: 500, lr: 0.1, bracketed, ...summary };
        }),
      ),
    );
    return lab('quadratic', { name: noise, noise, batchSizes, seeds: 5 }, { rows, curves: [] });
  });

test('quadratics: blocks, small batches and noise, each both ways', () => {
  const of = (gap: Gap, bracketed?: boolean) => verdicts('heterogeneity', quadratics(gap, bracketed));
  const asClaimed: Gap = (noise, hessian, batchSize) =>
    batchSize === 1 ? 0 : hessian === 'heterogeneous' ? 3 : noise === 'isotropic' ? 1 : 0;
  assert.deepEqual(of(asClaimed), {
    'quadratic-blocks': 'supported',
    'quadratic-small-batch': 'supported',
    'quadratic-noise': 'supported',
  });
  assert.deepEqual(
    of((noise, _, batchSize) => (batchSize === 1 && noise === 'hessian' ? 1 : 0)),
    { 'quadratic-blocks': 'refuted', 'quadratic-small-batch': 'refuted', 'quadratic-noise': 'refuted' },
  );
  assert.deepEqual(new Set(Object.values(of(asClaimed, false))), new Set(['inconclusive']));
  // A seed that diverged takes the verdict away, and is named.
  const lost = quadratics(asClaimed);
  const [first] = lost as (LabRun & { lab: 'quadratic' })[];
  first.result.rows.find(
    ({ hessian, batchSize }) => hessian === 'heterogeneous' && batchSize === 3,
  )!.bySeed[4] = null;
  const [blocks] = gradeClaims('heterogeneity', { ...factsOf([], [], [1]), theory: lost }).filter(
    ({ id }) => id === 'quadratic-blocks',
  );
  assert.equal(blocks.verdict, 'inconclusive');
  assert.match(
    blocks.evidence,
    /Missing.*: seed 5 of 5 \(adam on heterogeneous at batch size 3, noise columns\)\./,
  );
  // One model of noise is missing: what the others say is not enough.
  const two = quadratics(asClaimed).filter(({ spec }) => spec.name !== 'hessian');
  assert.equal(verdicts('heterogeneity', two)['quadratic-small-batch'], 'inconclusive');
});

/** Rarest over most frequent, in decades, by method and batch size. */
function toy(lag: (method: string, batchSize: number) => number, bracketed = true): LabRun {
  const cells = [4, 16, 160].flatMap((batchSize) =>
    (['sgd', 'adam', 'signum'] as const).map((method) => ({ method, batchSize })),
  );
  const rows = cells.flatMap((cell) =>
    [0, 4].flatMap((level) =>
      [10, 100].map((step) => {
        // Only the last step counts.
        const decades = step === 100 && level === 4 ? lag(cell.method, cell.batchSize) : 0;
        const bySeed = [1, 1.2, 0.8].map((jitter) => 0.1 * jitter ** (level / 4) * 10 ** decades);
        const counts = { classes: 2 ** level, samplesPerClass: 2 ** (5 - level) };
        return { ...cell, lr: 0.1, level, ...counts, step, loss: bySeed[0], lo: 0, hi: 9, bySeed };
      }),
    ),
  );
  const tuned = cells.map((cell) => ({ ...cell, steps: 100, lr: 0.1, loss: 0.1, tried: [], bracketed }));
  return lab('imbalance', {}, { rows, tuned });
}

test('the toy of rare classes: the lag on the full batch, and what a small batch makes of it', () => {
  const of = (run: LabRun) => verdicts('class-imbalance', [run]);
  assert.deepEqual(of(toy((method, batchSize) => (method === 'sgd' && batchSize === 160 ? 1 : 0))), {
    'toy-rare-lag': 'supported',
    'toy-lag-batch': 'supported',
  });
  assert.deepEqual(of(toy((method, batchSize) => (method === 'adam' && batchSize === 160 ? 1 : 0))), {
    'toy-rare-lag': 'refuted',
    'toy-lag-batch': 'refuted',
  });
  const open = toy((method) => (method === 'sgd' ? 1 : 0), false);
  assert.deepEqual(of(open), { 'toy-rare-lag': 'inconclusive', 'toy-lag-batch': 'inconclusive' });
});

test('the toy: how far below 2^-52 a loss lies is chance and counts for nothing, and zero is such a loss', () => {
  const fitted = (bySeed: (seed: number, level: number) => number) => {
    const run = toy((method) => (method === 'sgd' ? 1 : 0)) as LabRun & { lab: 'imbalance' };
    for (const row of run.result.rows)
      if (row.method === 'adam' && row.batchSize === 160)
        row.bySeed = [0, 1, 2].map((seed) => bySeed(seed, row.level));
    const claims = gradeClaims('class-imbalance', { ...factsOf([], [], [1]), theory: [run] });
    return claims.find(({ id }) => id === 'toy-rare-lag')!;
  };
  // Adam's losses of three seeds that were run: 35 decades one way, 143 the other.
  const common = [1e-219, 1e-108, 0];
  const rare = [1e-184, 1e-251, 1e-36];
  const judged = fitted((seed, level) => (level === 0 ? common : rare)[seed]);
  assert.equal(judged.verdict, 'supported');
  assert.ok(Math.abs(judged.effect! - 1) < 0.05, String(judged.effect));
  // What lies above counts in full: a lag of 5.65 decades under Adam, of one under SGD.
  const lagging = fitted((_, level) => (level === 0 ? 1e-40 : 1e-10));
  assert.equal(lagging.verdict, 'refuted');
  assert.ok(Math.abs(lagging.effect! - (1 + Math.log10(2 ** -52 / 1e-10))) < 0.05, String(lagging.effect));
});

test('one batch size: what compares two is open and not refuted; without the full batch nothing is called that', () => {
  const sizes = (run: LabRun, batchSizes: number[]) =>
    ({ ...run, spec: { ...run.spec, batchSizes } }) as LabRun;
  const lagging = toy((method) => (method === 'sgd' ? 1 : 0));
  assert.deepEqual(verdicts('class-imbalance', [sizes(lagging, [160])]), {
    'toy-rare-lag': 'supported',
    'toy-lag-batch': 'inconclusive',
  });
  const small = sizes(lagging, [4, 16]) as LabRun & { lab: 'imbalance' };
  const rows = small.result.rows.filter(({ batchSize }) => batchSize !== 160);
  const without = { ...small, result: { ...small.result, rows } };
  assert.deepEqual(verdicts('class-imbalance', [without]), {
    'toy-rare-lag': 'inconclusive',
    'toy-lag-batch': 'inconclusive',
  });
  const noisy = quadratics(() => 1).map((run) => sizes(run, [9]));
  assert.equal(verdicts('heterogeneity', noisy)['quadratic-noise'], 'inconclusive');
  const still = sizes(sde({ sgd: 1.2, sign: 3, off: 0.002 }), [256]);
  assert.equal(verdicts('scaling', [still])['sde-batch'], 'inconclusive');
});
