// What the kernels of self-attention share: where a head's numbers are, and loops over heads and over bands of sixteen rows.
import { f32x16 } from '../../core/x64-512.ts';
import { type Code, i64, repeat } from '../../core/x64-code.ts';
import { count, FLOAT, LANES, type Part, split } from './kernel.ts';
import { turnRow } from './rotate.ts';
import { rowsOf, tileOfSums, WIDEST } from './tile.ts';
import { transposeRegisters } from './transpose.ts';

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

/** `head` for every head of the share; `wide` are pointers into queries, keys and values, `narrow` into mixtures, `scores` into probabilities. */
export function everyHead(
  heads: Heads,
  share: Share,
  { wide, narrow, scores }: { wide: readonly number[]; narrow: readonly number[]; scores: number },
  counters: { sequences: number; heads: number },
  head: Code,
): Code {
  const at = strides(heads);
  const square = heads.length * at.scores;
  const move = (byWide: number, byNarrow: number, byScores: number): Code => [
    ...wide.flatMap((one) => i64.addConst(one, byWide)),
    ...narrow.flatMap((one) => i64.addConst(one, byNarrow)),
    ...i64.addConst(scores, byScores),
  ];
  const first = share.sequences.from * heads.heads + share.heads.from;
  const others = heads.heads - share.heads.size;
  return [
    ...move(first * at.head + share.sequences.from * 2 * at.part, first * at.head, first * square),
    ...repeat(counters.sequences, share.sequences.size, [
      ...repeat(counters.heads, share.heads.size, [...head, ...move(at.head, at.head, square)]),
      ...move(others * at.head + 2 * at.part, others * at.head, others * square),
    ]),
  ];
}

/** Rows that fit into registers with a softmax's constants. */
const LONGEST = 256;

/** Whether the kernels are written for such heads: whole registers, and pairs that are registers or halves of one. */
export function suitsHeads({ length, width }: Heads): boolean {
  const chunks = width / LANES;
  return length % LANES === 0 && length <= LONGEST && [1, 2, 4].includes(chunks);
}

/** Bytes between rows of queries, keys and values, and of what attention puts out; between those parts; of a row of scores and of a head. */
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

/** Bands of sixteen rows of scores: `from` their first row, `to` the columns that they have. */
export const bands = ({ length, causal }: Heads): { from: number; to: number }[] =>
  count(length / LANES).map((g) => ({ from: LANES * g, to: causal ? LANES * (g + 1) : length }));

/** A register's address and what to add to it. */
type Place = [register: number, offset: number];

interface BandProduct {
  /** Columns of the result, and products that are summed. */
  columns: number;
  length: number;
  a: { at: Place; row: number; step: number };
  b: { at: Place; step: number };
  registers: { a: number; b: number; counter: number };
  /** Row of the band, column of the first lane, and which of the registers across. */
  finish(x: number, row: number, column: number, v: number): Code;
}

/** A product with sixteen rows. */
export function bandProduct({ columns, length, a, b, registers, finish }: BandProduct): Code {
  const code: Code[] = [];
  for (let column = 0; column < columns; column += LANES * WIDEST) {
    const vectors = Math.min(WIDEST, (columns - column) / LANES);
    for (const { from, size } of split(LANES, Math.ceil(LANES / rowsOf(vectors))))
      code.push(
        i64.address(registers.a, { base: a.at[0], offset: a.at[1] + from * a.row }),
        i64.address(registers.b, { base: b.at[0], offset: b.at[1] + FLOAT * column }),
        tileOfSums({
          rows: size,
          vectors,
          length,
          a: { at: registers.a, row: a.row, step: a.step },
          b: { at: registers.b, step: b.step },
          counter: registers.counter,
          finish: (x, i, v) => finish(x, from + i, column + LANES * v, v),
        }),
      );
  }
  return code.flat();
}

interface Rows {
  /** The first row, with `offset` to the head's numbers, moved along; bytes between rows. */
  from: Place;
  step: number;
  heads: Heads;
  /** Registers of the tables' rows, moved along; of none, rows are taken as they are. */
  turn?: { cos: number; sin: number };
  /** Register of the first number to write, moved along. */
  to: number;
  counter: number;
}

const advance = ({ from, step, turn, heads }: Rows, rows: number): Code => [
  ...i64.addConst(from[0], rows * step),
  ...(turn ? [turn.cos, turn.sin].flatMap((at) => i64.addConst(at, rows * FLOAT * heads.width)) : []),
];

/** Chunk c of row i, turned where rows turn, in register `to`; `t` is lost. */
function rowOf({ from, step, turn, heads }: Rows, to: number, t: number, i: number, c: number): Code {
  const x = { base: from[0], offset: from[1] + i * step };
  if (!turn) return f32x16.load(to, { ...x, offset: x.offset + FLOAT * LANES * c });
  const offset = FLOAT * heads.width * i;
  const tables = { cos: { base: turn.cos, offset }, sin: { base: turn.sin, offset } };
  return turnRow(to, t, { x, ...tables }, c, heads.width / LANES);
}

/** All rows of a head one after the other [length, width]. */
export function copyRows(rows: Rows): Code {
  const { heads, to, counter } = rows;
  return repeat(counter, heads.length, [
    ...count(heads.width / LANES).flatMap((c) => [
      ...rowOf(rows, 0, 1, 0, c),
      ...f32x16.store({ base: to, offset: FLOAT * LANES * c }, 0),
    ]),
    ...advance(rows, 1),
    ...i64.addConst(to, FLOAT * heads.width),
  ]);
}

/** All rows of a head as columns [width, length]. */
export function transposeRows(rows: Rows): Code {
  const { heads, to, counter } = rows;
  const { length, width } = heads;
  return repeat(counter, length / LANES, [
    ...count(width / LANES).flatMap((c) => [
      ...count(LANES).flatMap((i) => rowOf(rows, i, 16, i, c)),
      ...transposeRegisters(),
      ...count(LANES).flatMap((j) => f32x16.store({ base: to, offset: FLOAT * length * (LANES * c + j) }, j)),
    ]),
    ...advance(rows, LANES),
    ...i64.addConst(to, FLOAT * LANES),
  ]);
}
