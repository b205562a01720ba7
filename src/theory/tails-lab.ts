// Open question of arXiv 2506.12543: does the square-root law of sign descent survive heavy-tailed gradients?
// The drift exactly, measured, and at work in the algorithm beside its SDE.

import { UserError } from '../core/errors.ts';
import { quantileOfSorted } from '../core/quantile.ts';
import { createRng } from '../core/rng.ts';
import { keepPace, type Pace } from './pace.ts';
import type { Quadratic } from './problem.ts';
import { positive } from './simulate.ts';
import { asymptoticExponent, checkDegrees, createStudentT, signMean } from './student-t.ts';

export interface TailsLab {
  /** Degrees of freedom; Infinity for Gaussian noise. */
  degrees: readonly number[];
  batchSizes: readonly number[];
  /** Gradient at which the drift is measured, in units of sigma. */
  gradient: number;
  /** Draws behind each measured drift. */
  draws: number;
  /** Trajectories: on this quadratic (its sigma scales the noise), at these batch sizes. */
  problem: Quadratic;
  trajectoryBatchSizes: readonly number[];
  lr: number;
  steps: number;
  paths: number;
  seed: number;
}

export interface DriftRow {
  degrees: number;
  batchSize: number;
  /**
   * Mean sign of a batch gradient whose mean is `gradient`: exact, and measured
   * with its standard error and 95% interval.
   */
  drift: number;
  measured: number;
  standardError: number;
  lo: number;
  hi: number;
  /** d log drift / d log B from the batch size before, for gradients towards 0; null at the first. */
  exponent: number | null;
  /** The same at `gradient`, where the drift begins to saturate. */
  exponentHere: number | null;
}

export interface TailTrajectoryRow {
  degrees: number;
  batchSize: number;
  method: 'sgd' | 'signsgd';
  form: 'discrete' | 'sde';
  step: number;
  /** Median and quartiles of the paths: means do not exist for SGD below two degrees of freedom. */
  loss: number | null;
  q1: number | null;
  q3: number | null;
}

export interface TailFit {
  degrees: number;
  /**
   * Exponent for gradients towards 0: from the smallest to the largest batch size,
   * at the last step, and for B to infinity.
   */
  overall: number;
  last: number;
  limit: number;
  /** Exponents at `gradient`. */
  here: { overall: number; last: number };
}

export async function tailsLab(
  lab: TailsLab,
  pace: Pace = {},
): Promise<{ drifts: DriftRow[]; fits: TailFit[]; trajectories: TailTrajectoryRow[] }> {
  check(lab);
  const sizes = lab.batchSizes.toSorted((a, b) => a - b);
  const tick = keepPace(pace);
  const drifts: DriftRow[] = [];
  const fits: TailFit[] = [];
  const trajectories: TailTrajectoryRow[] = [];
  for (const [i, degrees] of lab.degrees.entries()) {
    const share = (part: number) => tick((i + part) / lab.degrees.length);
    const points: { batchSize: number; slope: number; drift: number }[] = [];
    for (const batchSize of sizes) {
      const { slope, drift } = signMean(degrees, 1, batchSize);
      const point = { batchSize, slope, drift: drift(lab.gradient) };
      const before = points.at(-1);
      const measurement = measureDrift(degrees, batchSize, lab);
      drifts.push({
        ...{ degrees, batchSize, drift: point.drift, ...measurement },
        exponent: before ? power(before, point, 'slope') : null,
        exponentHere: before ? power(before, point, 'drift') : null,
      });
      points.push(point);
      await share((0.5 * points.length) / sizes.length);
    }
    const [first, last] = [points[0], points[points.length - 1]];
    const before = points.at(-2);
    if (before)
      fits.push({
        degrees,
        overall: power(first, last, 'slope'),
        last: power(before, last, 'slope'),
        limit: asymptoticExponent(degrees),
        here: { overall: power(first, last, 'drift'), last: power(before, last, 'drift') },
      });
    for (const batchSize of lab.trajectoryBatchSizes)
      for (const [method, form] of [
        ['signsgd', 'discrete'],
        ['signsgd', 'sde'],
        ['sgd', 'discrete'],
      ] as const)
        trajectories.push(...(await trajectory(lab, degrees, batchSize, method, form, () => share(0.7))));
  }
  return { drifts, fits, trajectories };
}

/** The power of the batch size that what `of` names grows with from `a` to `b`. */
const power = <K extends string>(
  a: { batchSize: number } & Record<K, number>,
  b: { batchSize: number } & Record<K, number>,
  of: K,
) => Math.log(b[of] / a[of]) / Math.log(b.batchSize / a.batchSize);

/**
 * The mean sign at gradient g is the chance that the noise of the batch mean lies within (-g, g),
 * as the noise is symmetric: counting that has far less variance than averaging signs.
 */
