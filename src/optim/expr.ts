// A tiny pure language for what an optimizer does to one coordinate: expressions over buffers (parameter,
// gradient, state), uniform scalars and constants, and over what is measured of all coordinates (a norm,
// a quantile). A rule written in it is evaluated in float64 by the oracle (`reference.ts`) and compiled
// to fused SIMD passes (`runtime/passes/`), one when nothing is measured, so the two cannot drift apart.

import type { Tensor } from '../graph/tensor.ts';

type UnaryOp = 'neg' | 'sqrt' | 'abs' | 'sign';
type BinaryOp = 'add' | 'sub' | 'mul' | 'div' | 'min' | 'max' | 'pmin' | 'pmax';
type CompareOp = 'lt' | 'le' | 'gt' | 'eq';

/**
 * Over what a measure is taken: all coordinates that follow the same rule, or each
 * tensor of the exported model by itself.
 */
export type Scope = 'all' | 'tensor';

/** A whole tensor to a whole tensor of the same shape: what no expression over one coordinate can say. */
export interface TensorMap {
  /** Unique; parameters of the map belong into it. */
  readonly name: string;
  /** Elements that `apply` takes from `room` at most, for one tensor of that shape. */
  room(shape: TensorShape): number;
  /** In place, on one tensor as a row-major matrix [rows, columns] (a vector is one row, `matrix` false). */
  apply(data: Floats, shape: TensorShape, tools: MapTools): void;
  /**
   * The same as a graph, for devices, of several tensors of one shape; x and the result
   * are [tensors, rows, columns].
   */
  graph(x: Tensor, shape: TensorShape, tools: GraphTools): Tensor;
}
export interface GraphTools {
  /** The larger of an element and `floor`. */
  atLeast(x: Tensor, floor: number): Tensor;
}
export type Floats = Float32Array | Float64Array;
export interface MapTools {
  /** An array with anything in it, until `apply` returns. */
  room(elements: number): Floats;
  multiply: Multiply;
}
export interface TensorShape {
  matrix: boolean;
  rows: number;
  columns: number;
}
/**
 * c = a b for row-major a [rows, inner], b [inner, columns]; all three from `room`, c apart from the others.
 */
type Multiply = (
  c: Floats,
  a: Floats,
  b: Floats,
  size: { rows: number; inner: number; columns: number },
) => void;

/** A number per coordinate (or the same number for all: scalars and constants). Immutable; share freely. */
export type Expr =
  | { readonly op: 'const'; readonly value: number }
  | { readonly op: 'buffer'; readonly name: string }
  | { readonly op: 'scalar'; readonly name: string }
  | { readonly op: UnaryOp; readonly args: readonly [Expr] }
  | { readonly op: BinaryOp; readonly args: readonly [Expr, Expr] }
  | { readonly op: 'select'; readonly args: readonly [Mask, Expr, Expr] }
  | Measure
  | { readonly op: 'map'; readonly map: TensorMap; readonly args: readonly [Expr] };

/**
 * One number of many coordinates; itself uniform (over its scope), so it may stand
 * wherever an expression may.
 */
export type Measure =
  | { readonly op: 'norm' | 'rms'; readonly scope: Scope; readonly args: readonly [Expr] }
  | { readonly op: 'quantile'; readonly scope: Scope; readonly args: readonly [Expr, Expr] };

/** A truth value per coordinate; only `select` reads it. */
export interface Mask {
  readonly op: CompareOp;
  readonly args: readonly [Expr, Expr];
}

/** Plain numbers may stand wherever an expression may. */
export type ExprOrNumber = Expr | number;

const lift = (x: ExprOrNumber): Expr => (typeof x === 'number' ? { op: 'const', value: x } : x);
const unary = (op: UnaryOp) => (a: ExprOrNumber) => ({ op, args: [lift(a)] }) satisfies Expr;
const binary = (op: BinaryOp) => (a: ExprOrNumber, b: ExprOrNumber) =>
  ({ op, args: [lift(a), lift(b)] }) satisfies Expr;
const compare =
  (op: CompareOp) =>
  (a: ExprOrNumber, b: ExprOrNumber): Mask => ({ op, args: [lift(a), lift(b)] });

