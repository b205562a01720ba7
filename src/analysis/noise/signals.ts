// How large the true signals of many coordinates are, when all that is known are noisy means.
// The distribution of |g| / sigma over coordinates is estimated by maximum likelihood,
// free of any form (Kiefer & Wolfowitz 1956; EM for mixtures): what it says of a sum
// over coordinates is then free of the sampling error that every single mean carries.

/** Noisy means of coordinates. */
export interface NoisyMeans {
  /** Mean over its standard error, sqrt(n) mean / sd: 1 in size for a coordinate without signal. */
  ratios: Float64Array;
  /** What a coordinate counts. */
  weights: Float64Array;
  /** Values behind each mean. */
  samples: number;
}

/** A distribution of |g| / sigma for one sequence: points and their shares. */
export interface SignalDistribution {
  sizes: readonly number[];
  shares: readonly number[];
}

export interface SignalFit extends SignalDistribution {
  /** Log-likelihood, as if there were `effective` independent coordinates. */
  likelihood: number;
}

/** A linear condition: over the distribution, this function of the size has mean zero. */
export type Condition = (size: number) => number;

export interface SignalModel {
  /** Points of the grid. */
  sizes: readonly number[];
  /**
   * Mean square of |g| / sigma for one sequence: unbiased, so that it can be negative
   * where there is no signal.
   */
  meanSquare: number;
  /** The most likely distribution. */
  best(effective: number): SignalFit;
  /**
   * The distribution in the middle of those that the samples allow: EM starts from a smooth one of the right
   * mean square, and stops once it is nearly as likely as the best and a step gains next to nothing.
   * What cannot be seen stays smooth.
   */
  smooth(effective: number, best: SignalFit): SignalFit;
  /**
   * The most likely distribution with the condition, found from `best`; null where none on the grid has it.
   */
  bestWith(effective: number, best: SignalFit, condition: Condition): SignalFit | null;
}

/**
 * Sizes of the grid, in standard errors of a mean. Smaller ones than a quarter cannot be told apart,
 * those below the first are as good as none, and beyond a few they are kept apart by a share of themselves.
 */
function* gridTo(largest: number): Generator<number> {
  yield 0;
  for (let t = 0.03; t < largest; t = t < 0.25 ? 2 * t : Math.max(t + 0.25, 1.08 * t)) yield t;
}
/**
 * Standard deviation, relative, of the sizes that a point of the grid stands for:
 * far out, neighbours just overlap.
 */
const WIDTH = 0.035;
/** Bins of the ratios: a twelfth wide at zero, a twelfth of the ratio far out. */
const BINS = 12;
/** Share that the start leaves to sizes of any order, so that none is excluded. */
const BACKGROUND = 0.1;
/** No share is taken to be smaller: a condition must be able to bring any back. */
const LEAST_SHARE = 1e-7;
/**
 * EM ends when a step gains less log-likelihood than this, for the smooth distribution and for the best one.
 */
const GAIN = { smooth: 0.02, best: 1e-3 };
/**
 * How far the log-likelihood of the smooth distribution may lie below the best:
 * well within what a 95% interval allows.
 */
const BELOW = 1;
const MOST_STEPS = 240;

/** What is done to the shares after every step. */
type Hold = (shares: number[]) => number[];

export function signalModel({ ratios, weights, samples }: NoisyMeans): SignalModel {
  const freedom = samples - 1;
  const { centers, shares, meanSquare } = binned(ratios, weights);
  const scale = [...gridTo(1.2 * Math.max(2, ...centers))];
  // Mean square of Student's t with that shift: (1 + shift^2) freedom / (freedom - 2).
  const raw = (meanSquare * Math.max(1, freedom - 2)) / freedom - 1;
  const excess = Math.max(0, raw);
  const start = normalized(
    scale.map((t, j) => {
      // As much of a normal distribution as lies nearest to this point, and a little everywhere.
      const width = j === 0 ? scale[1] / 2 : ((scale[j + 1] ?? t) - scale[j - 1]) / 2;
      const normal =
        excess > 0 ? (width * Math.exp(-(t * t) / excess / 2)) / Math.sqrt((excess * Math.PI) / 2) : 0;
      return (1 - BACKGROUND) * normal + BACKGROUND / scale.length;
    }),
  );
  const likelihood = kernel(centers, scale, freedom);
  const sizes = scale.map((t) => t / Math.sqrt(samples));

  const step = (f: number[]) => expectation(f, likelihood, shares);

  /** EM in its own small steps. */
  function creep(effective: number, enough: (gain: number, logs: number) => boolean): SignalFit {
    let f = start;
    let before = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < MOST_STEPS; i++) {
      const { next, logs } = step(f);
      f = next;
      if (enough(effective * (logs - before), effective * logs)) break;
      before = logs;
    }
    return { sizes, shares: f, likelihood: effective * before };
  }

  /** EM with long steps where two short ones go the same way (SQUAREM, Varadhan & Roland 2008). */
  function climb(effective: number, from: number[], hold: Hold): SignalFit {
    let f = hold(from);
    let before = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < MOST_STEPS / 3; i++) {
      const one = step(f);
      if (effective * (one.logs - before) < GAIN.best) break;
      before = one.logs;
      const f1 = hold(one.next);
      const two = step(f1);
      const f2 = hold(two.next);
      const r = f1.map((x, j) => x - f[j]);
      const v = f2.map((x, j) => x - f1[j] - r[j]);
      const length = Math.max(1, Math.hypot(...r) / (Math.hypot(...v) || 1));
      const far = step(hold(f.map((x, j) => Math.max(0, x + 2 * length * r[j] + length * length * v[j]))));
      f = far.logs > two.logs ? hold(far.next) : f2;
    }
    return { sizes, shares: f, likelihood: effective * before };
  }
  return {
    sizes,
    meanSquare: raw / samples,
    best: (effective) => climb(effective, start, (f) => normalized(f)),
    smooth: (effective, best) =>
      creep(effective, (gain, logs) => gain < GAIN.smooth && logs > best.likelihood - BELOW),
    bestWith(effective, best, condition) {
      const coefficients = sizes.map(condition);
      if (!(Math.min(...coefficients) < 0 && Math.max(...coefficients) > 0)) return null;
      const last = { lambda: 0 };
      const hold = (f: number[]) => tilted(f, coefficients, last);
      const from = best.shares.map((share, j) => (1 - BACKGROUND) * share + BACKGROUND * start[j]);
      return climb(effective, from, hold);
    },
  };
}

