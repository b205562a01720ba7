// The oracle: a rule evaluated in float64, slowly and plainly. Fused kernels are tested against it, and small
// experiments (quadratics) can use it directly. With `round` = Math.fround it gives the very bits of float32
// arithmetic (rounding a float64 +, -, *, /, sqrt of float32 numbers once more is harmless).
import { type Expr, type MapTools, type Mask, type Measure, quantileRank } from './expr.ts';
import {
  GRAD,
  GRAD_SCALE,
  LR,
  type OptimizerDef,
  PARAM,
  stateBuffer,
  type TensorSpec,
  tensorGroups,
  vectorOf,
} from './rule.ts';

type Round = (x: number) => number;
const exact: Round = (x) => x;

const unary = { neg: (a: number) => -a, sqrt: Math.sqrt, abs: Math.abs, sign: Math.sign };
const binary = {
  add: (a: number, b: number) => a + b,
  sub: (a: number, b: number) => a - b,
  mul: (a: number, b: number) => a * b,
  div: (a: number, b: number) => a / b,
  min: Math.min,
  max: Math.max,
  // WebAssembly's f32x4.pmin and pmax: the first operand unless the second is beyond it.
  // biome-ignore lint/complexity/useMathMinMax: NaN and zeros go another way
  pmin: (a: number, b: number) => (b < a ? b : a),
  // biome-ignore lint/complexity/useMathMinMax: NaN and zeros go another way
  pmax: (a: number, b: number) => (a < b ? b : a),
};
const compare = {
  lt: (a: number, b: number) => a < b,
  le: (a: number, b: number) => a <= b,
  gt: (a: number, b: number) => a > b,
  eq: (a: number, b: number) => a === b,
};

/** Sums in the order given; a kernel's sum in another order agrees to the last bits of a float64. */
function measure({ op }: Measure, values: readonly number[], share: number): number {
  if (op === 'quantile') {
    // NaN sorts as the largest in typed arrays.
    const sorted = Float64Array.from(values, Math.abs).sort();
    return sorted[quantileRank(share, sorted.length)];
  }
  const squares = values.reduce((sum, x) => sum + x * x, 0);
  return Math.sqrt(op === 'rms' ? squares / values.length : squares);
}

const tools: MapTools = {
  room: (elements) => new Float64Array(elements),
  multiply(c, a, b, { rows, inner, columns }) {
    for (let i = 0; i < rows; i++)
      for (let j = 0; j < columns; j++) {
        let sum = 0;
        for (let k = 0; k < inner; k++) sum += a[i * inner + k] * b[k * columns + j];
        c[i * columns + j] = sum;
      }
  },
};

/**
 * Values of expressions over the coordinates of `tensors` one after the other, given
 * the values of buffers (arrays of that length) and scalars by name; every result goes through `round`.
 */