function measureDrift(
  degrees: number,
  batchSize: number,
  { gradient, draws, seed }: TailsLab,
): Pick<DriftRow, 'measured' | 'standardError' | 'lo' | 'hi'> {
  const draw = createStudentT(degrees, createRng(seed, `theory tails ${degrees} ${batchSize}`));
  const trials = Math.max(50, Math.round(draws / batchSize));
  let within = 0;
  for (let i = 0; i < trials; i++) {
    let sum = 0;
    for (let b = 0; b < batchSize; b++) sum += draw();
    if (Math.abs(sum) < gradient * batchSize) within++;
  }
  const measured = within / trials;
  // Wilson's interval (1927): it stays within 0 and 1 however few of the trials are within.
  const z = 1.96;
  const middle = (measured + z ** 2 / 2 / trials) / (1 + z ** 2 / trials);
  const half =
    (z / (1 + z ** 2 / trials)) * Math.sqrt((measured * (1 - measured)) / trials + (z / 2 / trials) ** 2);
  return {
    measured,
    standardError: Math.sqrt(Math.max(measured * (1 - measured), 1 / trials) / trials),
    lo: Math.max(0, middle - half),
    hi: Math.min(1, middle + half),
  };
}

/** Losses of many paths: the algorithm with every sample drawn, or Euler-Maruyama with the exact drift. */
async function trajectory(
  { problem, lr, steps, paths, seed }: TailsLab,
  degrees: number,
  batchSize: number,
  method: 'sgd' | 'signsgd',
  form: 'discrete' | 'sde',
  tick: () => Promise<void> | undefined,
): Promise<TailTrajectoryRow[]> {
  const { eigenvalues, start, sigma } = problem;
  const dim = eigenvalues.length;
  const rng = createRng(seed, `theory tails ${degrees} ${batchSize} ${method} ${form}`);
  const draw = createStudentT(degrees, rng);
  const reach = 1.2 * Math.max(...eigenvalues.map((h, i) => Math.abs(h * start[i]) / sigma[i]));
  const pull = form === 'sde' ? driftTable(signMean(degrees, 1, batchSize), reach) : undefined;
  const every = Math.max(1, Math.round(steps / 40));
  const kept = Array.from({ length: Math.floor(steps / every) + 1 }, () => new Float64Array(paths));
  const x = new Float64Array(dim);
  for (let path = 0; path < paths; path++) {
    x.set(start);
    for (let step = 0; step <= steps; step++) {
      if (step % every === 0) kept[step / every][path] = problem.lossAt(x, 1, 0);
      for (let i = 0; i < dim; i++) {
        const g = eigenvalues[i] * x[i];
        if (pull) {
          const drift = pull(g / sigma[i]);
          x[i] += -lr * drift + lr * Math.sqrt(Math.max(0, 1 - drift * drift)) * rng.normal();
          continue;
        }
        let noise = 0;
        for (let b = 0; b < batchSize; b++) noise += draw();
        const seen = g + (sigma[i] * noise) / batchSize;
        x[i] -= method === 'sgd' ? lr * seen : lr * Math.sign(seen);
      }
    }
    await tick();
  }
  return kept.map((losses, k): TailTrajectoryRow => {
    const sorted = losses.sort();
    const [q1, loss, q3] = [0.25, 0.5, 0.75].map((p) => {
      const value = quantileOfSorted(sorted, p);
      return Number.isFinite(value) ? value : null;
    });
    return { degrees, batchSize, method, form, step: k * every, loss, q1, q3 };
  });
}

/** An odd function as a table on [0, reach] (linear between 400 points: 1e-5), computed anew beyond. */
function driftTable({ drift }: ReturnType<typeof signMean>, reach: number): (g: number) => number {
  const n = 400;
  const table = Float64Array.from({ length: n + 1 }, (_, i) => drift((reach * i) / n));
  return (g) => {
    const at = (Math.abs(g) / reach) * n;
    if (at >= n) return drift(g);
    const low = Math.floor(at);
    const value = table[low] + (at - low) * (table[low + 1] - table[low]);
    return g < 0 ? -value : value;
  };
}

/** Beyond, every sign is right and the integral has nothing left to say. */
const MOST_GRADIENT = 100;

function check({
  degrees,
  batchSizes,
  gradient,
  draws,
  problem,
  lr,
  steps,
  paths,
  trajectoryBatchSizes,
}: TailsLab): void {
  degrees.forEach(checkDegrees);
  positive('gradient', gradient);
  if (gradient > MOST_GRADIENT)
    throw new UserError(`the gradient must be at most ${MOST_GRADIENT} noise scales, not ${gradient}`);
  positive('learning rate', lr);
  if (problem.matrix) throw new UserError('heavy tails are simulated on a diagonal Hessian: give --spectrum');
  if (problem.sigma.some((sigma) => sigma <= 0))
    throw new UserError('heavy tails need noise: sigma must be above 0');
  for (const [name, values] of [
    ['batch size', batchSizes],
    ['batch size', trajectoryBatchSizes],
    ['draws', [draws]],
    ['steps', [steps]],
    ['paths', [paths]],
  ] as const)
    for (const value of values)
      if (!(Number.isInteger(value) && value >= 1))
        throw new UserError(`${name} must be an integer of at least 1, not ${value}`);
}
