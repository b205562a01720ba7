// Parts of matrices copied to where a product reads them one after the other.
import type { Vectors } from '../../../../assembly/x64/vectors.ts';
import { at, FLOAT, indexes } from './kernel.ts';
import { chunksOf } from './rows.ts';

interface Pack {
  /** Rows that are read, and numbers of each. */
  rows: number;
  columns: number;
  /** Bytes between rows that are read, and that are written. */
  from: number;
  to: number;
  /** General registers: of the first number to read, and of the first to write, which moves along. */
  at: { source: number; to: number };
}

/** Rows as rows; zeros up to a whole register. */
export function packRows(v: Vectors, { rows, columns, from, to, at: { source, to: target } }: Pack): void {
  const { a } = v;
  v.scope(() => {
    const walk = a.registers.take();
    const x = v.file.take();
    const chunks = chunksOf(v, columns);
    a.copy(walk, source);
    a.repeat(rows, () => {
      for (const { offset, tail } of chunks) {
        v.load(x, at(walk, offset), tail);
        v.store(at(target, offset), x);
      }
      a.add(walk, from);
      a.add(target, to);
    });
  });
}

/**
 * Rows as columns: what is written has `columns` rows of `rows` numbers, and zeros up to a whole register.
 */
export function packTransposed(
  v: Vectors,
  { rows, columns, from, to, at: { source, to: target } }: Pack,
): void {
  const { a, lanes } = v;
  v.scope(() => {
    const walk = a.registers.take();
    const registers = v.file.takeAll(lanes);
    const rest = columns % lanes;
    const tail = v.tail(rest);
    const block = (height: number, length: number) => {
      registers.forEach((register, i) => {
        if (i < height) v.load(register, at(walk, from * i), length < lanes ? tail : undefined);
        else v.zero(register);
      });
      const transposed = v.transpose(registers);
      for (const j of indexes(length)) v.store(at(target, j * to), transposed[j]);
      a.add(walk, FLOAT * length);
      a.add(target, length * to);
    };
    for (let first = 0; first < rows; first += lanes) {
      const height = Math.min(lanes, rows - first);
      a.address(walk, at(source, from * first));
      a.repeat(Math.floor(columns / lanes), () => block(height, lanes));
      if (rest > 0) block(height, rest);
      // Back to the first row, and on by a register.
      a.add(target, FLOAT * lanes - columns * to);
    }
  });
}
