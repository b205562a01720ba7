// A small figure: lines, bands and dots over two axes, drawn as SVG in the size of its place, with a table behind.
import { useState } from 'preact/hooks';
import { useWidth } from '../parts/width.ts';
import { ChartFiles } from './chart-files.tsx';
import { legendOf } from './legend.ts';
import { type ChartAxis, type Scale, scaleOf } from './scale.ts';

export interface ChartPoint {
  x: number;
  /** Null breaks the line. */
  y: number | null;
  /** Told when the mouse rests on the point. */
  note?: string;
}

export interface ChartSeries {
  name: string;
  colour: string;
  points: readonly ChartPoint[];
  band?: readonly { x: number; lo: number; hi: number }[];
  line?: boolean;
  dots?: boolean;
  dash?: string;
  faint?: boolean;
  /** Its entry in the legend, where several series share one; by default its name. */
  entry?: string;
}

/** A line across the figure at an x or a y. */
export interface RuleLine {
  x?: number;
  y?: number;
  label?: string;
  colour?: string;
}

export interface ChartTable {
  columns: readonly string[];
  rows: readonly (readonly (string | number | null)[])[];
}

interface ChartProps {
  /** What a reader of screens hears first. */
  title: string;
  x: ChartAxis;
  y: ChartAxis;
  series: readonly ChartSeries[];
  marks?: readonly RuleLine[];
  /** Height over width; by default 0.6, and not above 22 rem. */
  ratio?: number;
  table?: ChartTable;
  /** Said in the middle while there is nothing to draw. */
  empty?: string;
}

const edge = { top: 12, right: 20, bottom: 42, left: 66 };

export function Chart({ title, x, y, series, marks = [], ratio = 0.6, table, empty }: ChartProps) {
  const { ref, ...place } = useWidth<HTMLDivElement>();
  const width = Math.max(240, place.width);
  const height = Math.round(Math.min(360, Math.max(200, width * ratio)));
  const [wide, high] = [width, height].map((pixels) => pixels * place.scale);
  const sx = scaleOf(x, [edge.left, width - edge.right], Math.max(3, Math.floor(width / 90)));
  const sy = scaleOf(y, [height - edge.bottom, edge.top], Math.max(3, Math.floor(height / 55)));
  const hasData = series.some(({ points, band }) => points.length > 0 || (band?.length ?? 0) > 0);
  return (
    <figure class="chart">
      <div ref={ref}>
        <svg viewBox={`0 0 ${width} ${height}`} width={wide} height={high} role="img" aria-label={title}>
          <Axes {...{ sx, sy, x, y, width, height }} />
          {marks.map((mark, i) => (
            <MarkLine key={`mark ${i}`} {...{ mark, sx, sy, width, height }} />
          ))}
          {series.map((one) => (
            <SeriesShape key={one.name} one={one} sx={sx} sy={sy} />
          ))}
          {!hasData && empty && (
            <text
              class="quiet"
              x={(edge.left + width - edge.right) / 2}
              y={height / 2 - 8}
              text-anchor="middle"
            >
              {empty}
            </text>
          )}
        </svg>
      </div>
      <Legend series={series} />
      {table && <TableBehind title={title} table={table} series={series} />}
    </figure>
  );
}

function Axes(p: { sx: Scale; sy: Scale; x: ChartAxis; y: ChartAxis; width: number; height: number }) {
  const { sx, sy, x, y, width, height } = p;
  const [left, right, bottom] = [edge.left, width - edge.right, height - edge.bottom];
  return (
    <g class="axes">
      {sy.ticks.map((t) => (
        <g key={`y${t}`}>
          <line x1={left} x2={right} y1={sy(t)} y2={sy(t)} />
          <text x={left - 7} y={sy(t) + 4} text-anchor="end">
            {sy.format(t)}
          </text>
        </g>
      ))}
      {sx.ticks.map((t) => (
        <g key={`x${t}`}>
          <line x1={sx(t)} x2={sx(t)} y1={bottom} y2={bottom + 5} />
          <text x={sx(t)} y={bottom + 18} text-anchor="middle">
            {sx.format(t)}
          </text>
        </g>
      ))}
      <text x={(left + right) / 2} y={height - 6} text-anchor="middle">
        {x.label}
      </text>
      <text transform={`translate(13 ${(edge.top + bottom) / 2}) rotate(-90)`} text-anchor="middle">
        {y.label}
      </text>
    </g>
  );
}