/** The value that a flat f32 buffer holds for this coordinate. */
export const buffer = (name: string): Expr => ({ op: 'buffer', name });
/** A number that is the same for every coordinate of one step. */
export const scalar = (name: string): Expr => ({ op: 'scalar', name });

export const add: (a: ExprOrNumber, b: ExprOrNumber) => Expr = binary('add');
export const sub: (a: ExprOrNumber, b: ExprOrNumber) => Expr = binary('sub');
export const mul: (a: ExprOrNumber, b: ExprOrNumber) => Expr = binary('mul');
export const div: (a: ExprOrNumber, b: ExprOrNumber) => Expr = binary('div');
/** As `Math.min` and WebAssembly's f32.min: a NaN on either side gives NaN. */
export const min: (a: ExprOrNumber, b: ExprOrNumber) => Expr = binary('min');
/** As `Math.max` and WebAssembly's f32.max: a NaN on either side gives NaN. */
export const max: (a: ExprOrNumber, b: ExprOrNumber) => Expr = binary('max');
/**
 * `a` held within low..high; a NaN stays NaN, and a bound that is NaN does not bind.
 * One instruction a side, where `min` and `max`, which look at both operands for NaN, take five.
 */
export const clamp = (a: ExprOrNumber, low: ExprOrNumber, high: ExprOrNumber): Expr =>
  binary('pmin')(binary('pmax')(a, low), high);
export const neg: (a: ExprOrNumber) => Expr = unary('neg');
export const sqrt: (a: ExprOrNumber) => Expr = unary('sqrt');
export const abs: (a: ExprOrNumber) => Expr = unary('abs');
export const lt: (a: ExprOrNumber, b: ExprOrNumber) => Mask = compare('lt');
export const le: (a: ExprOrNumber, b: ExprOrNumber) => Mask = compare('le');
export const gt: (a: ExprOrNumber, b: ExprOrNumber) => Mask = compare('gt');
export const eq: (a: ExprOrNumber, b: ExprOrNumber) => Mask = compare('eq');
/** `a` where the mask holds, `b` elsewhere (comparisons with NaN are false). */
export const select = (mask: Mask, a: ExprOrNumber, b: ExprOrNumber): Expr => ({
  op: 'select',
  args: [mask, lift(a), lift(b)],
});
/**
 * As `Math.sign`: -1, 1, zeros as they are; a NaN stays NaN, so that divergence cannot hide behind a sign.
 */
export const sign: (a: ExprOrNumber) => Expr = unary('sign');

/** Euclidean norm over the scope. */
export const norm = (scope: Scope, a: ExprOrNumber): Expr => ({ op: 'norm', scope, args: [lift(a)] });
/** Root of the mean square over the scope. */
export const rms = (scope: Scope, a: ExprOrNumber): Expr => ({ op: 'rms', scope, args: [lift(a)] });
/**
 * The `share`-quantile of |a| over the scope, by nearest rank: the ceil(share n)-th smallest of
 * n (the smallest for share 0), so always one of the values. A NaN counts as the largest. `share` is uniform.
 */
export const quantile = (scope: Scope, a: ExprOrNumber, share: ExprOrNumber): Expr => ({
  op: 'quantile',
  scope,
  args: [lift(a), lift(share)],
});
/**
 * Rank, from 0, of the `share`-quantile among `count` sorted values. A share such
 * as 1 - 0.7 is a rounding above 0.3: of 10 values it means the third, not the fourth.
 */
export function quantileRank(share: number, count: number): number {
  const place = share * count;
  const whole = Math.round(place);
  const nearest = Math.abs(place - whole) <= 1e-12 * count ? whole : Math.ceil(place);
  return Math.min(count - 1, Math.max(0, nearest - 1));
}
/** The tensor-wise map of an expression. */
export const mapTensors = (map: TensorMap, a: ExprOrNumber): Expr => ({ op: 'map', map, args: [lift(a)] });

