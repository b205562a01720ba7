// An optimizer's rule as graph operations: the update of whole tensors, for devices
// where it runs as ONNX nodes. The same expressions are compiled to SIMD passes
// for the CPU (runtime/passes) and evaluated in float64 by the oracle (optim/reference.ts).
import { broadcast } from '../../../graph/broadcast.ts';
import { add, div, mul, neg, scale, sqrt, sub } from '../../../graph/ops/elementwise.ts';
import { expand, sum, sumAll } from '../../../graph/ops/reduce.ts';
import { concat, reshape } from '../../../graph/ops/shape.ts';
import { fill } from '../../../graph/ops/source.ts';
import { apply, type Op, type Shape, sizeOf, type Tensor } from '../../../graph/tensor.ts';
import {
  type Expr,
  type GraphTools,
  gt,
  lt,
  type Mask,
  select,
  type TensorShape,
} from '../../../optim/expr.ts';

/** Operations that only updates need: no gradients, and no float64 meaning beside that of the expressions. */
function updateOp<A>(name: string, infer: Op<A>['infer'], onnx: Op<A>['onnx']): Op<A> {
  const none = () => {
    throw new Error(`${name} is for updates only`);
  };
  return { name, infer, onnx, grad: none, evaluate: none };
}

const common = (inputs: readonly Tensor[], fail: (why: string) => never) =>
  inputs.reduce<Shape>((shape, t) => broadcast(shape, t.shape) ?? fail('shapes do not broadcast'), []);

const simple = (type: string) =>
  updateOp<null>(
    type,
    (inputs, _, fail) => [{ shape: common(inputs, fail) }],
    (emit, inputs, outputs) => emit.node(type, inputs, outputs),
  );
const [absOp, minOp, maxOp] = ['Abs', 'Min', 'Max'].map(simple);

/** Inputs a, b, yes, no: `yes` where a and b compare as `mask` says. */
const selectOp = updateOp<{ mask: Mask['op'] }>(
  'select',
  (inputs, _, fail) => [{ shape: common(inputs, fail) }],
  (emit, [a, b, yes, no], outputs, _, { mask }) => {
    const type = { lt: 'Less', le: 'LessOrEqual', gt: 'Greater', eq: 'Equal' }[mask];
    const where = emit.temp();
    emit.node(type, [a, b], [where]);
    emit.node('Where', [where, yes, no], outputs);
  },
);

/**
 * Inputs: a vector and a share of shape [1] between 0 and 1. The ceil(share n)-th
 * smallest absolute value, of shape [1].
 */
const quantileOp = updateOp<null>(
  'quantile',
  () => [{ shape: [1] }],
  (emit, [x, share], outputs, node) => {
    const n = sizeOf(node.inputs[0].shape);
    const [sizes, sorted, order, product, rank, below, least, most, index] = Array.from({ length: 9 }, () =>
      emit.temp(),
    );
    emit.node('Abs', [x], [sizes]);
    emit.node('TopK', [sizes, emit.ints([n])], [sorted, order], { largest: { int: 0 } });
    emit.node('Mul', [share, emit.floats([], [n])], [product]);
    emit.node('Ceil', [product], [rank]);
    emit.node('Sub', [rank, emit.floats([], [1])], [below]);
    emit.node('Max', [below, emit.floats([], [0])], [least]);
    emit.node('Min', [least, emit.floats([], [n - 1])], [most]);
    // 7 is int64 in ONNX.
    emit.node('Cast', [most], [index], { to: { int: 7 } });
    emit.node('Gather', [sorted, index], outputs);
  },
);

const elementOp = updateOp<{ index: number }>(
  'element',
  () => [{ shape: [1] }],
  (emit, [x], outputs, _, { index }) => emit.node('Gather', [x, emit.ints([index])], outputs),
);

/** Element `index` of a vector, of shape [1]. */
export const element = (x: Tensor, index: number): Tensor => apply(elementOp, [x], { index })[0];

const unary = { neg, sqrt, abs: (a: Tensor) => apply(absOp, [a], null)[0] };
const binary = {
  add,
  sub,
  mul,
  div,
  min: (a: Tensor, b: Tensor) => apply(minOp, [a, b], null)[0],
  max: (a: Tensor, b: Tensor) => apply(maxOp, [a, b], null)[0],
  // They differ in a bound that is NaN only: here it shows.
  pmin: (a: Tensor, b: Tensor) => apply(minOp, [a, b], null)[0],
  pmax: (a: Tensor, b: Tensor) => apply(maxOp, [a, b], null)[0],
};

const graphTools: GraphTools = {
  atLeast: (x, floor) => binary.max(x, fill([1], floor)),
};

