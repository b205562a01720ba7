// What can be computed without simulating: SGD on a diagonal quadratic, and the batch
// sizes at which sign descent saturates.

/** Mean loss of SGD (or of its SDE) on a diagonal quadratic with Gaussian noise after `step` steps. */
export function exactSgdLoss(
  form: 'discrete' | 'sde',
  {
    eigenvalues,
    start,
    sigma,
  }: { eigenvalues: ArrayLike<number>; start: ArrayLike<number>; sigma: ArrayLike<number> },
  { lr, batchSize, step }: { lr: number; batchSize: number; step: number },
): number {
  let loss = 0;
  for (let i = 0; i < eigenvalues.length; i++) {
    const h = eigenvalues[i];
    const noise = (lr * sigma[i]) ** 2 / batchSize;
    // E x^2 of x <- (1 - lr h) x + noise, and of the Ornstein-Uhlenbeck process it becomes.
    const factor = form === 'discrete' ? (1 - lr * h) ** 2 : Math.exp(-2 * lr * h);
    const kept = factor ** step;
    const perStep = form === 'discrete' ? 1 - factor : 2 * lr * h;
    const stationary = h === 0 ? Number.NaN : noise / perStep;
    const second = start[i] ** 2 * kept + (h === 0 ? 0 : stationary * (1 - kept));
    loss += (h * second) / 2;
  }
  return loss;
}
