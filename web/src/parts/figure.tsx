// A figure of src/figures/ on a page: drawn in the page's colours at the width there is, with hover values, entries of
// the legend that switch curves, its files, and its numbers as a table.
import type { ComponentChildren } from 'preact';
import { useEffect, useMemo } from 'preact/hooks';
import { type CsvValue, toCsv } from '../../../src/core/csv.ts';
import { pointing } from '../../../src/figures/pointing.ts';
import { type FigureOptions, pageTheme, paperTheme } from '../../../src/figures/theme.ts';
import { setState, useRoute } from '../route.ts';
import { pngFile, save, svgFile } from './save.ts';
import { Table } from './table.tsx';
import { useWidth } from './width.ts';

export interface FigureProps<Row extends object> {
  /** File name without extension; names the figure's state in the address, too. */
  name: string;
  title: string;
  caption?: ComponentChildren;
  draw(rows: readonly Row[], options: FigureOptions): SVGSVGElement;
  rows: readonly Row[];
  columns: readonly (keyof Row & string)[];
  /** All arms of the study, so that each looks the same everywhere. */
  optimizers?: readonly string[];
  per?: string;
  /** Said in place of the figure while there is nothing to draw. */
  nothing?: string;
}

export function Figure<Row extends object>(props: FigureProps<Row>) {
  const { name, title, caption, draw, rows, columns, optimizers, per, nothing } = props;
  const { ref, width, scale } = useWidth<HTMLDivElement>();
  const off = useRoute().query.get(`off.${name}`);
  const options = { document, optimizers, per };
  const svg = useMemo(
    () =>
      width > 0 && rows.length > 0
        ? draw(rows, { ...options, theme: pageTheme, width: Math.max(300, width), interactive: true })
        : null,
    [rows, width],
  );
  useEffect(() => {
    const holder = ref.current!;
    if (!svg) return holder.replaceChildren();
    svg.style.width = `${Number(svg.getAttribute('width')) * scale}px`;
    svg.style.height = 'auto';
    holder.replaceChildren(svg);
    return pointing(holder, {
      off: off?.split('|'),
      onSwitch: (now) => setState({ [`off.${name}`]: now.join('|') }),
    });
  }, [svg, scale, off, name, ref]);
  const paper = () => draw(rows, { ...options, theme: paperTheme, width: 820 });
  return (
    <figure class="card" aria-label={title}>
      <h3>{title}</h3>
      <div class="drawing" ref={ref} />
      {rows.length === 0 ? (
        <p class="muted">{nothing ?? 'Nothing to draw yet.'}</p>
      ) : (
        <>
          {caption && <figcaption>{caption}</figcaption>}
          <div class="tools">
            <span class="muted">Save as</span>
            <button type="button" onClick={() => save(`${name}.svg`, svgFile(paper()), 'image/svg+xml')}>
              SVG
            </button>
            <button type="button" onClick={async () => save(`${name}.png`, await pngFile(paper()))}>
              PNG
            </button>
            <button
              type="button"
              onClick={() =>
                save(`${name}.csv`, toCsv(columns, rows as readonly Record<string, CsvValue>[]), 'text/csv')
              }
            >
              CSV
            </button>
          </div>
          <Numbers rows={rows} columns={columns} title={title} />
        </>
      )}
    </figure>
  );
}

/** More rows than anybody reads on a page; the file has all of them. */
const mostRows = 400;

function Numbers<Row extends object>({
  rows,
  columns,
  title,
}: Pick<FigureProps<Row>, 'rows' | 'columns' | 'title'>) {
  const isText = (column: keyof Row) => rows.some((row) => typeof row[column] === 'string');
  return (
    <details>
      <summary>Numbers of this figure ({rows.length} rows)</summary>
      <Table
        caption={`${title}${rows.length > mostRows ? `: the first ${mostRows} rows; the CSV file has all` : ''}`}
        columns={columns.map((column) => ({
          name: column,
          text: isText(column),
          cell: (row: Row) => plain(row[column]),
        }))}
        rows={rows.slice(0, mostRows)}
      />
    </details>
  );
}

const plain = (value: unknown): string => {
  if (value === null || value === undefined) return '–';
  if (typeof value === 'number') return String(Number(value.toPrecision(6)));
  return typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value);
};
