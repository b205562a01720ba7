// Long curves on a canvas (uPlot), with what every figure has: values where one points, entries that switch curves, files
// and numbers. The files are drawn by src/figures/, like every other figure.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { paperTheme } from '../../../src/figures/theme.ts';
import { type LineRow, linesFigure } from '../../../src/figures/theory-lines.ts';
import { setState, useRoute } from '../route.ts';
import { alignedData, bandsOf, seriesOf } from './chart-data.ts';
import { Files } from './files.tsx';
import { type Curve, thinned } from './lines.ts';
import { useWidth } from './width.ts';

export interface ChartLine extends Curve {
  name: string;
  /** Colour, by number (palette.ts). */
  slot: number;
  dashed?: boolean;
  /** Where its name leads. */
  href?: string;
}

export interface ChartAxis {
  label: string;
  log: boolean;
}

interface Props {
  /** File name without extension; names the chart's state in the address, too. */
  name: string;
  title: string;
  lines: readonly ChartLine[];
  x: ChartAxis;
  y: ChartAxis;
  height?: number;
}

export function Chart({ name, title, lines, x, y, height = 320 }: Props) {
  const { ref, width, scale } = useWidth<HTMLDivElement>();
  const isDark = useDark();
  const off = new Set(useRoute().query.get(`off.${name}`)?.split('|'));
  const shown = lines.filter((line) => !off.has(line.name));
  const values = useRef<HTMLUListElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  // A new plot where its looks change; only new numbers where it has grown.
  const looks = JSON.stringify([
    shown.map(({ name, slot, dashed, lo }) => [name, slot, dashed, lo !== undefined]),
    ...[x, y, width, scale, isDark, height],
  ]);
  const data = useMemo(() => alignedData(shown), [lines, [...off].join('|')]);
  const newest = useRef(data);
  newest.current = data;
  useEffect(() => {
    if (width === 0) return;
    const colour = (variable: string) =>
      getComputedStyle(document.documentElement).getPropertyValue(variable).trim();
    const axis = {
      stroke: colour('--muted'),
      grid: { stroke: colour('--grid'), width: 1 },
      ticks: { stroke: colour('--grid'), width: 1 },
    };
    const font = `${12 * scale}px system-ui, sans-serif`;
    const one = new uPlot(
      {
        width: width * scale,
        height: height * scale,
        legend: { show: false },
        cursor: { drag: { x: true, y: false }, focus: { prox: 24 } },
        focus: { alpha: 0.35 },
        scales: { x: { time: false, distr: x.log ? 3 : 1 }, y: { distr: y.log ? 3 : 1 } },
        axes: [
          { ...axis, font, labelFont: font, label: x.label, labelSize: 20 * scale, size: 34 * scale },
          { ...axis, font, labelFont: font, label: y.label, labelSize: 20 * scale, size: 52 * scale },
        ],
        series: [{ label: x.label }, ...seriesOf(shown, colour)],
        bands: bandsOf(shown, colour),
        hooks: {
          setCursor: [({ cursor: { idx } }) => tellValues(values.current, shown, newest.current, idx)],
        },
      },
      newest.current,
      ref.current!,
    );
    plot.current = one;
    return () => {
      one.destroy();
      plot.current = undefined;
    };
  }, [looks]);
  useEffect(() => {
    if (plot.current) renew(plot.current, data);
  }, [data]);
  const flip = (line: ChartLine) => {
    const next = new Set(off);
    if (!next.delete(line.name)) next.add(line.name);
    setState({ [`off.${name}`]: [...next].join('|') });
  };
  return (
    <figure class="card" aria-label={title}>
      <h3>{title}</h3>
      <div
        class="chart"
        ref={ref}
        role="application"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys read the curves
        tabIndex={0}
        aria-label={`${title}: arrow keys read the values`}
        onKeyDown={(event) => plot.current && step(plot.current, event)}
      />
      <ul class="entries" ref={values}>
        {lines.map((line) => (
          <li key={line.name} data-line={line.name}>
            <button type="button" aria-pressed={!off.has(line.name)} onClick={() => flip(line)}>
              <i
                class={line.dashed ? 'stroke dashed' : 'stroke'}
                style={{ color: `var(--color-${line.slot % 12})` }}
              />
              {line.name}
            </button>
            {line.href && (
              <a href={line.href} aria-label={`Open ${line.name}`}>
                ↗
              </a>
            )}
            <output />
          </li>
        ))}
      </ul>
      <Files
        {...{ name, title }}
        paper={() => paperOf({ name, title, lines: shown, x, y })}
        rows={() => rowsOf(shown)}
        count={shown.reduce((sum, line) => sum + line.x.length, 0)}
        columns={['series', 'x', 'y', 'lo', 'hi']}
      />
    </figure>
  );
}

