// Answers by cursor: what was added or changed, put into what the page has already.
import type { Metrics, RunColumns, RunTable } from '../../../src/server/wire.ts';

/** Keys of rows, in the words of `RunTable.gone`. */
export const rowKeys = ({ run, optimizer }: Pick<RunColumns, 'run' | 'optimizer'>): string[] =>
  run.map((id, i) => `${id} ${optimizer[i]}`);

/** The table with the rows of `next` in place of those that they replace. */
export function mergeRuns(before: RunTable | undefined, next: RunTable): RunTable {
  if (next.whole || before === undefined) return next;
  if (next.columns.run.length === 0 && next.gone.length === 0) return { ...before, cursor: next.cursor };
  const gone = new Set(next.gone);
  const at = new Map<string, number>();
  const kept: [source: RunColumns, row: number][] = [];
  rowKeys(before.columns).forEach((key, row) => {
    if (gone.has(key)) return;
    at.set(key, kept.length);
    kept.push([before.columns, row]);
  });
  rowKeys(next.columns).forEach((key, row) => {
    const place = at.get(key);
    if (place === undefined) kept.push([next.columns, row]);
    else kept[place] = [next.columns, row];
  });
  const names = Object.keys(before.columns) as (keyof RunColumns)[];
  const all = (of: (columns: RunColumns) => unknown[] | undefined) =>
    kept.map(([source, row]) => of(source)?.[row] ?? null);
  const hyper = [...new Set([before, next].flatMap(({ columns }) => Object.keys(columns.hyper)))];
  const columns = {
    ...Object.fromEntries(
      names.flatMap((name) => (name === 'hyper' ? [] : [[name, all((source) => source[name])]])),
    ),
    hyper: Object.fromEntries(hyper.map((name) => [name, all((source) => source.hyper[name])])),
  };
  return { ...next, whole: true, gone: [], columns: columns as unknown as RunColumns };
}

/** The curve with what was added to it. */
export function mergeMetrics(before: Metrics | undefined, next: Metrics): Metrics {
  if (next.whole || before === undefined) return next;
  const lengths = [before.step.length, next.step.length];
  const both = <V>(a: Record<string, V[]>, b: Record<string, V[]>): Record<string, (V | null)[]> =>
    Object.fromEntries(
      [...new Set([...Object.keys(a), ...Object.keys(b)])].map((name) => [
        name,
        [a[name] ?? Array(lengths[0]).fill(null), b[name] ?? Array(lengths[1]).fill(null)].flat(),
      ]),
    );
  return {
    ...next,
    whole: true,
    thinned: before.thinned || next.thinned,
    step: [...before.step, ...next.step],
    columns: both(before.columns, next.columns) as Metrics['columns'],
    clippedKinds: both(before.clippedKinds, next.clippedKinds),
    clippedLayers: both(before.clippedLayers, next.clippedLayers),
  };
}
