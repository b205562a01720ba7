// Rotary positions (RoPE) inside attention's kernels: y = x cos + partner sin, the partner
// being half a head away, with its sign in the table.
import type { At } from '../../../../assembly/x64/operands.ts';
import type { Vectors } from '../../../../assembly/x64/vectors.ts';
import { FLOAT, indexes } from './kernel.ts';

export interface Turn {
  length: number;
  width: number;
  /** Angles: position t turns the pair (i, i + width / 2) by t theta^(-2 i / width). */
  theta: number;
}

/** Cosines [length, width], and sines [length, width], those of the first half negative. */
export function turnTables({ length, width, theta }: Turn): Float32Array[] {
  const half = width / 2;
  const angle = (i: number) => Math.floor(i / width) * theta ** ((-2 * ((i % width) % half)) / width);
  const cos = Float32Array.from(indexes(length * width), (i) => Math.cos(angle(i)));
  const sin = Float32Array.from(
    indexes(length * width),
    (i) => Math.sin(angle(i)) * (i % width < half ? -1 : 1),
  );
  return [cos, sin];
}

/** Places of a head's row, and of its rows of the tables. */
export type TurnedRow = Record<'x' | 'cos' | 'sin', At>;

/**
 * Register `c` of a head's row of `chunks` registers, in `to`: turned, or turned back. A register
 * is multiplied with the one half a head away; with itself, halves exchanged, where a head is one register.
 */
export function rotateRegister(
  v: Vectors,
  to: number,
  { x, cos, sin }: TurnedRow,
  c: number,
  chunks: number,
  back = false,
): void {
  const chunk = ({ base, offset }: At, i: number): At => ({ base, offset: offset + FLOAT * v.lanes * i });
  v.file.scope(() => {
    const partner = v.file.take();
    v.load(to, chunk(x, c));
    if (chunks === 1) v.swapHalves(partner, to);
    else v.load(partner, chunk(x, (c + chunks / 2) % chunks));
    v.mul(to, to, chunk(cos, c));
    if (back) v.subProduct(to, partner, chunk(sin, c));
    else v.addProduct(to, partner, chunk(sin, c));
  });
}