function MarkLine(p: { mark: RuleLine; sx: Scale; sy: Scale; width: number; height: number }) {
  const { mark, sx, sy, width, height } = p;
  const [left, right, bottom] = [edge.left, width - edge.right, height - edge.bottom];
  const stroke = mark.colour ?? 'var(--muted)';
  if (mark.x !== undefined) {
    const at = sx(mark.x);
    const late = at > (left + right) / 2;
    return (
      <g class="mark">
        <line x1={at} x2={at} y1={edge.top} y2={bottom} stroke={stroke} />
        <text x={at + (late ? -5 : 5)} y={edge.top + 11} text-anchor={late ? 'end' : 'start'}>
          {mark.label}
        </text>
      </g>
    );
  }
  const at = sy(mark.y!);
  return (
    <g class="mark">
      <line x1={left} x2={right} y1={at} y2={at} stroke={stroke} />
      <text x={right - 3} y={at - 4} text-anchor="end">
        {mark.label}
      </text>
    </g>
  );
}

/** SVG path data through the points; nulls and what is no number break it. */
function pathOf(points: readonly ChartPoint[], sx: Scale, sy: Scale): string {
  let path = '';
  let pen = false;
  for (const { x, y } of points) {
    const seen = y !== null && Number.isFinite(y);
    if (seen) path += `${pen ? 'L' : 'M'}${sx(x).toFixed(1)} ${sy(y).toFixed(1)}`;
    pen = seen;
  }
  return path;
}

function SeriesShape({ one, sx, sy }: { one: ChartSeries; sx: Scale; sy: Scale }) {
  const { points, band = [], colour, line = true, dots, dash, faint } = one;
  const up = band.map(({ x, hi }) => `${sx(x).toFixed(1)} ${sy(hi).toFixed(1)}`);
  const down = band.map(({ x, lo }) => `${sx(x).toFixed(1)} ${sy(lo).toFixed(1)}`).reverse();
  return (
    <g opacity={faint ? 0.45 : 1}>
      {band.length > 1 && <path d={`M${[...up, ...down].join('L')}Z`} fill={colour} opacity="0.16" />}
      {band.length > 1 ||
        band.map(({ x, lo, hi }) => (
          <line
            key={x}
            x1={sx(x)}
            x2={sx(x)}
            y1={sy(lo)}
            y2={sy(hi)}
            stroke={colour}
            stroke-width="6"
            opacity="0.2"
          />
        ))}
      {line && (
        <path
          d={pathOf(points, sx, sy)}
          fill="none"
          stroke={colour}
          stroke-width="2"
          stroke-dasharray={dash}
        />
      )}
      {dots &&
        points.map(({ x, y, note }) =>
          y === null ? null : (
            <circle key={`${x} ${y}`} cx={sx(x)} cy={sy(y)} r="4" fill={colour}>
              <title>{note ?? `${one.name}: ${sx.format(x)}, ${y.toFixed(3)}`}</title>
            </circle>
          ),
        )}
    </g>
  );
}

function Legend({ series }: { series: readonly ChartSeries[] }) {
  const entries = legendOf(series);
  if (entries.length === 0) return null;
  return (
    <ul class="legend" aria-hidden="true">
      {entries.map(({ name, colour, dash, faint, line = true }) => (
        <li key={name} style={{ opacity: faint ? 0.7 : 1 }}>
          {line ? (
            <span class="swatch-line" style={{ borderTop: `3px ${dash ? 'dashed' : 'solid'} ${colour}` }} />
          ) : (
            <span class="swatch" style={{ background: colour }} />
          )}
          {name}
        </li>
      ))}
    </ul>
  );
}

/**
 * The numbers of a figure, for those who read them rather than look. They are written when they are
 * opened: a figure that changes with every frame has no time for rows that nobody sees.
 */
export function TableBehind({
  title,
  table,
  series,
}: {
  title: string;
  table: ChartTable;
  series?: readonly ChartSeries[];
}) {
  const [open, setOpen] = useState(false);
  return (
    <details class="behind" onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>
        Numbers and files<span class="hidden"> of: {title}</span>
      </summary>
      {open && (
        <>
          <Numbers title={title} table={table} />
          <ChartFiles title={title} table={table} series={series} />
        </>
      )}
    </details>
  );
}

function Numbers({ title, table }: { title: string; table: ChartTable }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: by keyboard it scrolls only with the focus
    <section class="scroll" aria-label={`Numbers of: ${title}`} tabIndex={0}>
      <table>
        <caption class="hidden">{title}</caption>
        <thead>
          <tr>
            {table.columns.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.map((row, i) => (
            <tr key={i}>
              {row.map((cell, j) => (
                <td key={table.columns[j]}>{cell ?? '–'}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