export function evaluateAll(
  exprs: readonly Expr[],
  buffers: Record<string, ArrayLike<number>>,
  scalars: Record<string, number>,
  tensors: readonly TensorSpec[],
  round: Round = exact,
): number[][] {
  const count = tensors.reduce((n, t) => n + t.size, 0);
  const known = new Map<Expr | Mask, ArrayLike<number>>();
  const all = (f: (i: number) => number) => {
    const values = new Float64Array(count);
    for (let i = 0; i < count; i++) values[i] = round(f(i));
    return values;
  };
  const read = <T>(from: Record<string, T>, name: string) => {
    if (!Object.hasOwn(from, name)) throw new Error(`no value for "${name}"`);
    return from[name];
  };
  /** `f` of each tensor's part, laid out again. */
  const perTensor = (f: (from: number, to: number, tensor: TensorSpec) => ArrayLike<number>) => {
    let from = 0;
    return tensors.flatMap((tensor) => Array.from(f(from, (from += tensor.size), tensor)));
  };
  const visit = (e: Expr | Mask): ArrayLike<number> => {
    let values = known.get(e);
    if (!values) known.set(e, (values = compute(e)));
    return values;
  };
  const compute = (e: Expr | Mask): ArrayLike<number> => {
    switch (e.op) {
      case 'const':
        return all(() => e.value);
      case 'buffer': {
        const values = read(buffers, e.name);
        return all((i) => values[i]);
      }
      case 'scalar': {
        const value = read(scalars, e.name);
        return all(() => value);
      }
      case 'select': {
        const [mask, yes, no] = e.args.map(visit);
        return all((i) => (mask[i] ? yes[i] : no[i]));
      }
      case 'norm':
      case 'rms':
      case 'quantile': {
        const values = Array.from(visit(e.args[0]));
        // Not rounded: a share decides on a rank.
        const share = e.op === 'quantile' ? evaluateAll([e.args[1]], {}, scalars, [vectorOf(1)])[0][0] : 0;
        if (e.scope === 'all') {
          const value = measure(e, values, share);
          return all(() => value);
        }
        return perTensor((from, to) =>
          new Array<number>(to - from).fill(round(measure(e, values.slice(from, to), share))),
        );
      }
      case 'map': {
        const values = Float64Array.from(visit(e.args[0]));
        return perTensor((from, to, { shape }) => {
          const part = values.slice(from, to);
          e.map.apply(part, shape, tools);
          return part.map(round);
        });
      }
      case 'neg':
      case 'sqrt':
      case 'abs':
      case 'sign': {
        const [a, f] = [visit(e.args[0]), unary[e.op]];
        return all((i) => f(a[i]));
      }
      case 'lt':
      case 'le':
      case 'gt':
      case 'eq': {
        const [a, b] = e.args.map(visit);
        const f = compare[e.op];
        return all((i) => Number(f(a[i], b[i])));
      }
      default: {
        const [a, b] = e.args.map(visit);
        const f = binary[e.op];
        return all((i) => f(a[i], b[i]));
      }
    }
  };
  return exprs.map((e) => Array.from(visit(e)));
}

/** Value of an expression for one coordinate, the only one there is. */
export const evaluate = (
  expr: Expr,
  buffers: Record<string, number>,
  scalars: Record<string, number>,
  round: Round = exact,
): number =>
  evaluateAll(
    [expr],
    Object.fromEntries(Object.entries(buffers).map(([name, value]) => [name, [value]])),
    scalars,
    [vectorOf(1)],
    round,
  )[0][0];

/**
 * One step in place over plain arrays of one length; `state` in the order of `def.state(hyper)`.
 * `step` from 0. Without `tensors` all coordinates are one vector.
 */
export function referenceStep(
  def: OptimizerDef,
  hyper: Record<string, number>,
  at: {
    param: number[];
    grad: ArrayLike<number>;
    state: number[][];
    lr: number;
    step: number;
    gradScale?: number;
    tokens?: { seen: number; now: number };
    /**
     * Sums of squared gradients of so many micro-batches, for rules that declare `squares`;
     * left out: the gradient is one.
     */
    microBatches?: number;
    squares?: readonly number[];
    tensors?: readonly TensorSpec[];
    round?: Round;
  },
): void {
  const { param, grad, state, lr, step, tokens, tensors = [vectorOf(param.length)] } = at;
  const scalars = {
    ...def.scalars({ lr, step, hyper, tokens, microBatches: at.microBatches }),
    [LR]: lr,
    [GRAD_SCALE]: at.gradScale ?? 1,
  };
  for (const { buffer } of def.squares?.(hyper) ?? []) {
    const sums = state[def.state(hyper).indexOf(buffer)];
    const round = at.round ?? exact;
    sums.forEach((_, i) => {
      sums[i] = at.squares?.[i] ?? round(grad[i] * grad[i]);
    });
  }
  const flat: Record<string, ArrayLike<number>> = { [PARAM]: param, [GRAD]: grad };
  def.state(hyper).forEach((name, k) => {
    flat[stateBuffer(name)] = state[k];
  });
  for (const group of tensorGroups(def, hyper, tensors)) {
    const places = group.tensors.flatMap(({ offset, size }) =>
      Array.from({ length: size }, (_, i) => offset + i),
    );
    const before = Object.fromEntries(
      Object.entries(flat).map(([name, values]) => [name, places.map((i) => values[i])]),
    );
    const after = evaluateAll(group.values, before, scalars, group.tensors, at.round);
    group.buffers.forEach((name, k) => {
      places.forEach((place, i) => {
        (flat[name] as number[])[place] = after[k][i];
      });
    });
  }
}

/** Zero-filled state buffers for `count` coordinates. */
export const referenceState = (def: OptimizerDef, hyper: Record<string, number>, count: number): number[][] =>
  def.state(hyper).map(() => new Array<number>(count).fill(0));