/** Whether an expression is the same for all coordinates within the scope. */
function uniformOver(node: Expr | Mask, scope: Scope): boolean {
  switch (node.op) {
    case 'norm':
    case 'rms':
    case 'quantile':
      return node.scope === 'all' || node.scope === scope;
    case 'buffer':
    case 'map':
      return false;
    default:
      return !('args' in node) || node.args.every((arg) => uniformOver(arg, scope));
  }
}

/** `a` as a product of what is the same for all coordinates within the scope, outside, and what is not. */
export function factored(a: Expr, scope: Scope): { factor?: Expr; rest: Expr } {
  if (a.op !== 'mul') return { rest: a };
  for (const [one, other] of [a.args, a.args.toReversed()]) {
    if (!uniformOver(one, scope)) continue;
    const { factor, rest } = factored(other, scope);
    return { factor: factor ? mul(one, factor) : one, rest };
  }
  return { rest: a };
}

/**
 * One operation of a lowered program; `args` are indexes of earlier instructions.
 * `nonzero`, the square of a sign: a zero (of either sign) or NaN as it is, else 1.
 */
export interface Instruction {
  readonly op: Exclude<Expr['op'], Measure['op'] | 'map'> | CompareOp | 'nonzero';
  readonly args: readonly number[];
  readonly value?: number;
  readonly name?: string;
  /** The same for every coordinate: can be computed once, before the loop. */
  readonly uniform: boolean;
}

/** Straight-line code: every distinct subexpression once, in dependency order. */
export interface Program {
  readonly instructions: readonly Instruction[];
  /** Instruction index of each requested output. */
  readonly outputs: readonly number[];
  readonly squares: readonly number[];
}

/**
 * Scaled by 2^150, in two steps, the smallest float32 is 2: a sign is four operations,
 * where two choices are eight.
 */
const scaled = (a: Expr): Expr => mul(mul(a, 2 ** 100), 2 ** 50);
const scaledSign = (a: Expr): Expr => clamp(scaled(a), -1, 1);
const scaledNonzero = (a: Expr): Expr => binary('pmin')(scaled(abs(a)), 1);

/**
 * Lowers expressions to straight-line code by value numbering: equal subexpressions become one instruction.
 * Measures and maps have no place in one pass over coordinates: `stages.ts` takes them out beforehand.
 * Of `squares` it is the square that is computed; that of a sign is an instruction of its own.
 * With `plain`, that and signs are made of other instructions.
 */
export function lower(
  outputs: readonly Expr[],
  { squares = [], plain = false }: { squares?: readonly Expr[]; plain?: boolean } = {},
): Program {
  const instructions: Instruction[] = [];
  const byKey = new Map<string, number>();
  const seen = new Map<Expr | Mask, number>();
  const instruction = (
    op: Instruction['op'],
    args: readonly number[],
    of: { value?: number; name?: string } = {},
  ) => {
    const { value, name } = of;
    // -0 and 0 print alike but are different constants.
    const key = `${op}(${args})${name ?? ''}${Object.is(value, -0) ? '-0' : (value ?? '')}`;
    let index = byKey.get(key);
    if (index === undefined) {
      const uniform = op !== 'buffer' && args.every((i) => instructions[i].uniform);
      index = instructions.push({ op, args, value, name, uniform }) - 1;
      byKey.set(key, index);
    }
    return index;
  };
  const visit = (node: Expr | Mask): number => {
    let index = seen.get(node);
    if (index !== undefined) return index;
    const { op } = node;
    if (op === 'norm' || op === 'rms' || op === 'quantile' || op === 'map')
      throw new Error(`${op} cannot be computed within one pass`);
    index =
      op === 'sign' && plain
        ? visit(scaledSign(node.args[0]))
        : instruction(
            op,
            'args' in node ? node.args.map(visit) : [],
            node as { value?: number; name?: string },
          );
    seen.set(node, index);
    return index;
  };
  const square = (node: Expr): number => {
    if (node.op !== 'sign') return visit(mul(node, node));
    const [a] = node.args;
    return plain ? visit(scaledNonzero(a)) : instruction('nonzero', [visit(a)]);
  };
  return { outputs: outputs.map(visit), squares: squares.map(square), instructions };
}
