// Eigenvalues of a symmetric tridiagonal matrix, with the first and last component of each eigenvector:
// all that Lanczos needs (weights of the quadrature, residuals of the Ritz values).

export interface TridiagonalEigen {
  /** Eigenvalues, ascending. */
  values: number[];
  /** First and last component of the unit eigenvectors, in the same order (signs are arbitrary). */
  first: number[];
  last: number[];
}

/** An off-diagonal element counts as zero below this, whatever its neighbours: products of such underflow. */
const UNDERFLOW = 1e-150;
/** A QL sweep that has not converged by then never will (two or three are usual). */
const MAX_SWEEPS = 60;

/**
 * `diagonal` of length m, `off` of length m - 1. Implicit QL with Wilkinson's shift
 * (Golub & Van Loan, section 8.3), the rotations applied to two rows of the eigenvector matrix only.
 * Throws RangeError for a value that is not finite.
 */
export function tridiagonalEigen(diagonal: readonly number[], off: readonly number[]): TridiagonalEigen {
  const m = diagonal.length;
  if ([...diagonal, ...off].some((x) => !Number.isFinite(x)))
    throw new RangeError('tridiagonalEigen: values must be finite');
  const d = [...diagonal];
  const e = [...off.slice(0, m - 1), 0];
  const first = d.map((_, i) => +(i === 0));
  const last = d.map((_, i) => +(i === m - 1));
  const negligible = (i: number) =>
    Math.abs(e[i]) <= Math.max(UNDERFLOW, Number.EPSILON * (Math.abs(d[i]) + Math.abs(d[i + 1])));
  for (let l = 0; l < m; l++)
    for (let sweep = 0; ; sweep++) {
      let end = l;
      while (end < m - 1 && !negligible(end)) end++;
      if (end === l) break;
      if (sweep === MAX_SWEEPS) throw new RangeError('tridiagonalEigen: no convergence');
      const half = (d[l + 1] - d[l]) / (2 * e[l]);
      let g = d[end] - d[l] + e[l] / (half + Math.sign(half || 1) * Math.hypot(half, 1));
      let [s, c, p] = [1, 1, 0];
      let i = end - 1;
      for (; i >= l; i--) {
        const f = s * e[i];
        const b = c * e[i];
        const r = Math.hypot(f, g);
        e[i + 1] = r;
        if (r === 0) {
          // The matrix falls into two parts here: undo the shift and start over on the smaller one.
          d[i + 1] -= p;
          e[end] = 0;
          break;
        }
        s = f / r;
        c = g / r;
        const shifted = d[i + 1] - p;
        const t = (d[i] - shifted) * s + 2 * c * b;
        p = s * t;
        d[i + 1] = shifted + p;
        g = c * t - b;
        for (const row of [first, last])
          [row[i + 1], row[i]] = [s * row[i] + c * row[i + 1], c * row[i] - s * row[i + 1]];
      }
      if (i >= l) continue;
      d[l] -= p;
      e[l] = g;
      e[end] = 0;
    }
  const order = d.map((_, i) => i).sort((a, b) => d[a] - d[b]);
  return {
    values: order.map((i) => d[i]),
    first: order.map((i) => first[i]),
    last: order.map((i) => last[i]),
  };
}
