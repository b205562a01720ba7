// alpha A B [+ beta C] for two matrices of known sizes. A tile of the result stays in registers while its products are summed; rows of B
// are loaded in whole registers, numbers of A one by one into all lanes, so that A may be stored either way.

import { constant, f32x16, firstLanes } from '../../core/x64-512.ts';
import { type Code, i64, repeat } from '../../core/x64-code.ts';
import { count, FLOAT, type Kernel, LANES, type Part, REGISTERS, slot, split } from './kernel.ts';
import { rowsOf, SPREAD, tileOfSums, WIDEST } from './tile.ts';
import { transposeRegisters } from './transpose.ts';

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
/** Rows of A packed at once, where they are columns far apart: six cache lines of every row (three: 5% slower for the head of nano). */
const GROUP = 96;
const FAR = 2048;
/** Tasks have rows in multiples of this: whole tiles of most widths. */
const UNIT = 12;

/** Rows of the result are dealt out to `threads`. */
export function product(shape: ProductShape, threads: number): Kernel {
  const packs = packing(shape);
  const shares = split(shape.m, threads, UNIT);
  return {
    tasks: shares.map((rows, i) => taskOf(shape, rows, i * packs.length)),
    scratch: shares.flatMap(() => packs),
  };
}

const widthOf = (n: number) => Math.min(n, WIDEST * LANES);
const packsA = ({ m, transA }: ProductShape) => transA && FLOAT * m >= FAR && m > LANES;

/** Scratch of a task: for a panel of B, for a group of A. */
const packing = (shape: ProductShape): number[] => [
  ...(shape.transB ? [shape.k * LANES * Math.ceil(widthOf(shape.n) / LANES)] : []),
  ...(packsA(shape) ? [shape.k * GROUP] : []),
];

