// Rows that are made anew whenever anything of a study moves, and mostly are what they were.
import { useRef } from 'preact/hooks';

/** Whether two lists have equal rows, field by field. A field that is an object is equal only to itself. */
export function sameRows<Row extends object>(a: readonly Row[], b: readonly Row[]): boolean {
  if (a === b) return true;
  return a.length === b.length && a.every((row, i) => sameFields(row, b[i]));
}

function sameFields<Row extends object>(a: Row, b: Row): boolean {
  if (a === b) return true;
  const names = Object.keys(a) as (keyof Row)[];
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => Object.hasOwn(b, name) && Object.is(a[name], b[name]))
  );
}

/** `rows`, or those of before while they are equal: what is made from them need not be made again. */
export function useSameRows<Row extends object>(rows: readonly Row[]): readonly Row[] {
  const kept = useRef(rows);
  if (!sameRows(kept.current, rows)) kept.current = rows;
  return kept.current;
}
