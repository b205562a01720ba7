// Kernels of rows by index: taken from a table, and added to one. An index outside the table gives a row that is not a number, or adds
// nothing: what is fed to a model is checked before (model/objectives).
import { constant, f32x16 } from '../../core/x64-512.ts';
import { type At, type Code, i64, ifBelow, repeat, unlessEqual } from '../../core/x64-code.ts';
import { FLOAT, type Kernel, type Part, REGISTERS, slot, split } from './kernel.ts';
import { chunksOf, everyLane, tailOf } from './rows.ts';

const [INDEX, COUNT, TABLE, IDS, OUT, X, WALK, BASE] = REGISTERS;
const [T, U, NONE] = [0, 1, 2];

interface Lookup {
  /** Rows of the table, and numbers in each. */
  rows: number;
  width: number;
  /** How many indices. */
  ids: number;
}

const place = (base: number, offset: number): At => ({ base, offset });

/** For every index at IDS: `yes` with the address of its row of the table at TABLE in INDEX, `no` where it has none. `rows` moves along. */
const everyIndex = (times: number, table: Lookup, rows: number, yes: Code, no: Code): Code =>
  repeat(COUNT, times, [
    ...i64.load(INDEX, place(IDS, 0)),
    ...ifBelow(
      INDEX,
      table.rows,
      [...i64.timesConst(INDEX, INDEX, FLOAT * table.width), ...i64.add(INDEX, TABLE), ...yes],
      no,
    ),
    ...[...i64.addConst(IDS, 8), ...i64.addConst(rows, FLOAT * table.width)],
  ]);

/** table, ids -> rows. */
export function gather(lookup: Lookup, threads: number): Kernel {
  const { width, ids } = lookup;
  const chunks = chunksOf(width);
  const taken = chunks.flatMap(({ offset, masked }) => [
    ...f32x16.load(T, place(INDEX, offset), masked),
    ...f32x16.store(place(OUT, offset), T, masked),
  ]);
  const none = chunks.flatMap(({ offset, masked }) => f32x16.store(place(OUT, offset), NONE, masked));
  const task = ({ from, size }: Part): Code => [
    ...[...tailOf(width), ...constant(NONE, Number.NaN)],
    ...[TABLE, IDS, OUT].flatMap((pointer, i) => i64.load(pointer, slot(i))),
    ...[...i64.addConst(IDS, 8 * from), ...i64.addConst(OUT, FLOAT * width * from)],
    ...everyIndex(size, lookup, OUT, taken, none),
  ];
  return { tasks: split(ids, threads).map(task), scratch: [] };
}

/**
 * x, ids [, base] -> the table base (or of zeros) with x added to its rows; the result may be in the memory of base. One task, since
 * several indices may name one row.
 */
export function scatterRows(lookup: Lookup, based: boolean): Kernel {
  const { rows, width, ids } = lookup;
  const pointers = { pointers: based ? [BASE, WALK] : [WALK], counter: COUNT };
  const begun: Code = based
    ? everyLane(rows * width, pointers, (at, masked) => [
        ...f32x16.load(T, at(BASE), masked),
        ...f32x16.store(at(WALK), T, masked),
      ])
    : [
        ...f32x16.zero(T),
        ...everyLane(rows * width, pointers, (at, masked) => f32x16.store(at(WALK), T, masked)),
      ];
  const added = chunksOf(width).flatMap(({ offset, masked }) => [
    ...[...f32x16.load(T, place(X, offset), masked), ...f32x16.load(U, place(INDEX, offset), masked)],
    ...[...f32x16.add(T, T, U), ...f32x16.store(place(INDEX, offset), T, masked)],
  ]);
  const code: Code = [
    ...[X, IDS, ...(based ? [BASE] : []), TABLE].flatMap((pointer, i) => i64.load(pointer, slot(i))),
    ...i64.copy(WALK, TABLE),
    ...(based ? unlessEqual(BASE, TABLE, begun) : begun),
    ...[...tailOf(width), ...everyIndex(ids, lookup, X, added, [])],
  ];
  return { tasks: [code], scratch: [] };
}
