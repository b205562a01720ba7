// The operations of expressions in vector instructions, each with the bits that it has in WebAssembly.
import type { Avx2 } from '../../../../assembly/x64/avx2.ts';
import type { Operand } from '../../../../assembly/x64/operands.ts';
import type { Instruction } from '../../../../optim/expr.ts';

/** Vector registers for the temporaries of one instruction; the others hold values. */
export const [T, U] = [15, 14];

/** Vectors: the sign bit of every lane, the other bits, and ones. */
export type Constants = Record<'signBits' | 'otherBits' | 'ones', Operand>;

/** A register that holds the operand: its own, or `temporary`. */
export function inRegister(v: Avx2, operand: Operand, temporary: number): number {
  if (typeof operand === 'number') return operand;
  v.load(temporary, operand);
  return temporary;
}

/** to <- op(operands), by way of T and U; `to` may be the register of an operand. */
type Calculate = (to: number, operands: readonly Operand[]) => void;
type Binary = (to: number, a: number, b: Operand) => void;

export function arithmetic(
  v: Avx2,
  { signBits, otherBits, ones }: Constants,
): Record<Exclude<Instruction['op'], 'const' | 'scalar' | 'buffer'>, Calculate> {
  const binary =
    (op: Binary): Calculate =>
    (to, [a, b]) =>
      op(to, inRegister(v, a, T), b);
  /** Where operands may change places, one in memory comes second. */
  const commuting =
    (op: Binary): Calculate =>
    (to, [a, b]) =>
      binary(op)(to, typeof a === 'number' ? [a, b] : [b, a]);
  /** Minimum and maximum in both orders: they differ only where there is a NaN, or zeros of both signs. */
  const bothOrders =
    (op: Binary, join: (to: number) => void): Calculate =>
    (to, [a, b]) => {
      const [x, y] = typeof a === 'number' ? [a, b] : [b, a];
      const one = inRegister(v, x, to);
      const other = inRegister(v, y, U);
      op(T, one, other);
      op(U, other, one);
      join(to);
    };
  /** x where it is a zero or NaN, elsewhere what register `one` holds. A sign bit alone is a zero. */
  const unlessZero = (to: number, x: number, one: number) => {
    // `to` may be the register of x, unless that is a temporary.
    const mask = x === U ? to : U;
    v.compare('eq or NaN', mask, x, signBits);
    v.select(to, mask, x, one);
  };
  const lesser: Binary = (to, a, b) => v.lesser(to, a, b);
  const greater: Binary = (to, a, b) => v.greater(to, a, b);
  return {
    add: commuting((to, a, b) => v.add(to, a, b)),
    mul: commuting((to, a, b) => v.mul(to, a, b)),
    sub: binary((to, a, b) => v.sub(to, a, b)),
    div: binary((to, a, b) => v.div(to, a, b)),
    // WebAssembly's pmin(a, b) is b < a ? b : a.
    pmin: (to, [a, b]) => binary(lesser)(to, [b, a]),
    pmax: (to, [a, b]) => binary(greater)(to, [b, a]),
    min: bothOrders(lesser, (to) => v.or(to, T, U)),
    // Of zeros with both signs the positive one: -0 - -0.
    max: bothOrders(greater, (to) => {
      v.xor(to, T, U);
      v.or(T, T, U);
      v.sub(to, T, to);
    }),
    lt: binary((to, a, b) => v.compare('lt', to, a, b)),
    le: binary((to, a, b) => v.compare('le', to, a, b)),
    gt: binary((to, a, b) => v.compare('gt', to, a, b)),
    eq: binary((to, a, b) => v.compare('eq', to, a, b)),
    sqrt: (to, [a]) => v.sqrt(to, a),
    neg: (to, [a]) => binary((to, a, b) => v.xor(to, a, b))(to, [a, signBits]),
    abs: (to, [a]) => binary((to, a, b) => v.and(to, a, b))(to, [a, otherBits]),
    // One with the sign of the value.
    sign(to, [a]) {
      const x = inRegister(v, a, U);
      v.and(T, x, signBits);
      v.or(T, T, ones);
      unlessZero(to, x, T);
    },
    nonzero(to, [a]) {
      const x = inRegister(v, a, U);
      unlessZero(to, x, inRegister(v, ones, T));
    },
    select(to, [mask, yes, no]) {
      const where = inRegister(v, mask, T);
      v.select(to, where, yes, inRegister(v, no, U));
    },
  };
}
