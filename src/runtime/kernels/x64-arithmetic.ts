// The operations of expressions in vector instructions, each with the bits that it has in WebAssembly.
import { type Code, f32x8, type Operand } from '../../core/x64-code.ts';
import type { Instruction } from '../../optim/expr.ts';

// Vector registers for the temporaries of one instruction; the others hold values.
export const [T, U] = [15, 14];

/** Vectors: the sign bit of every lane, the other bits, and ones. */
export type Constants = Record<'signBits' | 'otherBits' | 'ones', Operand>;

/** to <- op(operands), by way of T and U; `to` may be the register of an operand. */
type Calculate = (to: number, operands: readonly Operand[]) => Code;

/** A register that holds the operand: its own, or `temporary` after the code. */
export const inRegister = (operand: Operand, temporary: number): [Code, number] =>
  typeof operand === 'number' ? [[], operand] : [f32x8.load(temporary, operand), temporary];

type BinaryCode = (to: number, a: number, b: Operand) => Code;
const binary =
  (op: BinaryCode): Calculate =>
  (to, [a, b]) => {
    const [code, register] = inRegister(a, T);
    return [...code, ...op(to, register, b)];
  };
/** Where operands may change places, one in memory comes second. */
const commuting =
  (op: BinaryCode): Calculate =>
  (to, [a, b]) =>
    binary(op)(to, typeof a === 'number' ? [a, b] : [b, a]);
/** Minimum and maximum in both orders: they differ only where there is a NaN, or zeros of both signs. */
const bothOrders =
  (op: BinaryCode, join: (to: number) => Code): Calculate =>
  (to, [a, b]) => {
    const [x, y] = typeof a === 'number' ? [a, b] : [b, a];
    const [first, one] = inRegister(x, to);
    const [second, other] = inRegister(y, U);
    return [...first, ...second, ...op(T, one, other), ...op(U, other, one), ...join(to)];
  };

const { add, sub, mul, div, lesser, greater, and, or, xor, sqrt, compare, select } = f32x8;

/** x where it is a zero or NaN, elsewhere what register `one` holds. A sign bit alone is a zero. */
const unlessZero = (to: number, x: number, one: number, signBits: Operand): Code => {
  // `to` may be the register of x, unless that is a temporary.
  const mask = x === U ? to : U;
  return [...compare('eq or NaN', mask, x, signBits), ...select(to, mask, x, one)];
};

export const arithmetic = ({
  signBits,
  otherBits,
  ones,
}: Constants): Record<Exclude<Instruction['op'], 'const' | 'scalar' | 'buffer'>, Calculate> => ({
  add: commuting(add),
  mul: commuting(mul),
  sub: binary(sub),
  div: binary(div),
  // WebAssembly's pmin(a, b) is b < a ? b : a.
  pmin: (to, [a, b]) => binary(lesser)(to, [b, a]),
  pmax: (to, [a, b]) => binary(greater)(to, [b, a]),
  min: bothOrders(lesser, (to) => or(to, T, U)),
  // Of zeros with both signs the positive one: -0 - -0.
  max: bothOrders(greater, (to) => [...xor(to, T, U), ...or(T, T, U), ...sub(to, T, to)]),
  lt: binary((to, a, b) => compare('lt', to, a, b)),
  le: binary((to, a, b) => compare('le', to, a, b)),
  gt: binary((to, a, b) => compare('gt', to, a, b)),
  eq: binary((to, a, b) => compare('eq', to, a, b)),
  sqrt: (to, [a]) => sqrt(to, a),
  neg: (to, [a]) => binary(xor)(to, [a, signBits]),
  abs: (to, [a]) => binary(and)(to, [a, otherBits]),
  // One with the sign of the value.
  sign: (to, [a]) => {
    const [code, x] = inRegister(a, U);
    return [...code, ...and(T, x, signBits), ...or(T, T, ones), ...unlessZero(to, x, T, signBits)];
  },
  nonzero: (to, [a]) => {
    const [code, x] = inRegister(a, U);
    const [more, one] = inRegister(ones, T);
    return [...code, ...more, ...unlessZero(to, x, one, signBits)];
  },
  select: (to, [mask, yes, no]) => {
    const [first, where] = inRegister(mask, T);
    const [second, otherwise] = inRegister(no, U);
    return [...first, ...second, ...select(to, where, yes, otherwise)];
  },
});
