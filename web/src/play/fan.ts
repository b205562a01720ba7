// Many paths of an algorithm, or of its SDE, on a quadratic: their losses at some steps, sorted, and a few
// paths whole.
import { quantileOfSorted } from '../../../src/core/quantile.ts';
import type { Method } from '../../../src/theory/names.ts';
import { BLOCK } from '../../../src/theory/path-kernel.ts';
import { quadratic } from '../../../src/theory/problem.ts';
import { openPaths } from '../../../src/theory/simulate.ts';

export interface FanWish {
  method: Method;
  form: 'discrete' | 'sde';
  batchSize: number;
  /** Standard deviation of one sample's gradient. */
  sigma: number;
  lr: number;
  /** Momentum. */
  beta: number;
}

export interface Fan {
  /** Steps at which losses were kept. */
  steps: number[];
  /** At each of them the losses of all paths, ascending; what is no number comes last. */
  sorted: Float64Array[];
  /** Losses of a few paths at each step. */
  paths: Float64Array[];
}

/** As in the figure of the paper: five curvatures, started at 1. */
const problemOf = (sigma: number) => quadratic({ spectrum: [1, 2, 3, 4, 5], start: [1], sigma: [sigma] });

export const STEPS = 1000;
const RECORDS = 80;
const PATHS = 256;
const WHOLE = 12;

/** The same numbers for the same wish. */
export function fanOf({ method, form, batchSize, sigma, lr, beta }: FanWish): Fan {
  const problem = problemOf(sigma);
  const every = STEPS / RECORDS;
  const steps = Array.from({ length: RECORDS + 1 }, (_, i) => Math.round(i * every));
  const open = openPaths({
    ...{ method, form, problem, lr, batchSize, beta, paths: PATHS, seed: 1, record: steps },
    // One step of Euler and Maruyama for each step would be SGD itself.
    substeps: form === 'sde' ? 4 : 1,
  });
  const losses = steps.map(() => new Float64Array(PATHS));
  for (let first = 0; first < PATHS; first += BLOCK) {
    open.begin();
    steps.forEach((step, r) => {
      if (r > 0) open.advance(step - steps[r - 1]);
      for (let p = 0; p < BLOCK; p++) losses[r][first + p] = problem.lossAt(open.x, open.stride, p);
    });
  }
  const paths = Array.from({ length: WHOLE }, (_, p) => Float64Array.from(losses, (all) => all[p]));
  return { steps, paths, sorted: losses.map((all) => all.sort()) };
}

/** Quantile `share` of the losses at record `at`. */
export const quantileAt = ({ sorted }: Fan, at: number, share: number): number =>
  quantileOfSorted(sorted[at], share);

/** How many of the losses at record `at` lie in each of `bins` equal parts of [low, high] in log10. */
export function densityAt(
  { sorted }: Fan,
  at: number,
  [low, high]: readonly [number, number],
  bins: number,
): number[] {
  const counts = new Array<number>(bins).fill(0);
  for (const loss of sorted[at]) {
    const bin = Math.floor(((Math.log10(loss) - low) / (high - low)) * bins);
    if (bin >= 0 && bin < bins) counts[bin]++;
  }
  return counts;
}
