// Update directions compared: angles, signs, concentration, and what a quadratic
// model of the loss says of a step.

/** u . v in float64. */
export function dot(u: Float32Array, v: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < u.length; i++) sum += u[i] * v[i];
  return sum;
}

export const norm = (u: Float32Array): number => Math.sqrt(dot(u, u));

/** Cosine of the angle; null when one of them is zero. */
export function cosine(u: Float32Array, v: Float32Array): number | null {
  const product = norm(u) * norm(v);
  return product > 0 ? Math.max(-1, Math.min(1, dot(u, v) / product)) : null;
}

/** Share of equal signs among coordinates where both move; null where none does. */
export function signAgreement(u: Float32Array, v: Float32Array): number | null {
  let [same, both] = [0, 0];
  for (let i = 0; i < u.length; i++) {
    if (u[i] === 0 || v[i] === 0) continue;
    both++;
    if (u[i] > 0 === v[i] > 0) same++;
  }
  return both > 0 ? same / both : null;
}

/**
 * Share of |u|^2 in the largest `share` of the coordinates (one at least): `share` itself when all are equal.
 */
export function topShare(u: Float32Array, share: number): number | null {
  const squares = u.map((x) => x * x).sort();
  let [all, top] = [0, 0];
  const from = squares.length - Math.max(1, Math.round(share * squares.length));
  for (let i = 0; i < squares.length; i++) {
    all += squares[i];
    if (i >= from) top += squares[i];
  }
  return all > 0 ? top / all : null;
}

/**
 * The second-order picture of the step x -> x + d, f(x + d) = f(x) + <grad f, d> + d'Hd / 2 + ...
 * (arXiv 2506.12543, eq. 1).
 */
export interface Taylor {
  /** <grad f, d>: the first-order term. */
  first: number;
  /** d'Hd / 2: the second-order term. */
  second: number;
  /** Their sum: the change that the quadratic model predicts. */
  sum: number;
  /** f(x + d) - f(x) as measured. */
  actual: number;
  norm: number;
  /** <grad f, d> / |d|: gradient correlation of the unit direction. */
  slope: number;
  /** d'Hd / |d|^2: directional sharpness of the unit direction. */
  sharpness: number;
  /**
   * Change at the best length along d, -slope^2 / (2 sharpness): free of any learning rate;
   * null where d goes uphill or curves down.
   */
  best: number | null;
}

/** `hessian` is H d, `gradient` that of f at x, `actual` the measured change of f. */
export function taylor(
  d: Float32Array,
  gradient: Float32Array,
  hessian: Float32Array,
  actual: number,
): Taylor {
  const length = norm(d);
  const first = dot(gradient, d);
  const second = dot(d, hessian) / 2;
  const slope = length > 0 ? first / length : 0;
  const sharpness = length > 0 ? (2 * second) / length ** 2 : 0;
  const best = slope < 0 && sharpness > 0 ? -(slope ** 2) / (2 * sharpness) : null;
  return { first, second, sum: first + second, actual, norm: length, slope, sharpness, best };
}
