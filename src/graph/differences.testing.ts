// For tests: random inputs for a graph, and gradients by finite differences.
import { createRng } from '../core/rng.ts';
import { mul } from './ops/elementwise.ts';
import { sumAll } from './ops/reduce.ts';
import { input } from './ops/source.ts';
import { evaluate } from './reference.ts';
import { type DType, type Shape, sizeOf, type Tensor } from './tensor.ts';

export type Feeds = Record<string, Float64Array>;

/** Makes the inputs of a graph, with values for them that float32 holds exactly. */
export function createDraw(seed: number) {
  const rng = createRng(seed, 'graph/testing');
  const feeds: Feeds = {};
  const inputs: Tensor[] = [];
  const make = (shape: Shape, value: () => number, dtype: DType = 'float32') => {
    const name = `input${inputs.length}`;
    feeds[name] = Float64Array.from({ length: sizeOf(shape) }, () => Math.fround(value()));
    inputs.push(input(name, shape, dtype));
    return inputs.at(-1)!;
  };
  return {
    feeds,
    /** All inputs made so far, and those that can be differentiated. */
    inputs,
    floats: () => inputs.filter((t) => t.dtype === 'float32'),
    /** A small random size, 1 included: it broadcasts. */
    size: () => 1 + rng.below(4),
    normal: (...shape: number[]) => make(shape, rng.normal),
    /** Away from zero: for log, sqrt and divisors. */
    positive: (...shape: number[]) => make(shape, () => 0.5 + rng.uniform()),
    ids: (length: number, below: number) => make([length], () => rng.below(below), 'int64'),
  };
}
export type Draw = ReturnType<typeof createDraw>;

/** Sum of the products of `a` and `b` over all elements. */
export const dot = (a: Tensor, b: Tensor): Tensor => sumAll(mul(a, b));

/** Value of a scalar. */
export const scalarOf = (scalar: Tensor, feeds: Feeds): number => evaluate([scalar], feeds)[0].data[0];

const nameOf = (t: Tensor) => (t.node.attrs as { name: string }).name;

/** d loss / d x at `feeds` for the input `x`, by central differences in float64. */
export function finiteDifferences(loss: Tensor, x: Tensor, feeds: Feeds): Float64Array {
  // The error is about step^2 (third derivative) + 1e-16 / step: both are near 1e-10 here.
  const step = 1e-5;
  const values = feeds[nameOf(x)];
  return values.map((_, i) => {
    const at = (by: number) => {
      const moved = values.slice();
      moved[i] += by;
      return scalarOf(loss, { ...feeds, [nameOf(x)]: moved });
    };
    return (at(step) - at(-step)) / (2 * step);
  });
}

/**
 * Largest difference of two arrays, relative to the largest value of either or to 1;
 * infinite with a NaN among them.
 */
export function difference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let largest = 1;
  let worst = 0;
  for (let i = 0; i < a.length; i++) {
    if (Number.isNaN(a[i] - b[i])) return Number.POSITIVE_INFINITY;
    largest = Math.max(largest, Math.abs(a[i]), Math.abs(b[i]));
    worst = Math.max(worst, Math.abs(a[i] - b[i]));
  }
  return worst / largest;
}
