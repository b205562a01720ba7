// What the kernels of self-attention share: where a head's numbers are, and loops
// over heads and over bands of rows.
import type { VectorSet, Vectors } from '../../../../assembly/x64/vectors.ts';
import { at, FLOAT, indexes, type Part, pointers, split } from './kernel.ts';
import { rotateRegister } from './rotate.ts';
import { tileOfSums, tileRows, widestOf } from './tile.ts';

export interface Heads {
  /** Positions, sequences and heads, and columns of a head. */
  length: number;
  sequences: number;
  heads: number;
  width: number;
  theta: number | null;
  scale: number;
  causal: boolean;
}

/** What one task does: these heads of these sequences. */
export interface Share {
  sequences: Part;
  heads: Part;
}

export function shareHeads({ sequences, heads }: Heads, threads: number): Share[] {
  const all = (size: number): Part => ({ from: 0, size });
  return sequences >= threads
    ? split(sequences, threads).map((part) => ({ sequences: part, heads: all(heads) }))
    : split(heads, threads).map((part) => ({ sequences: all(sequences), heads: part }));
}

/** General registers: pointers into queries, keys and values; into mixtures; into probabilities. */
interface HeadPointers {
  wide: readonly number[];
  narrow: readonly number[];
  scores: number;
}

/** `head` for every head of the share; the pointers move along. */
export function everyHead(
  { a }: Vectors,
  heads: Heads,
  share: Share,
  { wide, narrow, scores }: HeadPointers,
  head: () => void,
): void {
  const stride = strides(heads);
  const square = heads.length * stride.scores;
  const move = (byWide: number, byNarrow: number, byScores: number) => {
    for (const one of wide) a.add(one, byWide);
    for (const one of narrow) a.add(one, byNarrow);
    a.add(scores, byScores);
  };
  const first = share.sequences.from * heads.heads + share.heads.from;
  const others = heads.heads - share.heads.size;
  move(first * stride.head + share.sequences.from * 2 * stride.part, first * stride.head, first * square);
  a.repeat(share.sequences.size, () => {
    a.repeat(share.heads.size, () => {
      head();
      move(stride.head, stride.head, square);
    });
    move(others * stride.head + 2 * stride.part, others * stride.head, others * square);
  });
}

/** Longer rows of scores would make more instructions than a processor keeps at hand. */
const LONGEST = 256;

/**
 * Whether the kernels are written for such heads: whole registers, and pairs that
 * are registers or halves of one.
 */
export function suitsHeads({ length, width }: Heads, { lanes }: VectorSet): boolean {
  const chunks = width / lanes;
  return length % lanes === 0 && length <= LONGEST && [1, 2, 4, 8].includes(chunks);
}

/**
 * Bytes between rows of queries, keys and values, and of what attention puts out;
 * between those parts; of a row of scores and of a head.
 */
export function strides({ length, sequences, heads, width }: Heads) {
  const dim = heads * width;
  return {
    qkv: FLOAT * sequences * 3 * dim,
    out: FLOAT * sequences * dim,
    part: FLOAT * dim,
    scores: FLOAT * length,
    head: FLOAT * width,
  };
}

/**
 * Bands of as many rows of scores as there are lanes: `from` their first row, `to`
 * the columns that they have.
 */
export const bands = ({ lanes }: Vectors, { length, causal }: Heads): { from: number; to: number }[] =>
  indexes(length / lanes).map((g) => ({ from: lanes * g, to: causal ? lanes * (g + 1) : length }));

/** A general register and what to add to it. */
type Pointer = [register: number, offset: number];

interface BandProduct {
  /** Columns of the result, and products that are summed. */
  columns: number;
  length: number;
  a: { at: Pointer; row: number; step: number };
  b: { at: Pointer; step: number };
  /** Row of the band, and column of the first lane. */
  finish(x: number, row: number, column: number): void;
}

/** A product with as many rows as there are lanes. */
export function bandProduct(
  v: Vectors,
  set: VectorSet,
  { columns, length, a, b, finish }: BandProduct,
): void {
  const widest = widestOf(set);
  v.scope(() => {
    const [walkA, walkB] = v.a.registers.takeAll(2);
    for (let column = 0; column < columns; column += v.lanes * widest) {
      const vectors = Math.min(widest, (columns - column) / v.lanes);
      for (const { from, size } of split(v.lanes, Math.ceil(v.lanes / tileRows(set, vectors)))) {
        v.a.address(walkA, at(a.at[0], a.at[1] + from * a.row));
        v.a.address(walkB, at(b.at[0], b.at[1] + FLOAT * column));
        tileOfSums(v, {
          rows: size,
          vectors,
          length,
          a: { at: walkA, row: a.row, step: a.step },
          b: { at: walkB, step: b.step },
          finish: (x, i, across) => finish(x, from + i, column + v.lanes * across),
        });
      }
    }
  });
}

interface Rows {
  /** The first row, with `offset` to the head's numbers; bytes between rows. */
  from: Pointer;
  step: number;
  heads: Heads;
  /** Slots of the tables by which rows turn; of none, rows are taken as they are. */
  tables?: readonly number[];
  /** Whether they are turned back. */
  back?: boolean;
}

/** `body` for every `unit` rows; `row` puts a register of one of them, turned, into a register. */
function everyRow(
  v: Vectors,
  { from: [base, offset], step, heads, tables, back }: Rows,
  unit: number,
  body: (row: (to: number, i: number, c: number) => void) => void,
): void {
  const { a, lanes } = v;
  const width = FLOAT * heads.width;
  v.scope(() => {
    const walk = a.registers.take();
    a.address(walk, at(base, offset));
    const [cos, sin] = tables ? pointers(v, ...tables) : [];
    a.repeat(heads.length / unit, () => {
      body((to, i, c) => {
        if (!tables) return v.load(to, at(walk, i * step + FLOAT * lanes * c));
        const row = { x: at(walk, i * step), cos: at(cos, i * width), sin: at(sin, i * width) };
        rotateRegister(v, to, row, c, heads.width / lanes, back);
      });
      a.add(walk, unit * step);
      for (const one of tables ? [cos, sin] : []) a.add(one, unit * width);
    });
  });
}

/** All rows of a head [length, width], written `stride` bytes apart from register `to` + `offset` on. */
export function copyRows(v: Vectors, rows: Rows, [base, offset]: Pointer, stride: number): void {
  v.scope(() => {
    const to = v.a.registers.take();
    v.a.address(to, at(base, offset));
    const x = v.file.take();
    everyRow(v, rows, 1, (row) => {
      for (const c of indexes(rows.heads.width / v.lanes)) {
        row(x, 0, c);
        v.store(at(to, FLOAT * v.lanes * c), x);
      }
      v.a.add(to, stride);
    });
  });
}

/** All rows of a head as columns [width, length], from register `base` on. */
export function transposeRows(v: Vectors, rows: Rows, base: number): void {
  const { lanes } = v;
  const { length, width } = rows.heads;
  v.scope(() => {
    const to = v.a.registers.take();
    v.a.copy(to, base);
    const registers = v.file.takeAll(lanes);
    everyRow(v, rows, lanes, (row) => {
      for (const c of indexes(width / lanes)) {
        registers.forEach((register, i) => {
          row(register, i, c);
        });
        v.transpose(registers).forEach((column, j) => {
          v.store(at(to, FLOAT * length * (lanes * c + j)), column);
        });
      }
      v.a.add(to, FLOAT * lanes);
    });
  });
}