/** New numbers of the same curves. A part that the reader has zoomed into stays in sight. */
function renew(plot: uPlot, data: uPlot.AlignedData): void {
  const [before] = plot.data;
  const { min, max } = plot.scales.x;
  const isZoomed = min != null && max != null && (min > before[0] || max < before[before.length - 1]);
  plot.setData(data, !isZoomed);
  if (isZoomed) plot.redraw();
}

/** Every point, as a row. */
const rowsOf = (lines: readonly ChartLine[]): LineRow[] =>
  lines.flatMap(({ name, x, y, lo, hi }) =>
    x.map(
      (at, i): LineRow => ({
        ...{ panel: '', series: name, x: at, y: y[i], lo: lo?.[i] ?? null, hi: hi?.[i] ?? null },
      }),
    ),
  );

/** The chart on paper: fewer points than a file could hold, more than anybody sees. */
function paperOf({ title, lines, x, y }: Props): SVGSVGElement {
  const scale = (axis: ChartAxis) => (axis.log ? 'log' : 'linear') as 'log' | 'linear';
  const draw = linesFigure({
    aria: title,
    x: { label: x.label, scale: scale(x) },
    y: { label: y.label, scale: scale(y) },
    series: lines.map(({ name, slot, dashed }) => ({
      name,
      of: { slot },
      look: dashed ? 'dashed' : 'line',
    })),
  });
  const few = lines.map((line) => ({ ...line, ...thinned(line, 400) }));
  return draw(rowsOf(few), { document, theme: paperTheme, width: 820 });
}

/** Writes the values where the cursor is beside the entries. */
function tellValues(
  list: HTMLUListElement | null,
  lines: readonly ChartLine[],
  data: uPlot.AlignedData,
  at: number | null | undefined,
): void {
  if (!list) return;
  const values = new Map<string, string>();
  if (at !== null && at !== undefined) {
    let column = 1;
    for (const { name, lo } of lines) {
      const value = data[column][at];
      if (value !== null && value !== undefined) values.set(name, Number(value.toPrecision(5)).toString());
      column += lo ? 3 : 1;
    }
  }
  for (const item of list.children)
    item.querySelector('output')!.textContent = values.get((item as HTMLElement).dataset.line!) ?? '';
}

function step(plot: uPlot, event: KeyboardEvent): void {
  const direction = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!direction) return;
  event.preventDefault();
  const xs = plot.data[0];
  if (xs.length === 0) return;
  const stride = Math.max(1, Math.round(xs.length / 50));
  const idx = Math.min(
    xs.length - 1,
    Math.max(0, (plot.cursor.idx ?? (direction > 0 ? -stride : xs.length)) + direction * stride),
  );
  plot.setCursor({ left: plot.valToPos(xs[idx], 'x'), top: plot.height / 3 });
}

function useDark(): boolean {
  const media = matchMedia('(prefers-color-scheme: dark)');
  const [isDark, setDark] = useState(media.matches);
  useEffect(() => {
    const follow = () => setDark(media.matches);
    media.addEventListener('change', follow);
    return () => media.removeEventListener('change', follow);
  }, []);
  return isDark;
}
