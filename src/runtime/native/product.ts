// alpha A B [+ beta C] for two matrices of known sizes: the result in panels of columns, those in tiles (tile.ts). What would be read from
// places far apart is packed first (pack.ts).
import { constant, f32x16, firstLanes } from '../../core/x64-512.ts';
import { type Code, i64, repeat } from '../../core/x64-code.ts';
import { FLOAT, type Kernel, LANES, type Part, REGISTERS, slot, split } from './kernel.ts';
import { packRows, packTransposed } from './pack.ts';
import { rowsOf, SPREAD, tileOfSums, WIDEST } from './tile.ts';

export interface ProductShape {
  m: number;
  n: number;
  k: number;
  /** A is stored [k, m], B [n, k]. */
  transA: boolean;
  transB: boolean;
  alpha: number;
  /** Factor of the matrix that is added; undefined: there is none. */
  beta?: number;
}

const [, COUNT, A, B, C, PLUS, WALK_A, WALK_B, ROWS, PANELS, FROM_A, FROM_B, GROUPS, TO] = REGISTERS;
const [ALPHA, BETA] = [31, 30];
const TAIL = 1;
/** Products summed at once: a panel of B then takes half of a core's second cache. The head of 160m, 50280 long, takes a third of the time. */
const LONGEST = 2048;
/** Rows of A packed at once, where they are columns far apart: six cache lines of every row (three: 5% slower for the head of nano). */
const GROUP = 96;
/** Bytes between rows that are far apart: about a page. */
const FAR = 2048;
/** Rows of the result from which on a panel of B is packed for being far apart. */
const MANY = 64;
/** Tasks have rows in multiples of this: whole tiles of most widths. */
const UNIT = 12;

/** Rows of the result are dealt out to `threads`. */
export function product(shape: ProductShape, threads: number): Kernel {
  const shares = split(shape.m, threads, UNIT);
  const { scratch } = planOf(shape);
  return {
    tasks: shares.map((rows, i) => taskOf(shape, rows, i * scratch.length)),
    scratch: shares.flatMap(() => scratch),
    // Every number of what is added is read before that of the result is written.
    ...(shape.beta === undefined ? {} : { inPlace: { input: 2, output: 0 } }),
  };
}

/** What is packed, and the scratch of a task: for a panel of B, for a group of A. */
function planOf({ m, n, k, transA, transB }: ProductShape) {
  const width = Math.min(n, WIDEST * LANES);
  const length = Math.min(k, LONGEST);
  const packA = transA && FLOAT * m >= FAR && m > LANES;
  const packB = transB || (FLOAT * n >= FAR && m >= MANY);
  const paddedWidth = LANES * Math.ceil(width / LANES);
  const scratch = [...(packB ? [length * paddedWidth] : []), ...(packA ? [length * GROUP] : [])];
  /** Bytes from one row to the next, and from one product to the next. */
  const ofA = packA
    ? { row: FLOAT, step: FLOAT * GROUP }
    : { row: FLOAT * (transA ? 1 : k), step: FLOAT * (transA ? m : 1) };
  const ofB = FLOAT * (packB ? paddedWidth : n);
  return { width, length, packA, packB, scratch, ofA, ofB };
}

/** Rows `from`, ... of the result. Pointers A and C are at the first of them; PLUS is at that of what is added. */
function taskOf(shape: ProductShape, { from, size: m }: Part, scratch: number): Code {
  const { n, k, transA, transB, beta } = shape;
  const added = beta !== undefined;
  const [a, b, plus, out] = added ? [0, 1, 2, 3] : [0, 1, -1, 2];
  const { length } = planOf(shape);
  const block = (size: number, first: boolean) =>
    blockOf(shape, { m, size, first, packed: out + 1 + scratch, b });
  const others = Math.ceil(k / length) - 1;
  const nextA = i64.addConst(A, FLOAT * length * (transA ? shape.m : 1));
  const byB = FLOAT * length * (transB ? 1 : n);
  // Later blocks add to the result itself: PLUS is free, and keeps where their part of B begins.
  const later: Code = [
    ...[...nextA, ...i64.load(PLUS, slot(b)), ...i64.addConst(PLUS, byB)],
    ...(others > 1
      ? repeat(COUNT, others - 1, [
          ...[...i64.push(COUNT), ...block(length, false), ...i64.pop(COUNT)],
          ...[...nextA, ...i64.addConst(PLUS, byB)],
        ])
      : []),
    ...block(k - others * length, false),
  ];
  return [
    ...(n % LANES > 0 ? firstLanes(TAIL, n % LANES) : []),
    ...[...i64.load(A, slot(a)), ...i64.addConst(A, FLOAT * from * (transA ? 1 : k))],
    ...[...i64.load(C, slot(out)), ...i64.addConst(C, FLOAT * n * from)],
    ...(added ? [...i64.load(PLUS, slot(plus)), ...i64.addConst(PLUS, FLOAT * n * from)] : []),
    ...block(length, true),
    ...(others > 0 ? later : []),
  ];
}