function taskOf(shape: ProductShape, { from, size: m }: Part, scratch: number): Code {
  const { n, k, transA, transB, alpha, beta } = shape;
  const added = beta !== undefined;
  const [a, b, plus, out] = added ? [0, 1, 2, 3] : [0, 1, -1, 2];
  const packA = packsA(shape);
  const packedB = out + 1 + scratch;
  const packedA = packedB + (transB ? 1 : 0);
  const width = widthOf(n);
  /** Bytes from one row to the next, and from one k to the next. */
  const ofA = packA
    ? { row: FLOAT, k: FLOAT * GROUP }
    : { row: FLOAT * (transA ? 1 : k), k: FLOAT * (transA ? shape.m : 1) };
  const ofB = transB ? FLOAT * LANES * Math.ceil(width / LANES) : FLOAT * n;
  const ofC = FLOAT * n;

  /** `rows` x `columns` of the result, at C, from A in FROM_A and B in FROM_B. */
  function tile(rows: number, columns: number): Code {
    const vectors = Math.ceil(columns / LANES);
    const tail = columns % LANES > 0 ? { mask: TAIL } : {};
    return [
      ...i64.copy(WALK_A, FROM_A),
      ...i64.copy(WALK_B, FROM_B),
      ...tileOfSums({
        rows,
        vectors,
        length: k,
        a: { at: WALK_A, row: ofA.row, step: ofA.k },
        b: { at: WALK_B, step: ofB, tail: transB ? {} : tail },
        counter: COUNT,
        finish(x, i, v) {
          const place = { offset: i * ofC + FLOAT * LANES * v };
          const masked = v === vectors - 1 ? tail : {};
          return [
            ...(alpha === 1 ? [] : f32x16.mul(x, x, ALPHA)),
            ...(added
              ? [
                  ...f32x16.load(SPREAD, { base: PLUS, ...place }, masked),
                  ...(beta === 1 ? f32x16.add(x, x, SPREAD) : f32x16.addProduct(x, SPREAD, BETA)),
                ]
              : []),
            ...f32x16.store({ base: C, ...place }, x, masked),
          ];
        },
      }),
      ...i64.addConst(FROM_A, rows * ofA.row),
      ...i64.addConst(C, rows * ofC),
      ...(added ? i64.addConst(PLUS, rows * ofC) : []),
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

  /** Columns of B in WALK_B [columns, k] as rows [k, width] of the scratch. */
  function packColumns(columns: number): Code {
    const blocks = Math.ceil(columns / LANES);
    const block = (rows: number, length: number): Code => [
      ...count(LANES).flatMap((i) =>
        i < rows
          ? f32x16.load(i, { base: WALK_B, offset: FLOAT * k * i }, length < LANES ? { mask: 2 } : {})
          : f32x16.zero(i),
      ),
      ...transposeRegisters(),
      ...count(length).flatMap((j) => f32x16.store({ base: TO, offset: j * ofB }, j)),
      ...i64.addConst(WALK_B, FLOAT * length),
      ...i64.addConst(TO, length * ofB),
    ];
    return count(blocks).flatMap((i) => {
      const rows = Math.min(LANES, columns - i * LANES);
      const whole = Math.floor(k / LANES);
      return [
        ...i64.address(WALK_B, { base: B, offset: FLOAT * k * LANES * i }),
        ...i64.load(TO, slot(packedB)),
        ...i64.addConst(TO, FLOAT * LANES * i),
        ...(whole > 0 ? repeat(COUNT, whole, block(rows, LANES)) : []),
        ...(k % LANES > 0 ? [...firstLanes(2, k % LANES), ...block(rows, k % LANES)] : []),
      ];
    });
  }

  /** `rows` columns of A in A [k, m] as [k, GROUP]. */
  function packRows(rows: number): Code {
    const vectors = Math.ceil(rows / LANES);
    const tail = rows % LANES;
    return [
      ...(tail > 0 ? firstLanes(2, tail) : []),
      ...i64.copy(WALK_A, A),
      ...i64.load(TO, slot(packedA)),
      ...repeat(COUNT, k, [
        ...count(vectors).flatMap((v) => [
          ...f32x16.load(
            v,
            { base: WALK_A, offset: FLOAT * LANES * v },
            tail > 0 && v === vectors - 1 ? { mask: 2 } : {},
          ),
          ...f32x16.store({ base: TO, offset: FLOAT * LANES * v }, v),
        ]),
        ...i64.addConst(WALK_A, FLOAT * shape.m),
        ...i64.addConst(TO, ofA.k),
      ]),
    ];
  }

  /** All panels of `rows` rows: A is in A or packed, C and PLUS are at the first of them, and stay there. */
  function panels(rows: number): Code {
    const panel = (columns: number): Code => [
      ...(transB ? [...packColumns(columns), ...i64.load(FROM_B, slot(packedB))] : i64.copy(FROM_B, B)),
      ...(alpha === 1 ? [] : constant(ALPHA, alpha)),
      ...(added && beta !== 1 ? constant(BETA, beta) : []),
      ...(packA ? i64.load(FROM_A, slot(packedA)) : i64.copy(FROM_A, A)),
      ...band(rows, columns),
      // Back to the first row, and on to the next columns.
      ...i64.addConst(C, FLOAT * columns - rows * ofC),
      ...(added ? i64.addConst(PLUS, FLOAT * columns - rows * ofC) : []),
      ...i64.addConst(B, FLOAT * columns * (transB ? k : 1)),
    ];
    const whole = Math.floor(n / width);
    return [
      ...i64.load(B, slot(b)),
      ...(whole > 0 ? repeat(PANELS, whole, panel(width)) : []),
      ...(n % width > 0 ? panel(n % width) : []),
      ...i64.addConst(C, -FLOAT * n),
      ...(added ? i64.addConst(PLUS, -FLOAT * n) : []),
    ];
  }

  const group = (rows: number): Code => [
    ...packRows(rows),
    ...panels(rows),
    ...i64.addConst(A, FLOAT * rows),
    ...i64.addConst(C, rows * ofC),
    ...(added ? i64.addConst(PLUS, rows * ofC) : []),
  ];
  const groups = Math.floor(m / GROUP);
  return [
    ...(n % LANES > 0 ? firstLanes(TAIL, n % LANES) : []),
    ...[...i64.load(A, slot(a)), ...i64.addConst(A, FLOAT * from * (transA ? 1 : k))],
    ...[...i64.load(C, slot(out)), ...i64.addConst(C, from * ofC)],
    ...(added ? [...i64.load(PLUS, slot(plus)), ...i64.addConst(PLUS, from * ofC)] : []),
    ...(packA
      ? [
          ...(groups > 0 ? repeat(GROUPS, groups, group(GROUP)) : []),
          ...(m % GROUP > 0 ? group(m % GROUP) : []),
        ]
      : panels(m)),
  ];
}
