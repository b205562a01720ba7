// A tile of a matrix product in registers: rows of B are loaded in whole registers, numbers of A one by one into all lanes, so that A
// may be stored either way.
import { f32x16 } from '../../core/x64-512.ts';
import { type Code, i64, packed, repeat } from '../../core/x64-code.ts';
import { count, FLOAT, LANES } from './kernel.ts';

/** Free while a tile is summed for a moment, and after it. */
export const SPREAD = 29;
/** Vectors across a tile, at most, and the rows that then fit below register SPREAD. */
export const WIDEST = 4;
export const rowsOf = (vectors: number): number => [0, 16, 12, 8, 6][vectors];
const UNROLL = 4;

interface Tile {
  rows: number;
  /** Registers across. */
  vectors: number;
  /** Products that are summed. */
  length: number;
  /** Registers with the address of the first number, moved along; bytes to the next row, and to the next product. */
  a: { at: number; row: number; step: number };
  /** `tail`: of the last vector. */
  b: { at: number; step: number; tail?: { mask?: number } };
  /** General register that counts. */
  counter: number;
  /** What becomes of a sum in a register: vector `v` of row `i`. */
  finish(x: number, i: number, v: number): Code;
}

export function tileOfSums({ rows, vectors, length, a, b, counter, finish }: Tile): Code {
  const sum = (i: number, v: number) => i * vectors + v;
  const right = (v: number) => rows * vectors + v;
  const step = (u: number): Code => [
    ...count(vectors).flatMap((v) =>
      f32x16.load(
        right(v),
        { base: b.at, offset: u * b.step + FLOAT * LANES * v },
        v === vectors - 1 ? b.tail : {},
      ),
    ),
    ...count(rows).flatMap((i) => {
      const from = { base: a.at, offset: i * a.row + u * a.step };
      if (vectors === 1) return f32x16.addSpread(sum(i, 0), right(0), from);
      return [
        ...f32x16.broadcast(SPREAD, from),
        ...count(vectors).flatMap((v) => f32x16.addProduct(sum(i, v), SPREAD, right(v))),
      ];
    }),
  ];
  const steps = (unrolled: number, times: number): Code =>
    times === 0
      ? []
      : repeat(counter, times, [
          ...count(unrolled).flatMap(step),
          ...i64.addConst(a.at, unrolled * a.step),
          ...i64.addConst(b.at, unrolled * b.step),
        ]);
  return packed([
    ...count(rows * vectors).flatMap(f32x16.zero),
    ...steps(UNROLL, Math.floor(length / UNROLL)),
    ...steps(1, length % UNROLL),
    ...count(rows).flatMap((i) => count(vectors).flatMap((v) => finish(sum(i, v), i, v))),
  ]);
}
