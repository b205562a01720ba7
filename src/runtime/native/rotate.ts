// Rotary positions inside attention's kernels: y = x cos + partner sin, the partner being half a head away, with its sign in the table.
import { f32x16 } from '../../core/x64-512.ts';
import type { At, Code } from '../../core/x64-code.ts';
import { count, FLOAT, LANES } from './kernel.ts';

/** Swaps the halves of a register. */
const SWAP = 0x4e;

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
  const cos = Float32Array.from(count(length * width), (i) => Math.cos(angle(i)));
  const sin = Float32Array.from(
    count(length * width),
    (i) => Math.sin(angle(i)) * (i % width < half ? -1 : 1),
  );
  return [cos, sin];
}

/** Chunk `c` of a head's row is multiplied with that partner; itself with halves swapped where a head is one register. */
export const partnerOf = (c: number, chunks: number): number => (c + chunks / 2) % chunks;

/** Of the row of a head at `x`, its chunk `c` turned, in register `to`; `t` is lost. Tables are at their rows. */
export function turnRow(
  to: number,
  t: number,
  { x, cos, sin }: Record<'x' | 'cos' | 'sin', At>,
  c: number,
  chunks: number,
): Code {
  const chunk = ({ base, offset }: At, i: number): At => ({ base, offset: offset + FLOAT * LANES * i });
  return [
    ...f32x16.load(to, chunk(x, c)),
    ...(chunks === 1 ? f32x16.groups(t, to, to, SWAP) : f32x16.load(t, chunk(x, partnerOf(c, chunks)))),
    ...f32x16.mul(to, to, chunk(cos, c)),
    ...f32x16.addProduct(to, t, chunk(sin, c)),
  ];
}

/** Turned back: registers x and partner (x itself: halves swapped) make `to`; `t` is lost. Table rows at their chunks. */
export const turnBack = (to: number, t: number, x: number, partner: number, cos: At, sin: At): Code => [
  ...(partner === x ? f32x16.groups(t, x, x, SWAP) : []),
  ...f32x16.mul(to, x, cos),
  ...f32x16.subProduct(to, partner === x ? t : partner, sin),
];