/** So many tensors of one shape, one after the other. */
export type Stack = TensorShape & { count: number };

/** Where the values of an expression's leaves come from. */
export interface Leaves {
  /**
   * Shapes of the parameters that are updated together, and the tensors of the exported
   * model that each is a stack of.
   */
  shapes: readonly Shape[];
  stacks: readonly Stack[];
  /** The buffer of that name, of the tensor with that index. */
  buffer(name: string, tensor: number): Tensor;
  /** Shape [1]. */
  scalar(name: string): Tensor;
}

/**
 * `values` of every tensor: result[v][t] has the shape of tensor t. Tensors of the same
 * group share measures of scope `all`.
 */
export function lowerToGraph(
  values: readonly Expr[],
  { shapes, stacks, buffer, scalar }: Leaves,
): Tensor[][] {
  const known = new Map<Expr, Tensor[]>();
  const each = (f: (tensor: number) => Tensor) => shapes.map((_, t) => f(t));
  const same = (x: Tensor) => shapes.map(() => x);
  const visit = (e: Expr): Tensor[] => {
    let found = known.get(e);
    if (!found) known.set(e, (found = build(e)));
    return found;
  };
  /** Of all coordinates, also where an expression is the same for all of them. */
  const full = (e: Expr) => visit(e).map((x, t) => expand(x, shapes[t]));
  const build = (e: Expr): Tensor[] => {
    switch (e.op) {
      case 'const':
        return same(fill([1], e.value));
      case 'scalar':
        return same(scalar(e.name));
      case 'buffer':
        return each((t) => buffer(e.name, t));
      case 'select': {
        const [mask, yes, no] = e.args;
        const parts = [mask.args[0], mask.args[1], yes, no].map(visit);
        return each(
          (t) =>
            apply(
              selectOp,
              parts.map((p) => p[t]),
              { mask: mask.op },
            )[0],
        );
      }
      case 'norm':
      case 'rms': {
        const squares = full(e.args[0]).map((x) => mul(x, x));
        const root = (sum: Tensor, size: number) => sqrt(e.op === 'rms' ? scale(sum, 1 / size) : sum);
        const whole = (x: Tensor) => reshape(sumAll(x), [1]);
        if (e.scope === 'all')
          return same(
            root(
              squares.map(whole).reduce(add),
              shapes.reduce((n, shape) => n + sizeOf(shape), 0),
            ),
          );
        return squares.map((x, t) => {
          const { count, rows, columns } = stacks[t];
          if (count === 1) return root(whole(x), rows * columns);
          const sums = sum(reshape(x, [count, rows, columns]), [1, 2]);
          return perStack(root(sums, rows * columns), shapes[t], stacks[t]);
        });
      }
      case 'quantile': {
        // No rule takes a quantile of single tensors.
        if (e.scope === 'tensor') throw new Error('a quantile of each tensor is not lowered to graphs');
        const flat = full(e.args[0]).map((x) => reshape(x, [sizeOf(x.shape)]));
        const share = visit(e.args[1])[0];
        return same(apply(quantileOp, [flat.length > 1 ? concat(flat, 0) : flat[0], share], null)[0]);
      }
      case 'map': {
        const { map, args } = e;
        return full(args[0]).map((x, t) => {
          const { count, rows, columns } = stacks[t];
          const mapped = map.graph(reshape(x, [count, rows, columns]), stacks[t], graphTools);
          return reshape(mapped, shapes[t]);
        });
      }
      case 'sign': {
        const [a] = e.args;
        // ONNX has a Sign, whose answer to NaN it leaves open.
        return visit(select(gt(a, 0), 1, select(lt(a, 0), -1, a)));
      }
      case 'neg':
      case 'sqrt':
      case 'abs': {
        const a = visit(e.args[0]);
        const f = unary[e.op];
        return uniform(a) ? same(f(a[0])) : a.map(f);
      }
      default: {
        const [a, b] = e.args.map(visit);
        const f = binary[e.op];
        return uniform(a) && uniform(b) ? same(f(a[0], b[0])) : each((t) => f(a[t], b[t]));
      }
    }
  };
  return values.map(full);
}

/** Values [count, 1, 1] of the tensors of a stack, in a shape that goes with that of the whole. */
function perStack(values: Tensor, shape: Shape, { count, rows }: Stack): Tensor {
  return shape.length === 3 ? values : reshape(expand(values, [count, rows, 1]), [count * rows, 1]);
}

/** One value for all tensors: computed once. */
const uniform = (xs: readonly Tensor[]) => xs.every((x) => x === xs[0]);