interface Block {
  /** Rows of the result, and products that are summed. */
  m: number;
  size: number;
  /** The first one makes the result, others add to it. */
  first: boolean;
  /** Slots of the scratch, and of B. */
  packed: number;
  b: number;
}

/** A, C and PLUS are afterwards what they were. */
function blockOf(shape: ProductShape, { m, size, first, packed, b }: Block): Code {
  const { n, k, transB, alpha, beta } = shape;
  const { width, packA, packB, ofA, ofB } = planOf(shape);
  const packedA = packed + (packB ? 1 : 0);
  const ofC = FLOAT * n;
  const added = first && beta !== undefined;
  const scaled = added && beta !== 1;
  const moving = [C, ...(added ? [PLUS] : [])];
  const move = (bytes: number): Code => moving.flatMap((pointer) => i64.addConst(pointer, bytes));

  /** `rows` x `columns` of the result, at C, from A in FROM_A and B in FROM_B. */
  function tile(rows: number, columns: number): Code {
    const vectors = Math.ceil(columns / LANES);
    const tail = columns % LANES > 0 ? { mask: TAIL } : {};
    return [
      ...[...i64.copy(WALK_A, FROM_A), ...i64.copy(WALK_B, FROM_B)],
      ...tileOfSums({
        rows,
        vectors,
        length: size,
        a: { at: WALK_A, ...ofA },
        b: { at: WALK_B, step: ofB, tail: packB ? {} : tail },
        counter: COUNT,
        finish(x, i, v) {
          const offset = i * ofC + FLOAT * LANES * v;
          const masked = v === vectors - 1 ? tail : {};
          const to = { base: C, offset };
          return [
            ...(alpha === 1 ? [] : f32x16.mul(x, x, ALPHA)),
            ...(first && !added ? [] : f32x16.load(SPREAD, added ? { base: PLUS, offset } : to, masked)),
            ...(scaled
              ? f32x16.addProduct(x, SPREAD, BETA)
              : first && !added
                ? []
                : f32x16.add(x, x, SPREAD)),
            ...f32x16.store(to, x, masked),
          ];
        },
      }),
      ...[...i64.addConst(FROM_A, rows * ofA.row), ...move(rows * ofC)],
    ];
  }

  /** `rows` rows, from FROM_A and C on. */
  function band(rows: number, columns: number): Code {
    const most = rowsOf(Math.ceil(columns / LANES));
    const whole = Math.floor(rows / most);
    return [
      ...(whole > 0 ? repeat(ROWS, whole, tile(most, columns)) : []),
      ...(rows % most > 0 ? tile(rows % most, columns) : []),
    ];
  }

  /** Columns of B at B: FROM_B says where they are read. */
  function columnsOfB(columns: number): Code {
    if (!packB) return i64.copy(FROM_B, B);
    const at = { source: B, walk: WALK_B, to: TO, counter: COUNT };
    return [
      ...i64.load(TO, slot(packed)),
      ...(transB
        ? packTransposed({ rows: columns, columns: size, from: FLOAT * k, to: ofB, at })
        : packRows({ rows: size, columns, from: ofC, to: ofB, at })),
      ...i64.load(FROM_B, slot(packed)),
    ];
  }

  /** All panels of `rows` rows. */
  function panels(rows: number): Code {
    const panel = (columns: number): Code => [
      ...columnsOfB(columns),
      ...(alpha === 1 ? [] : constant(ALPHA, alpha)),
      ...(scaled ? constant(BETA, beta) : []),
      ...(packA ? i64.load(FROM_A, slot(packedA)) : i64.copy(FROM_A, A)),
      ...band(rows, columns),
      // Back to the first row, and on to the next columns.
      ...move(FLOAT * columns - rows * ofC),
      ...i64.addConst(B, FLOAT * columns * (transB ? k : 1)),
    ];
    const whole = Math.floor(n / width);
    return [
      ...(first ? i64.load(B, slot(b)) : i64.copy(B, PLUS)),
      ...(whole > 0 ? repeat(PANELS, whole, panel(width)) : []),
      ...(n % width > 0 ? panel(n % width) : []),
      ...move(-FLOAT * n),
    ];
  }

  if (!packA) return panels(m);
  const at = { source: A, walk: WALK_A, to: TO, counter: COUNT };
  const group = (rows: number): Code => [
    ...i64.load(TO, slot(packedA)),
    ...packRows({ rows: size, columns: rows, from: FLOAT * shape.m, to: ofA.step, at }),
    ...panels(rows),
    ...[...i64.addConst(A, FLOAT * rows), ...move(rows * ofC)],
  ];
  const groups = Math.floor(m / GROUP);
  return [
    ...(groups > 0 ? repeat(GROUPS, groups, group(GROUP)) : []),
    ...(m % GROUP > 0 ? group(m % GROUP) : []),
    ...[...i64.addConst(A, -FLOAT * m), ...move(-m * ofC)],
  ];
}
