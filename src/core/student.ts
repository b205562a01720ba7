// Quantiles of Student's t and of Fisher's F, for intervals and for what an interval does not explain.
// They are ours: the packages that have them are inexact in the tenth digit, or load four hundred modules.

/** Bisection takes long, and the cells of a large study all ask for the same few. */
const known = new Map<number, number>();

/** Two-sided 95% quantile of Student's t, e.g. 4.303 for 2 degrees of freedom. Its square is an F. */
export function t95(degrees: number): number {
  let t = known.get(degrees);
  if (t === undefined) known.set(degrees, (t = Math.sqrt(f95(1, degrees))));
  return t;
}

const [T1, T2] = [t95(1), t95(2)];

/**
 * For the mean of `n` seeds: Student's t with at most two degrees of freedom. Seeds of short runs often
 * stand on different plateaus, and n - 1 degrees would take a few that happen to agree for certain knowledge.
 * stats.test.ts counts how often it covers the true mean.
 */
export const tSeeds = (n: number): number => (n > 2 ? T2 : T1);

/** Degrees of freedom of that quantile. */
export const seedDegrees = (n: number): number => Math.min(2, n - 1);

/** 95% quantile of F, e.g. 9.552 for 2 and 3 degrees of freedom. */
export function f95(above: number, below: number): number {
  // The share y = below / (below + above F) has a beta distribution. Bisection goes on until two doubles are
  // neighbours.
  let [lo, hi] = [0, 1];
  for (;;) {
    const y = (lo + hi) / 2;
    if (y <= lo || y >= hi) return (below * (1 - y)) / (above * y);
    if (betaShare(y, below / 2, above / 2) < 0.05) lo = y;
    else hi = y;
  }
}

/**
 * Regularized incomplete beta function I_x(a, b): the share of a beta distribution below x,
 * by its continued fraction (DLMF 8.17.22), evaluated from the front (Lentz).
 */
export function betaShare(x: number, a: number, b: number): number {
  if (x <= 0 || x >= 1) return x <= 0 ? 0 : 1;
  // The fraction is quick on this side of the mean; the other side is one minus its mirror image.
  if (x > (a + 1) / (a + b + 2)) return 1 - betaShare(1 - x, b, a);
  const scale = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x));
  let [value, c, d] = [1, 1, 0];
  for (let m = 0; m < 1e4; m++) {
    const [k, j] = [a + 2 * m, m + 1];
    const odd = (-(a + m) * (a + b + m) * x) / (k * (k + 1));
    const even = (j * (b - j) * x) / ((k + 1) * (k + 2));
    let factor = 1;
    for (const term of [odd, even]) {
      d = 1 / (1 + term * d);
      c = 1 + term / c;
      factor = c * d;
      value *= factor;
    }
    if (Math.abs(factor - 1) < 1e-15) break;
  }
  return scale / (a * value);
}

/** Natural logarithm of the gamma function for x > 0, by Lanczos' approximation (g = 7, nine terms). */
function logGamma(x: number): number {
  const terms = [
    0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
    12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
  ];
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const sum = terms.reduce((all, term, i) => all + term / (x - 1 + i));
  const t = x + 6.5;
  return Math.log(2 * Math.PI) / 2 + (x - 0.5) * Math.log(t) - t + Math.log(sum);
}
