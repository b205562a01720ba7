// One run of an optimizer on a quadratic whose gradient comes from a few columns of its data,
// or with added noise.
import { createRng } from '../core/rng.ts';
import type { Hessian } from './hessians.ts';
import type { DescentMethod, NoiseModel } from './names.ts';
import { createNormals } from './normals.ts';
import { positive } from './simulate.ts';

export interface Descent {
  method: DescentMethod;
  hessian: Hessian;
  noise: NoiseModel;
  sigma: number;
  batchSize: number;
  steps: number;
  lr: number;
  /** Momentum (an average: dampened), and Adam's beta1 = beta2. */
  beta: number;
  /** Share of the steps with rising learning rate; then cosine to 0. */
  warmup: number;
  seed: number;
}

/**
 * Final loss from w = (1, ..., 1); Infinity when it is not a number. Deterministic in its arguments.
 * `watch` is told the loss before each step, and changes nothing.
 */
export function descend(run: Descent, watch?: (step: number, loss: number) => void): number {
  const { method, hessian, steps, lr, beta, warmup, seed } = run;
  const { dim } = hessian;
  positive('learning rate', lr);
  const w = new Float64Array(dim).fill(1);
  const [g, m, v] = [new Float64Array(dim), new Float64Array(dim), new Float64Array(dim)];
  const gradient = gradientOf(run, seed);
  const warm = Math.round(warmup * steps);
  const gain = 1 - beta;
  let power = 1;
  for (let t = 0; t < steps; t++) {
    watch?.(t, lossAt(hessian, w));
    const rate =
      lr *
      (t < warm ? (t + 1) / warm : 0.5 * (1 + Math.cos((Math.PI * (t - warm)) / Math.max(1, steps - warm))));
    gradient(w, g);
    power *= beta;
    if (method === 'adam') {
      const bias = 1 - power;
      for (let i = 0; i < dim; i++) {
        m[i] = beta * m[i] + gain * g[i];
        v[i] = beta * v[i] + gain * g[i] * g[i];
        w[i] -= (rate * m[i]) / bias / (Math.sqrt(v[i] / bias) + 1e-8);
      }
    } else {
      let square = 0;
      for (let i = 0; i < dim; i++) {
        m[i] = beta * m[i] + gain * g[i];
        square += m[i] * m[i];
      }
      const scale = method === 'nsgd' ? rate / (Math.sqrt(square) + 1e-300) : rate;
      if (method === 'signum') for (let i = 0; i < dim; i++) w[i] -= rate * Math.sign(m[i]);
      else for (let i = 0; i < dim; i++) w[i] -= scale * m[i];
    }
    if (t % 16 === 15 && !w.every(Number.isFinite)) return Number.POSITIVE_INFINITY;
  }
  const loss = lossAt(hessian, w);
  return Number.isFinite(loss) ? loss : Number.POSITIVE_INFINITY;
}

/** The loss that runs start from. */
export const firstLoss = (hessian: Hessian): number => lossAt(hessian, new Float64Array(hessian.dim).fill(1));

function lossAt({ dim, rows }: Hessian, w: Float64Array): number {
  let loss = 0;
  for (let i = 0; i < dim; i++) {
    let row = 0;
    for (let j = 0; j < dim; j++) row += rows[i * dim + j] * w[j];
    loss += 0.5 * w[i] * row;
  }
  return loss;
}

/** The mini-batch gradient at w, into `out`. */
function gradientOf({ hessian, noise, sigma, batchSize }: Descent, seed: number) {
  const { dim, rows, vectors, values } = hessian;
  if (noise === 'columns') {
    const rng = createRng(seed, 'theory columns');
    const order = Int32Array.from({ length: dim }, (_, i) => i);
    return (w: Float64Array, out: Float64Array) => {
      out.fill(0);
      for (let b = 0; b < batchSize; b++) {
        // Fisher-Yates, only as far as it is needed.
        const pick = b + (batchSize < dim ? rng.below(dim - b) : 0);
        const k = order[pick];
        order[pick] = order[b];
        order[b] = k;
        let along = 0;
        for (let i = 0; i < dim; i++) along += vectors[k * dim + i] * w[i];
        const weight = (dim / batchSize) * values[k] * along;
        for (let i = 0; i < dim; i++) out[i] += weight * vectors[k * dim + i];
      }
    };
  }
  const normal = createNormals(seed, 'theory gradient noise');
  const scale = sigma / Math.sqrt(batchSize);
  const roots = values.map(Math.sqrt);
  return (w: Float64Array, out: Float64Array) => {
    for (let i = 0; i < dim; i++) {
      let row = 0;
      for (let j = 0; j < dim; j++) row += rows[i * dim + j] * w[j];
      out[i] = noise === 'isotropic' && scale > 0 ? row + scale * normal() : row;
    }
    if (noise === 'hessian' && scale > 0)
      for (let k = 0; k < dim; k++) {
        const weight = scale * roots[k] * normal();
        for (let i = 0; i < dim; i++) out[i] += weight * vectors[k * dim + i];
      }
  };
}
