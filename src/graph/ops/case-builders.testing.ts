// What many cases of operations have in common: pairs of shapes, matrices, shared and unary operands.
import type { Draw } from '../differences.testing.ts';
import type { Tensor } from '../tensor.ts';
import { attention } from './attention.ts';
import { mul } from './elementwise.ts';
import { minusOneHot } from './lookup.ts';
import { crossEntropy } from './loss.ts';
import { matmul } from './matmul.ts';
import { layerNorm, rmsNorm } from './norm.ts';
import { swiglu } from './swiglu.ts';

export type Build = (x: Draw) => Tensor[];

/** All outputs of the node behind `t`, e.g. the probabilities of an attention. */
export const outputsOf = (t: Tensor) => t.node.outputs;

/** Pairs of shapes that NumPy's rule stretches to one. */
export function pairs(f: (a: Tensor, b: Tensor) => Tensor): Record<string, Build> {
  const of = (left: (x: Draw, n: number, m: number) => number[], right: typeof left): Build => {
    return (x) => {
      const [n, m] = [x.size() + 1, x.size() + 1];
      return [f(x.normal(...left(x, n, m)), x.positive(...right(x, n, m)))];
    };
  };
  return {
    'equal shapes': of(
      (_, n, m) => [n, m],
      (_, n, m) => [n, m],
    ),
    'row by column': of(
      (_, n) => [n, 1],
      (_, __, m) => [1, m],
    ),
    'shorter on the right': of(
      (x, n, m) => [x.size(), n, m],
      (_, __, m) => [m],
    ),
    'shorter on the left': of(
      (_, n) => [n, 1],
      (x, n, m) => [x.size(), n, m],
    ),
    'scalar on the right': of(
      (_, n, m) => [n, m],
      () => [],
    ),
    'scalar on the left': of(
      () => [],
      (_, n, m) => [n, m],
    ),
  };
}

export const matrices = (transA: boolean, transB: boolean, batch: number[], alpha: number): Build => {
  return (x) => {
    const [m, k, n] = [x.size(), x.size(), x.size()];
    const a = x.normal(...batch, ...(transA ? [k, m] : [m, k]));
    const b = x.normal(...batch, ...(transB ? [n, k] : [k, n]));
    return [matmul(a, b, { transA, transB, alpha })];
  };
};

/** Either operand stored with its rows outermost. */
export const outermost = (outerA: boolean, outerB: boolean, transA: boolean, transB: boolean): Build => {
  return (x) => {
    const [m, k, n, batch] = [x.size(), x.size(), x.size(), [2, x.size()]];
    const matrix = ([rows, columns]: number[], outer: boolean) =>
      outer ? x.normal(rows, ...batch, columns) : x.normal(...batch, rows, columns);
    const a = matrix(transA ? [k, m] : [m, k], outerA);
    const b = matrix(transB ? [n, k] : [k, n], outerB);
    return [matmul(a, b, { transA, transB, outerA, outerB, alpha: 0.7 })];
  };
};

export const attend = (causal: boolean, keep: number[]): Build => {
  return (x) => {
    const [n, t, d, w] = [x.size(), x.size() + 1, x.size(), x.size()];
    const s = causal ? t : x.size();
    const out = attention(x.normal(t, n, 1, d), x.normal(s, n, 1, d), x.normal(s, n, 1, w), {
      scale: 0.7,
      causal,
    });
    return keep.map((i) => outputsOf(out)[i]);
  };
};

export const lossOf = (keep: number[]): Build => {
  return (x) => {
    const [n, v] = [x.size(), x.size() + 1];
    return keep.map((i) => outputsOf(crossEntropy(shared(x, n, v), shared(x, n)))[i]);
  };
};
/** Logits [n, v] and targets [n] of a case, made once. */
export function shared(x: Draw, n: number, v?: number): Tensor {
  if (v !== undefined) return x.inputs[0] ?? x.normal(n, v);
  return x.inputs[1] ?? x.ids(n, x.inputs[0].shape[1]);
}

export const unary = (f: (x: Tensor) => Tensor, positive = false): Record<string, Build> => ({
  'one value': (x) => [f(positive ? x.positive() : x.normal())],
  'a matrix': (x) => [f(positive ? x.positive(x.size(), x.size()) : x.normal(x.size(), x.size()))],
  'used twice': (x) => {
    const y = f(positive ? x.positive(x.size()) : x.normal(x.size()));
    return [mul(y, y), y];
  },
});

/** [3, 5] minus ones. */
export const difference = (x: Draw) => minusOneHot(x.normal(3, 5), x.ids(3, 5));
export const twice = (x: Tensor, f: (a: Tensor, b: Tensor) => Tensor) => [f(x, x)];
export const gated = (x: Draw) => {
  const [n, f] = [x.size(), x.size()];
  return outputsOf(swiglu(x.normal(n, f), x.normal(n, f)));
};
export const norm = (x: Draw) => {
  const width = x.size() + 1;
  return outputsOf(rmsNorm(x.normal(x.size(), width), x.normal(1, width), 1e-2));
};
export const layered = (x: Draw) => {
  const width = x.size() + 1;
  return outputsOf(layerNorm(x.normal(x.size(), width), x.normal(1, width), x.normal(1, width), 1e-2));
};
