// A tiny pure language for what an optimizer does to one coordinate: expressions over buffers (parameter,
// gradient, state), uniform scalars and constants. A rule written in it is evaluated in float64 by the oracle
// (`reference.ts`) and compiled to one fused SIMD pass (`runtime/kernels/`), so the two cannot drift apart.

type UnaryOp = 'neg' | 'sqrt' | 'abs';
type BinaryOp = 'add' | 'sub' | 'mul' | 'div' | 'min' | 'max';
type CompareOp = 'lt' | 'le' | 'gt' | 'eq';

/** A number per coordinate (or the same number for all: scalars and constants). Immutable; share freely. */
export type Expr =
  | { readonly op: 'const'; readonly value: number }
  | { readonly op: 'buffer'; readonly name: string }
  | { readonly op: 'scalar'; readonly name: string }
  | { readonly op: UnaryOp; readonly args: readonly [Expr] }
  | { readonly op: BinaryOp; readonly args: readonly [Expr, Expr] }
  | { readonly op: 'select'; readonly args: readonly [Mask, Expr, Expr] };

/** A truth value per coordinate; only `select` reads it. */
export interface Mask {
  readonly op: CompareOp;
  readonly args: readonly [Expr, Expr];
}

/** Plain numbers may stand wherever an expression may. */
export type Operand = Expr | number;

const lift = (x: Operand): Expr => (typeof x === 'number' ? { op: 'const', value: x } : x);
const unary = (op: UnaryOp) => (a: Operand) => ({ op, args: [lift(a)] }) satisfies Expr;
const binary = (op: BinaryOp) => (a: Operand, b: Operand) =>
  ({ op, args: [lift(a), lift(b)] }) satisfies Expr;
const compare =
  (op: CompareOp) =>
  (a: Operand, b: Operand): Mask => ({ op, args: [lift(a), lift(b)] });

/** The value that a flat f32 buffer holds for this coordinate. */
export const buffer = (name: string): Expr => ({ op: 'buffer', name });
/** A number that is the same for every coordinate of one step. */
export const scalar = (name: string): Expr => ({ op: 'scalar', name });

export const add: (a: Operand, b: Operand) => Expr = binary('add');
export const sub: (a: Operand, b: Operand) => Expr = binary('sub');
export const mul: (a: Operand, b: Operand) => Expr = binary('mul');
export const div: (a: Operand, b: Operand) => Expr = binary('div');
/** As `Math.min` and WebAssembly's f32.min: a NaN on either side gives NaN. */
export const min: (a: Operand, b: Operand) => Expr = binary('min');
/** As `Math.max` and WebAssembly's f32.max: a NaN on either side gives NaN. */
export const max: (a: Operand, b: Operand) => Expr = binary('max');
export const neg: (a: Operand) => Expr = unary('neg');
export const sqrt: (a: Operand) => Expr = unary('sqrt');
export const abs: (a: Operand) => Expr = unary('abs');
export const lt: (a: Operand, b: Operand) => Mask = compare('lt');
export const le: (a: Operand, b: Operand) => Mask = compare('le');
export const gt: (a: Operand, b: Operand) => Mask = compare('gt');
export const eq: (a: Operand, b: Operand) => Mask = compare('eq');
/** `a` where the mask holds, `b` elsewhere (comparisons with NaN are false). */
export const select = (mask: Mask, a: Operand, b: Operand): Expr => ({
  op: 'select',
  args: [mask, lift(a), lift(b)],
});
/** As `Math.sign`: -1, 1, zeros as they are; a NaN stays NaN, so that divergence cannot hide behind a sign. */
export const sign = (a: Operand): Expr => select(gt(a, 0), 1, select(lt(a, 0), -1, a));

/** One operation of a lowered program; `args` are indexes of earlier instructions. */
export interface Instruction {
  readonly op: Expr['op'] | CompareOp;
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
}

/** Lowers expressions to straight-line code by value numbering: equal subexpressions become one instruction. */
export function lower(outputs: readonly Expr[]): Program {
  const instructions: Instruction[] = [];
  const byKey = new Map<string, number>();
  const seen = new Map<Expr | Mask, number>();
  const visit = (node: Expr | Mask): number => {
    let index = seen.get(node);
    if (index !== undefined) return index;
    const args = 'args' in node ? node.args.map(visit) : [];
    const value = 'value' in node ? node.value : undefined;
    const name = 'name' in node ? node.name : undefined;
    // -0 and 0 print alike but are different constants.
    const key = `${node.op}(${args})${name ?? ''}${Object.is(value, -0) ? '-0' : (value ?? '')}`;
    index = byKey.get(key);
    if (index === undefined) {
      const uniform = node.op !== 'buffer' && args.every((i) => instructions[i].uniform);
      index = instructions.push({ op: node.op, args, value, name, uniform }) - 1;
      byKey.set(key, index);
    }
    seen.set(node, index);
    return index;
  };
  return { outputs: outputs.map(visit), instructions };
}
