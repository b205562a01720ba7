// The error function in double precision.

/**
 * erf(x) = 2/√π ∫₀ˣ exp(−t²) dt, by the series exp(−x²) Σ 2ⁿ x²ⁿ⁺¹ / (1·3·…·(2n+1)).
 * All its terms have the same sign, so nothing cancels.
 */
export function erf(x: number): number {
  // The rest is below half an ulp of 1.
  if (Math.abs(x) > 6) return Math.sign(x);
  const square = x * x;
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= (2 * square) / (2 * n + 1);
    sum += term;
  }
  // Rounding must not take it past 1: callers take the root of 1 − erf².
  const share = (2 / Math.sqrt(Math.PI)) * Math.exp(-square) * sum;
  return Math.max(-1, Math.min(1, share));
}
