// Muon: momentum whose matrices are made orthogonal before the step; Adam for what is not a hidden matrix.
import {
  add as plus,
  div as quotient,
  sqrt as root,
  scale as scaled,
  mul as times,
} from '../graph/ops/elementwise.ts';
import { matmul } from '../graph/ops/matmul.ts';
import { sum } from '../graph/ops/reduce.ts';
import { transpose } from '../graph/ops/shape.ts';
import { adam } from './adam.ts';
import { embed } from './compose.ts';
import { add, mapTensors, mul, type TensorMap } from './expr.ts';
import { defineOptimizer } from './rule.ts';

/**
 * Of the quintic a X + b (X X^T) X + c (X X^T)^2 X, steepest at zero: singular values
 * end between about .7 and 1.2.
 */
const [A, B, C] = [3.4445, -4.775, 2.0315];
const EPS = 1e-7;

/**
 * A matrix to (about) U V^T of its singular value decomposition, by `steps` Newton-Schulz iterations,
 * times .2 sqrt(longer side), which makes its root mean square about that of a step
 * of Adam (arXiv 2502.16982, section 2.2): one learning rate then does for both.
 */
const orthogonal = (steps: number): TensorMap => ({
  name: `orthogonal ${steps}`,
  room({ rows, columns }) {
    const short = Math.min(rows, columns);
    return 3 * rows * columns + 3 * short * short;
  },
  apply(data, { rows, columns }, { room, multiply }) {
    const [short, long] = rows <= columns ? [rows, columns] : [columns, rows];
    const size = rows * columns;
    // x holds the matrix lying (short x long), so that the products of x x^T are small.
    let x = room(size);
    const xT = room(size);
    let next = room(size);
    const [gram, square, mix] = [0, 1, 2].map(() => room(short * short));
    const gramSize = { rows: short, inner: long, columns: short };
    const squareSize = { rows: short, inner: short, columns: short };
    const mixSize = { rows: short, inner: short, columns: long };
    let squares = 0;
    for (let i = 0; i < size; i++) squares += data[i] * data[i];
    const inverse = 1 / Math.max(Math.sqrt(squares), EPS);
    if (rows <= columns) for (let i = 0; i < size; i++) x[i] = data[i] * inverse;
    else
      for (let i = 0; i < rows; i++)
        for (let j = 0; j < columns; j++) x[j * rows + i] = data[i * columns + j] * inverse;
    for (let step = 0; step < steps; step++) {
      for (let i = 0; i < short; i++) for (let j = 0; j < long; j++) xT[j * short + i] = x[i * long + j];
      multiply(gram, x, xT, gramSize);
      multiply(square, gram, gram, squareSize);
      for (let i = 0; i < mix.length; i++) mix[i] = B * gram[i] + C * square[i];
      for (let i = 0; i < short; i++) mix[i * short + i] += A;
      multiply(next, mix, x, mixSize);
      [x, next] = [next, x];
    }
    const scale = 0.2 * Math.sqrt(long);
    if (rows <= columns) for (let i = 0; i < size; i++) data[i] = x[i] * scale;
    else
      for (let i = 0; i < rows; i++)
        for (let j = 0; j < columns; j++) data[i * columns + j] = x[j * rows + i] * scale;
  },
  graph(matrices, { rows, columns }, { atLeast }) {
    const tall = rows > columns;
    const norms = root(sum(times(matrices, matrices), [1, 2]));
    const unit = quotient(matrices, atLeast(norms, EPS));
    let x = tall ? transpose(unit, [0, 2, 1]) : unit;
    for (let step = 0; step < steps; step++) {
      const gram = matmul(x, x, { transB: true });
      const mix = plus(scaled(gram, B), matmul(gram, gram, { alpha: C }));
      x = plus(scaled(x, A), matmul(mix, x));
    }
    const size = 0.2 * Math.sqrt(Math.max(rows, columns));
    return scaled(tall ? transpose(x, [0, 2, 1]) : x, size);
  },
});

const other = embed(adam, 'adam', { ownState: false });

/**
 * Matrices of attention and MLP: m <- momentum m + (1 - momentum) g; with Nesterov
 * G = momentum m + (1 - momentum) g, else G = m; p <- p - lr .2 sqrt(max(rows, columns)) NS(G).
 * Every tensor of the exported model is a matrix of its own: Q, K, V, gate, up, and those of each expert.
 * Embedding, head and norms: Adam, its learning rate `adam.lr` times this one.
 */
export const muon = defineOptimizer({
  name: 'muon',
  summary: 'momentum made orthogonal (Newton-Schulz) for hidden matrices, Adam for the rest',
  source: 'Jordan et al. 2024, kellerjordan.github.io/posts/muon; scale of arXiv 2502.16982',
  hyper: {
    momentum: {
      default: 0.95,
      why: "the author's, and that of gaplab's SGD and Adam",
      min: 0,
      below: 1,
      grid: [0.9, 0.95, 0.98],
    },
    nesterov: { default: 1, why: "the author's", oneOf: [0, 1] },
    nsSteps: {
      default: 5,
      why: "the author's: five steps bring singular values near 1",
      oneOf: [1, 2, 3, 4, 5, 6, 8, 10],
    },
    ...other.hyper,
    'adam.lr': {
      default: 1,
      why: 'arXiv 2502.16982: with its scale of the steps both take the same learning rate',
      min: 0,
    },
  },
  // .005 and .015 are within .06 nats of each other at batch size 16 for `nano`
  // and a quarter of a million tokens.
  lrGuess: 0.01,
  scaling: 'invariant',
  state: (hyper) => [...new Set(['m', ...other.state(hyper)])],
  scalars: (at) => ({
    ...other.scalars(at),
    momentum: at.hyper.momentum,
    gain: 1 - at.hyper.momentum,
    'adam.lr': at.hyper['adam.lr'],
  }),
  update(x, hyper, tensor) {
    const hidden = tensor.kind === 'attention' || tensor.kind === 'mlp';
    if (!hidden || !tensor.shape.matrix) {
      const out = other.update(x, hyper, tensor);
      return { ...out, u: mul(x.scalars['adam.lr'], out.u) };
    }
    const { momentum, gain } = x.scalars;
    const towards = (m: typeof x.g) => add(mul(momentum, m), mul(gain, x.g));
    const m = towards(x.state.m);
    return { u: mapTensors(orthogonal(hyper.nsSteps), hyper.nesterov ? towards(m) : m), state: { m } };
  },
});
