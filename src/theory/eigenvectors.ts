// The eigenvectors of a small symmetric matrix.

/** Eigenvectors (as rows) and eigenvalues of a symmetric matrix by cyclic Jacobi rotations. */
export function eigenvectors(matrix: readonly (readonly number[])[]): {
  vectors: Float64Array;
  values: Float64Array;
} {
  const n = matrix.length;
  const a = matrix.map((row) => Float64Array.from(row));
  const v = matrix.map((_, i) => Float64Array.from({ length: n }, (_, j) => (i === j ? 1 : 0)));
  const scale = Math.hypot(...a.map((row) => Math.hypot(...row)));
  for (let sweep = 0; sweep < 60; sweep++) {
    let off = 0;
    for (let p = 0; p < n; p++) for (let q = 0; q < p; q++) off = Math.max(off, Math.abs(a[p][q]));
    if (off <= 1e-15 * scale) break;
    for (let p = 0; p < n; p++)
      for (let q = 0; q < p; q++) {
        if (a[p][q] === 0) continue;
        const theta = (a[q][q] - a[p][p]) / (2 * a[p][q]);
        const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.hypot(theta, 1));
        const c = 1 / Math.hypot(t, 1);
        const s = t * c;
        for (let k = 0; k < n; k++)
          [a[k][p], a[k][q]] = [c * a[k][p] - s * a[k][q], s * a[k][p] + c * a[k][q]];
        for (let k = 0; k < n; k++)
          [a[p][k], a[q][k]] = [c * a[p][k] - s * a[q][k], s * a[p][k] + c * a[q][k]];
        for (let k = 0; k < n; k++)
          [v[p][k], v[q][k]] = [c * v[p][k] - s * v[q][k], s * v[p][k] + c * v[q][k]];
      }
  }
  const vectors = new Float64Array(n * n);
  v.forEach((row, k) => {
    vectors.set(row, k * n);
  });
  return { vectors, values: Float64Array.from(a, (row, i) => row[i]) };
}
