// The settings of the filtered runs side by side, each run a line that ends at its loss. A range that is drawn
// on an axis becomes a part of the filter.
import { useCallback, useMemo } from 'preact/hooks';
import { axisScale, parallelFigure } from '../../../src/figures/parallel.ts';
import type { RunTable } from '../../../src/server/wire.ts';
import { Figure } from '../parts/figure.tsx';
import { useSameRows } from '../parts/same-rows.ts';
import { setState } from '../route.ts';
import { brushing, type Range } from './brush.ts';
import { askedOf, withAsked } from './filter.ts';
import { askedBy, axesOf, filterName, most, parallelRows, rangeOn } from './parallel-rows.ts';
import './style.css';

interface Props {
  table: RunTable;
  /** Rows that pass the filter. */
  rows: readonly number[];
  /** The filter. */
  text: string;
}

export function Parallel({ table, rows, text }: Props) {
  const everything = useMemo(() => parallelRows(table), [table]);
  const all = useSameRows(everything.map(({ row }) => row));
  const axes = useMemo(() => axesOf(table.columns), [table]);
  const fields = axes.map(({ field }) => field).join();
  const draw = useMemo(() => parallelFigure(axes, all), [fields, all]);
  const { drawn, left } = useMemo(() => {
    const passes = new Set(rows);
    const kept = everything.flatMap(({ at, row }) => (passes.has(at) ? [row] : []));
    return { drawn: kept.slice(0, most), left: Math.max(0, kept.length - most) };
  }, [everything, rows]);
  const scales = useMemo(
    () => new Map(axes.map((axis) => [axis.field, axisScale(axis, all)])),
    [fields, all],
  );
  const answering = useCallback(
    (svg: SVGSVGElement) =>
      brushing(svg, {
        chosen: (field) => rangeOn(scales.get(field)!, askedOf(text, filterName(field))),
        onRange: (field: string, range: Range | undefined) =>
          setState({
            q: withAsked(text, filterName(field), range && askedBy(scales.get(field)!, range)) || undefined,
          }),
      }),
    [text, scales],
  );
  return (
    <Figure
      name="settings"
      title="Settings and losses"
      caption={
        left > 0
          ? `The ${most.toLocaleString('en-US')} runs of lowest loss that pass the filter; ${left.toLocaleString('en-US')} more are not drawn. Draw along an axis to filter by it, tap it to take that away.`
          : 'The finished and diverged runs that pass the filter below. Draw along an axis to filter by it, tap it to take that away.'
      }
      draw={draw}
      rows={drawn}
      columns={['run', ...axes.map(({ field }) => field), 'diverged']}
      nothing="No finished run passes the filter."
      answering={answering}
    />
  );
}
