// The oracle: a rule evaluated coordinate by coordinate in float64, slowly and plainly. Fused kernels are tested
// against it, and small experiments (quadratics) can use it directly. With `round` = Math.fround it gives the very
// bits of float32 arithmetic (rounding a float64 +, -, *, /, sqrt of float32 numbers once more is harmless).
import type { Expr, Mask } from './expr.ts';
import { GRAD, GRAD_SCALE, LR, type OptimizerDef, updateExpressions } from './rule.ts';

type Round = (x: number) => number;
const exact: Round = (x) => x;

const unary = { neg: (a: number) => -a, sqrt: Math.sqrt, abs: Math.abs };
const binary = {
  add: (a: number, b: number) => a + b,
  sub: (a: number, b: number) => a - b,
  mul: (a: number, b: number) => a * b,
  div: (a: number, b: number) => a / b,
  min: Math.min,
  max: Math.max,
};
const compare = {
  lt: (a: number, b: number) => a < b,
  le: (a: number, b: number) => a <= b,
  gt: (a: number, b: number) => a > b,
  eq: (a: number, b: number) => a === b,
};

/** Value of an expression, given the values of its buffers and scalars by name; every result goes through `round`. */
export function evaluate(
  expr: Expr,
  buffers: Record<string, number>,
  scalars: Record<string, number>,
  round: Round = exact,
): number {
  const known = new Map<Expr, number>();
  const read = (from: Record<string, number>, name: string) => {
    if (!Object.hasOwn(from, name)) throw new Error(`no value for "${name}"`);
    return from[name];
  };
  const test = ({ op, args }: Mask) => compare[op](visit(args[0]), visit(args[1]));
  const visit = (e: Expr): number => {
    const cached = known.get(e);
    if (cached !== undefined) return cached;
    const value = round(compute(e));
    known.set(e, value);
    return value;
  };
  const compute = (e: Expr): number => {
    switch (e.op) {
      case 'const':
        return e.value;
      case 'buffer':
        return read(buffers, e.name);
      case 'scalar':
        return read(scalars, e.name);
      case 'select':
        return visit(test(e.args[0]) ? e.args[1] : e.args[2]);
      case 'neg':
      case 'sqrt':
      case 'abs':
        return unary[e.op](visit(e.args[0]));
      default:
        return binary[e.op](visit(e.args[0]), visit(e.args[1]));
    }
  };
  return visit(expr);
}

/** One step in place over plain arrays of one length; `state` in the order of `def.state(hyper)`. `step` from 0. */
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
    round?: Round;
  },
): void {
  const { buffers, values } = updateExpressions(def, hyper);
  const scalars = {
    ...def.scalars({ lr: at.lr, step: at.step, hyper }),
    [LR]: at.lr,
    [GRAD_SCALE]: at.gradScale ?? 1,
  };
  const arrays = [at.param, ...at.state];
  for (let i = 0; i < at.param.length; i++) {
    const before: Record<string, number> = { [GRAD]: at.grad[i] };
    buffers.forEach((name, k) => {
      before[name] = arrays[k][i];
    });
    const after = values.map((value) => evaluate(value, before, scalars, at.round));
    after.forEach((value, k) => {
      arrays[k][i] = value;
    });
  }
}

/** Zero-filled state buffers for `count` coordinates. */
export const referenceState = (def: OptimizerDef, hyper: Record<string, number>, count: number): number[][] =>
  def.state(hyper).map(() => new Array<number>(count).fill(0));
