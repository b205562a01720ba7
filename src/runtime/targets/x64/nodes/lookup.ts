// Kernels of rows by index: taken from a table, and added to one. An index outside the table gives
// a row that is not a number, or adds nothing: what is fed to a model is checked before (model/objectives).
import type { Vectors } from '../../../../assembly/x64/vectors.ts';
import { at, FLOAT, type Kernel, type Part, pointers, split } from './kernel.ts';
import { chunksOf, everyLane } from './rows.ts';

interface Lookup {
  /** Rows of the table, and numbers in each. */
  rows: number;
  width: number;
  /** How many indices. */
  ids: number;
}

interface Walk {
  /** Registers with the table's address, and with that of the indices, which moves along. */
  table: number;
  ids: number;
  /** Moves along by a row for every index. */
  rows: number;
}

/**
 * For every index: `yes` with a register that holds the address of its row in the table,
 * `no` where it has none.
 */
function everyIndex(
  { a }: Vectors,
  times: number,
  lookup: Lookup,
  { table, ids, rows }: Walk,
  yes: (row: number) => void,
  no?: () => void,
): void {
  a.registers.scope(() => {
    const index = a.registers.take();
    a.repeat(times, () => {
      a.load(index, at(ids));
      const found = () => {
        a.multiply(index, index, FLOAT * lookup.width);
        a.addRegister(index, table);
        yes(index);
      };
      a.ifBelow(index, lookup.rows, found, no);
      a.add(ids, 8);
      a.add(rows, FLOAT * lookup.width);
    });
  });
}

/** table, ids -> rows. */
export function gather(lookup: Lookup, threads: number): Kernel {
  const { width, ids: all } = lookup;
  const task =
    ({ from, size }: Part) =>
    (v: Vectors): void => {
      const [table, ids, out] = pointers(v, 0, 1, 2);
      const chunks = chunksOf(v, width);
      const [t, none] = v.file.takeAll(2);
      v.fill(none, Number.NaN);
      v.a.add(ids, 8 * from);
      v.a.add(out, FLOAT * width * from);
      const found = (row: number) => {
        for (const { offset, tail } of chunks) {
          v.load(t, at(row, offset), tail);
          v.store(at(out, offset), t, tail);
        }
      };
      everyIndex(v, size, lookup, { table, ids, rows: out }, found, () => {
        for (const { offset, tail } of chunks) v.store(at(out, offset), none, tail);
      });
    };
  return { tasks: split(all, threads).map(task), scratch: [] };
}

/**
 * x, ids [, base] -> the table base (or of zeros) with x added to its rows; the result
 * may be in the memory of base. One task, since several indices may name one row.
 */
export function scatterRows(lookup: Lookup, based: boolean): Kernel {
  const { rows, width, ids: all } = lookup;
  const task = (v: Vectors): void => {
    const { a } = v;
    const [x, ids, table] = pointers(v, 0, 1, based ? 3 : 2);
    const [t, u] = v.file.takeAll(2);
    a.registers.scope(() => {
      const walk = a.registers.take();
      a.copy(walk, table);
      if (based) {
        const [base] = pointers(v, 2);
        a.unlessEqual(base, table, () =>
          everyLane(v, rows * width, [base, walk], (tail) => {
            v.load(t, at(base), tail);
            v.store(at(walk), t, tail);
          }),
        );
      } else {
        v.zero(t);
        everyLane(v, rows * width, [walk], (tail) => v.store(at(walk), t, tail));
      }
    });
    const chunks = chunksOf(v, width);
    everyIndex(v, all, lookup, { table, ids, rows: x }, (row) => {
      for (const { offset, tail } of chunks) {
        v.load(t, at(x, offset), tail);
        v.load(u, at(row, offset), tail);
        v.add(t, t, u);
        v.store(at(row, offset), t, tail);
      }
    });
  };
  return { tasks: [task], scratch: [] };
}
