// Adafactor: Adam's second moment replaced by what its row and column means say of it,
// steps relative to the parameter.
import { div as quotient, scale, mul as times } from '../graph/ops/elementwise.ts';
import { sum } from '../graph/ops/reduce.ts';
import {
  add,
  div,
  type Floats,
  mapTensors,
  max,
  mul,
  rms,
  sqrt,
  type TensorMap,
  type TensorShape,
} from './expr.ts';
import { defineOptimizer } from './rule.ts';

/**
 * A matrix by the best matrix of rank one for it (in the sense of arXiv 1804.04235, section 3):
 * element [i, j] becomes mean of row i times mean of column j by the mean of all. A vector stays as it is.
 */
function factored(eps: number): TensorMap {
  return {
    name: `factored ${eps}`,
    room: () => 0,
    apply(data, shape) {
      if (shape.matrix) rankOne(data, shape, eps);
    },
    graph(x, { matrix, rows, columns }, { atLeast }) {
      if (!matrix) return x;
      const rowMeans = scale(sum(x, [2]), 1 / columns);
      const mean = scale(sum(rowMeans, [1]), 1 / rows);
      const columnMeans = scale(sum(x, [1]), 1 / rows);
      return times(quotient(rowMeans, atLeast(mean, eps)), columnMeans);
    },
  };
}

function rankOne(data: Floats, { rows, columns }: TensorShape, eps: number): void {
  const rowMeans = new Float64Array(rows);
  const columnMeans = new Float64Array(columns);
  let mean = 0;
  for (let i = 0; i < rows; i++) {
    const row = i * columns;
    let sum = 0;
    for (let j = 0; j < columns; j++) {
      const value = data[row + j];
      sum += value;
      columnMeans[j] += value;
    }
    rowMeans[i] = sum / columns;
    mean += sum;
  }
  // Math.max lets a NaN through.
  const scale = 1 / (rows * Math.max(mean / (rows * columns), eps));
  for (let i = 0; i < rows; i++) {
    const row = i * columns;
    const factor = rowMeans[i] * scale;
    for (let j = 0; j < columns; j++) data[row + j] = factor * columnMeans[j];
  }
}

/**
 * With t = step + 1: v <- (1 - t^-decayRate) v + t^-decayRate g^2; u = g / max(sqrt(V), eps1)
 * for V = `factored(v)`; u <- u / max(1, rms(u) / d); p <- p - max(eps2, rms(p)) min(lr, 1 / sqrt(t)) u,
 * rms over the tensor.
 *
 * The authors keep row and column means only, which is what Adafactor is for; v is kept
 * whole here, and its means are taken when they are needed. That is the same rule,
 * because the mean of an average is the average of the means, without the saving.
 * eps1 stands where PyTorch has it (a floor under the root), not added to g^2.
 */
export const adafactor = defineOptimizer({
  name: 'adafactor',
  summary: 'factored second moment, steps relative to the size of the parameter',
  source: 'Shazeer & Stern, arXiv 1804.04235, Algorithms 4 and 5, without momentum, as in PyTorch',
  hyper: {
    decayRate: {
      default: 0.8,
      why: 'arXiv 1804.04235, section 7.2: beta2 = 1 - t^-0.8',
      min: 0,
      max: 1,
      grid: [0.5, 0.8],
    },
    eps1: {
      default: 1e-15,
      why: "the root of arXiv 1804.04235's 1e-30 (PyTorch's default, 1.2e-7, is above the mean square of a usual gradient)",
      min: 1e-18,
    },
    eps2: {
      default: 1e-3,
      why: 'arXiv 1804.04235: a parameter of zeros can still move',
      min: 1e-30,
    },
    d: { default: 1, why: 'arXiv 1804.04235: root mean square of a step is at most 1', min: 1 },
  },
  // Best of .01 to .1 at batch size 16 for `nano` and a quarter of a million tokens;
  // from step 100 on 1 / sqrt(t) is below it.
  lrGuess: 0.1,
  scaling: 'invariant',
  state: () => ['v'],
  scalars: ({ step, lr, hyper: { decayRate, eps1, eps2, d } }) => ({
    gain2: (step + 1) ** -decayRate,
    // The step is p - lr u for every rule; this makes min(lr, 1 / sqrt(t)) of it.
    relative: lr > 0 ? Math.min(1, 1 / (lr * Math.sqrt(step + 1))) : 1,
    eps1,
    eps2,
    byD: 1 / d,
  }),
  update({ p, g, state, scalars: s }, { eps1 }) {
    const v = add(state.v, mul(s.gain2, add(mul(g, g), mul(-1, state.v))));
    const raw = div(g, max(sqrt(mapTensors(factored(eps1), v)), s.eps1));
    const cut = max(1, mul(s.byD, rms('tensor', raw)));
    const size = mul(s.relative, max(s.eps2, rms('tensor', p)));
    return { u: mul(div(size, cut), raw), state: { v } };
  },
});
