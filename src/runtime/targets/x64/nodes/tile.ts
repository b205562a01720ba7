// A tile of a matrix product in registers: rows of B are loaded in whole registers,
// numbers of A one by one into all lanes, so that A may be stored either way.
import type { Tail, VectorSet, Vectors } from '../../../../assembly/x64/vectors.ts';
import { at, FLOAT, indexes } from './kernel.ts';

/**
 * Rows of a tile by the registers across it: their sums, a row of B and a number
 * of A fit into all the registers, with two to spare for factors where constants are in registers.
 */
const ROWS: Record<VectorSet['name'], readonly number[]> = { avx2: [0, 12, 6], avx512: [0, 16, 12, 8, 6] };
export const tileRows = ({ name }: VectorSet, vectors: number): number => ROWS[name][vectors];
/** Registers across a tile, at most. */
export const widestOf = ({ name }: VectorSet): number => ROWS[name].length - 1;
const UNROLL = 4;

export interface Tile {
  rows: number;
  /** Registers across. */
  vectors: number;
  /** Products that are summed. */
  length: number;
  /**
   * General register with the address of the first number, moved along; bytes to the next row,
   * and to the next product.
   */
  a: { at: number; row: number; step: number };
  /** `tail`: of the last register across. */
  b: { at: number; step: number; tail?: Tail };
  /** What becomes of a sum in a register: row `i`, and which of the registers across. */
  finish(x: number, i: number, across: number): void;
}

export function tileOfSums(v: Vectors, { rows, vectors, length, a, b, finish }: Tile): void {
  v.scope(() => {
    const sums = indexes(rows).map(() => v.file.takeAll(vectors));
    for (const row of sums) for (const sum of row) v.zero(sum);
    v.scope(() => {
      const right = v.file.takeAll(vectors);
      const left = vectors === 1 ? undefined : v.file.take();
      const step = (u: number) => {
        right.forEach((register, i) => {
          v.load(
            register,
            at(b.at, u * b.step + FLOAT * v.lanes * i),
            i === vectors - 1 ? b.tail : undefined,
          );
        });
        sums.forEach((row, i) => {
          const number = at(a.at, i * a.row + u * a.step);
          if (left === undefined) v.addProductOfOne(row[0], right[0], number);
          else {
            v.broadcast(left, number);
            row.forEach((sum, j) => {
              v.addProduct(sum, left, right[j]);
            });
          }
        });
      };
      const steps = (unrolled: number, times: number) =>
        v.a.repeat(times, () => {
          for (const u of indexes(unrolled)) step(u);
          v.a.add(a.at, unrolled * a.step);
          v.a.add(b.at, unrolled * b.step);
        });
      steps(UNROLL, Math.floor(length / UNROLL));
      steps(1, length % UNROLL);
    });
    sums.forEach((row, i) => {
      row.forEach((sum, j) => {
        finish(sum, i, j);
      });
    });
  });
}
