// Many paths of one algorithm, or of its stochastic differential equation, on a noisy
// quadratic; what is kept is the loss. SDEs are those of arXiv 2506.12543, eqs.
// (2) and (3) (Theorem 1; after Compagnoni et al., arXiv 2411.15958).

import { UserError } from '../core/errors.ts';
import { quantileOfSorted } from '../core/quantile.ts';
import { type Method, methods } from './names.ts';
import { keepPace, type Pace } from './pace.ts';
import { BLOCK, createPathKernel } from './path-kernel.ts';
import type { Quadratic } from './problem.ts';
import type { Rule, Scalars } from './rules.ts';

export interface Simulation {
  method: Method;
  /** The algorithm itself, or its SDE by Euler-Maruyama (not for Adam). */
  form: 'discrete' | 'sde';
  problem: Quadratic;
  /** Learning rate; a step of the algorithm is this much time of the SDE. */
  lr: number;
  batchSize: number;
  /** Euler-Maruyama steps in one step of the algorithm. */
  substeps?: number;
  /** Momentum of heavy ball (m <- beta m + g), Signum (an average) and Adam's beta1; 0.9. */
  beta?: number;
  /** Adam; 0.95. */
  beta2?: number;
  paths: number;
  seed: number;
  /** Steps of the algorithm after which the loss is kept, ascending; 0 is the start. */
  record: readonly number[];
}

/** Loss over the paths at one step. */
export interface LossAt {
  step: number;
  mean: number;
  /** Of the mean. */
  standardError: number;
  /** Quartiles. */
  q1: number;
  median: number;
  q3: number;
}

/**
 * Runs `simulation`; the same numbers for the same seed on every machine. Throws UserError for what cannot be
 * simulated.
 */
export async function simulate(simulation: Simulation, pace: Pace = {}): Promise<LossAt[]> {
  const { problem, record, paths } = simulation;
  const open = openPaths(simulation);
  const losses = record.map(() => new Float64Array(paths));
  const blocks = Math.ceil(paths / BLOCK);
  const tick = keepPace(pace);
  for (let block = 0; block < blocks; block++) {
    open.begin();
    const kept = Math.min(BLOCK, paths - block * BLOCK);
    let at = 0;
    for (let r = 0; r < record.length; r++) {
      open.advance(record[r] - at);
      at = record[r];
      for (let path = 0; path < kept; path++)
        losses[r][block * BLOCK + path] = problem.lossAt(open.x, open.stride, path);
    }
    await tick(block / blocks);
  }
  return losses.map((values, r) => ({ step: record[r], ...statistics(values) }));
}

/** Eight paths of a simulation that advance together, for who draws them one by one. */
export interface OpenPaths {
  /** Coordinate i of path p: x[i * stride + p], of `BLOCK` paths. */
  x: Float32Array;
  stride: number;
  /** Puts all paths at the start; what chance brings next is not what it brought before. */
  begin(): void;
  /** Takes steps of the algorithm, also in the form of an SDE. */
  advance(steps: number): void;
}

/** Throws UserError for what cannot be simulated. */
export function openPaths(simulation: Simulation): OpenPaths {
  check(simulation);
  const { problem, seed, method, form } = simulation;
  const { rule, scalars, slope, noise, kernelSteps } = translate(simulation);
  const kernel = createPathKernel(
    rule,
    { curvature: problem.eigenvalues, matrix: problem.matrix, noise, slope, scalars },
    seed,
    `theory ${method} ${form}`,
  );
  return {
    x: kernel.x,
    stride: kernel.stride,
    begin: () => kernel.reset(problem.start),
    advance: (steps) => kernel.advance(steps * kernelSteps),
  };
}

/**
 * Moments and quartiles; not finite values make the mean not finite, and count as
 * the largest in the quartiles.
 */
export function statistics(values: Float64Array): Omit<LossAt, 'step'> {
  const n = values.length;
  let sum = 0;
  for (let i = 0; i < n; i++) sum += values[i];
  const mean = sum / n;
  let squares = 0;
  for (let i = 0; i < n; i++) squares += (values[i] - mean) ** 2;
  const sorted = values.slice().sort(); // NaN comes last
  return {
    mean,
    standardError: n > 1 ? Math.sqrt(squares / (n - 1) / n) : Number.NaN,
    q1: quantileOfSorted(sorted, 0.25),
    median: quantileOfSorted(sorted, 0.5),
    q3: quantileOfSorted(sorted, 0.75),
  };
}