const normalized = (f: readonly number[]): number[] => {
  const sum = f.reduce((a, b) => a + b, 0);
  return f.map((x) => x / sum);
};

/** Sizes of ratios with their weights, close ones together. */
function binned(ratios: Float64Array, weights: Float64Array) {
  const bins = new Map<number, { weight: number; sum: number }>();
  let [all, second] = [0, 0];
  ratios.forEach((ratio, i) => {
    const size = Math.abs(ratio);
    const key = Math.floor(BINS * Math.asinh(size));
    const bin = bins.get(key) ?? { weight: 0, sum: 0 };
    bins.set(key, { weight: bin.weight + weights[i], sum: bin.sum + weights[i] * size });
    all += weights[i];
    second += weights[i] * size * size;
  });
  const list = [...bins.values()];
  return {
    centers: list.map(({ sum, weight }) => sum / weight),
    shares: list.map(({ weight }) => weight / all),
    meanSquare: second / all,
  };
}

/**
 * Density of a ratio of either sign, row by row, up to a factor: Student's t, shifted
 * (noncentral, to second order in 1 / freedom).
 */
function kernel(centers: readonly number[], scale: readonly number[], freedom: number): Float64Array {
  const density = (x: number, t: number): number => {
    const spread = Math.sqrt(1 + t * t * (1 / (2 * freedom) + WIDTH ** 2));
    const at = t * (1 + 0.75 / freedom);
    const one = (u: number) => (1 + (u / spread) ** 2 / freedom) ** (-(freedom + 1) / 2) / spread;
    return one(x - at) + one(x + at);
  };
  return Float64Array.from({ length: centers.length * scale.length }, (_, i) =>
    density(centers[Math.floor(i / scale.length)], scale[i % scale.length]),
  );
}

/** One step of EM: shares in proportion to how likely each size made what was seen. */
function expectation(f: readonly number[], likelihood: Float64Array, shares: readonly number[]) {
  const next = new Float64Array(f.length);
  let logs = 0;
  for (let k = 0, at = 0; k < shares.length; k++, at += f.length) {
    let p = 0;
    for (let j = 0; j < f.length; j++) p += f[j] * likelihood[at + j];
    logs += shares[k] * Math.log(p);
    const by = shares[k] / p;
    for (let j = 0; j < f.length; j++) next[j] += by * likelihood[at + j];
  }
  return { next: f.map((x, j) => x * next[j]), logs };
}

/**
 * The shares nearest to those given (in the sense of likelihood) that meet the condition:
 * share / (1 + lambda c), as in empirical likelihood (Owen 1988). Coefficients have both signs;
 * lambda by Newton's method between bounds, from `last`.
 */
function tilted(shares: readonly number[], c: readonly number[], last: { lambda: number }): number[] {
  const f = shares.map((share) => Math.max(LEAST_SHARE, share));
  let [lo, hi] = [-1 / Math.max(...c), -1 / Math.min(...c)];
  let lambda = last.lambda;
  for (let i = 0; i < 60; i++) {
    let [sum, slope] = [0, 0];
    for (let j = 0; j < f.length; j++) {
      const part = c[j] / (1 + lambda * c[j]);
      sum += f[j] * part;
      slope += f[j] * part * part;
    }
    // The sum falls with lambda.
    if (sum > 0) lo = lambda;
    else hi = lambda;
    const newton = lambda + sum / slope;
    const next = newton > lo && newton < hi ? newton : (lo + hi) / 2;
    const done = Math.abs(next - lambda) <= 1e-12 * Math.abs(hi - lo) || next === lo || next === hi;
    lambda = next;
    if (done) break;
  }
  last.lambda = lambda;
  return normalized(f.map((x, j) => x / (1 + lambda * c[j])));
}
