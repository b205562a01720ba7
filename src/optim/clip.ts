// Global-norm clipping of the gradient, as one factor that the update pass multiplies in: no pass of its own.

/**
 * min(1, clip / (gradNorm + 1e-6)), the factor of PyTorch's clip_grad_norm_ (its 1e-6 included,
 * so that traces agree). `clip` null switches clipping off. An infinite norm gives 0 and a NaN norm NaN,
 * as there: callers look at the norm first, a step with a non-finite gradient is divergence.
 */
export function clipFactor(gradNorm: number, clip: number | null): number {
  return clip === null ? 1 : Math.min(1, clip / (gradNorm + 1e-6));
}

/**
 * From the sum of squares of a gradient summed over `pieces` micro-batches: the norm of the mean gradient,
 * the clip factor, and `gradScale`, by which the summed gradient is to be multiplied (mean and clip in one).
 */
export function gradientScale(
  sumSquares: number,
  pieces: number,
  clip: number | null,
): { gradNorm: number; factor: number; gradScale: number } {
  const gradNorm = Math.sqrt(sumSquares) / pieces;
  const factor = clipFactor(gradNorm, clip);
  return { gradNorm, factor, gradScale: factor / pieces };
}