/** What the method is to the kernel: its rule with its numbers. */
function translate({
  method,
  form,
  problem,
  lr,
  batchSize,
  substeps = 1,
  beta = 0.9,
  beta2 = 0.95,
}: Simulation) {
  const momentum = method === 'heavyball' || method === 'signum' || method === 'adam';
  const kept = momentum ? beta : 0;
  const noise = problem.sigma.map((sigma) => sigma / Math.sqrt(batchSize));
  const scalars: Scalars = {
    lr,
    beta: kept,
    gain: 1 - kept,
    beta2,
    gain2: 1 - beta2,
    eps: 1e-8,
    diffusion: 0,
  };
  const slope = noise.map(() => 0);
  if (form === 'discrete') {
    const rule = ({ ...plain, heavyball: 'momentum' } as Record<Method, Rule>)[method];
    if (method === 'heavyball') scalars.gain = 1;
    return { rule, scalars, slope, noise, kernelSteps: 1 };
  }
  const dt = lr / substeps;
  if (method === 'sgd' || method === 'heavyball') {
    // Heavy ball, seen over times longer than its memory, is SGD at lr / (1 - beta).
    const gain = 1 / (1 - kept);
    const rule: Rule = 'linear-sde';
    return {
      rule,
      scalars: { ...scalars, lr: dt * gain, diffusion: Math.sqrt(lr * dt) * gain },
      slope,
      noise,
      kernelSteps: substeps,
    };
  }
  const rule: Rule = 'sign-sde';
  const effective = signumBatchFactor(kept);
  return {
    rule,
    scalars: { ...scalars, lr: dt, diffusion: Math.sqrt(lr * dt * signumDiffusion(kept)) },
    // erf(sqrt(B/2) g / sigma) = erf(g / (sqrt(2) noise))
    slope: noise.map((sd) => Math.sqrt(effective / 2) / sd),
    noise,
    kernelSteps: substeps,
  };
}

const plain = { sgd: 'sgd', signsgd: 'signsgd', signum: 'signum', adam: 'adam' } as const;

/**
 * An average with memory beta has the noise of a batch (1 + beta) / (1 - beta) times as large:
 * the variance of (1 - beta) sum beta^k z_k is (1 - beta) / (1 + beta).
 */
export function signumBatchFactor(beta: number): number {
  return (1 + beta) / (1 - beta);
}

/**
 * How much more Signum diffuses than SignSGD where noise dominates: its signs are correlated over time,
 * and by the law of the arcsine the covariance of sign m_t and sign m_{t+k} is (2/pi) arcsin(beta^k).
 * The sum over all k, both sides.
 */
export function signumDiffusion(beta: number): number {
  let sum = 1;
  for (let power = beta; power > 1e-12; power *= beta) sum += (4 / Math.PI) * Math.asin(power);
  return sum;
}

function check({
  method,
  form,
  lr,
  batchSize,
  substeps = 1,
  beta = 0.9,
  beta2 = 0.95,
  paths,
  record,
}: Simulation) {
  if (!(methods as readonly string[]).includes(method))
    throw new UserError(`unknown method "${method}"; there are ${methods.join(', ')}`);
  if (method === 'adam' && form === 'sde')
    throw new UserError('Theorem 1 has no SDE for Adam: simulate it in its discrete form');
  positive('learning rate', lr);
  positive('batch size', batchSize);
  for (const [name, value] of [
    ['paths', paths],
    ['substeps', substeps],
  ] as const)
    if (!Number.isSafeInteger(value) || value < 1)
      throw new UserError(`${name} must be an integer of at least 1, not ${value}`);
  for (const [name, value] of [
    ['beta', beta],
    ['beta2', beta2],
  ] as const)
    if (!(value >= 0 && value < 1))
      throw new UserError(`${name} must be at least 0 and below 1, not ${value}`);
  if (
    record.length === 0 ||
    record.some((step, i) => !Number.isSafeInteger(step) || step < (record[i - 1] ?? 0))
  )
    throw new UserError('steps to record must be integers from 0 on, ascending');
}

export function positive(name: string, value: number): void {
  if (!(value > 0 && Number.isFinite(value)))
    throw new UserError(`${name} must be a number above 0, not ${value}`);
}
