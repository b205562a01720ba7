// Loops over numbers one after the other, a register at a time, and over the registers of a row.
import type { Tail, Vectors } from '../../../../assembly/x64/vectors.ts';
import { FLOAT, indexes } from './kernel.ts';

/** `body` for every register of `n` numbers; all `pointers` move along. */
export function everyLane(
  v: Vectors,
  n: number,
  pointers: readonly number[],
  body: (tail?: Tail) => void,
): void {
  v.a.repeat(Math.floor(n / v.lanes), () => {
    body();
    for (const pointer of pointers) v.a.add(pointer, FLOAT * v.lanes);
  });
  if (n % v.lanes > 0) v.scope(() => body(v.tail(n)));
}

/** One register of a row: bytes from the row's beginning, and which of its lanes there are. */
export interface Chunk {
  offset: number;
  tail?: Tail;
}

/** The registers of a row of `width` numbers. */
export function chunksOf(v: Vectors, width: number): Chunk[] {
  const tail = v.tail(width);
  const chunks = Math.ceil(width / v.lanes);
  return indexes(chunks).map((c) => ({
    offset: FLOAT * v.lanes * c,
    tail: c === chunks - 1 ? tail : undefined,
  }));
}
