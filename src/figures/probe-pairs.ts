// A square of numbers between -1 and 1, one for every pair: cosines of directions, distances of spectra.
import * as Plot from '@observablehq/plot';
import { displayName } from '../analysis/names.ts';
import { addHead, headHeight, type LegendItem } from './legend.ts';
import { type FigureOptions, frame } from './theme.ts';

export interface PairRow {
  panel: string;
  a: string;
  b: string;
  value: number | null;
}

/** A figure function; `name` says what the numbers are, `diagonal` what a thing has with itself. */
export const pairsFigure =
  (name: string, diagonal: number) =>
  (rows: readonly PairRow[], options: FigureOptions): SVGSVGElement => {
    const { theme, narrow: _, ...base } = frame(options, 0);
    const width = Number(base.width);
    const panels = [...new Set(rows.map((row) => row.panel))];
    const names = [...new Set(rows.flatMap((row) => [row.a, row.b]))];
    const whole = rows.flatMap((row) => [row, { ...row, a: row.b, b: row.a }]);
    const own = panels.flatMap((panel) => names.map((a) => ({ panel, a, b: a, value: diagonal })));
    const cells = [...whole, ...own].filter((row) => row.value !== null);
    const items: LegendItem[] = [{ label: '1', shape: 'square', color: theme.plus }];
    if (cells.some((row) => row.value! < 0)) items.push({ label: '−1', shape: 'square', color: theme.minus });
    const top = headHeight(items, name, width) + 20;
    const longest = Math.max(0, ...names.map((one) => displayName(one).length));
    const left = Math.min(0.45 * width, 16 + 6.4 * longest);
    // Names under the square stand at 60 degrees.
    const below = 0.87 * left + 12;
    const size = Math.min(34, (width - left - 20) / Math.max(1, names.length));
    const panelHeight = Math.max(1, names.length) * Math.max(16, size);
    const svg = Plot.plot({
      ...base,
      width,
      height: top + below + Math.max(1, panels.length) * (panelHeight + 30) - 30,
      marginTop: top,
      marginLeft: left,
      marginRight: 16,
      marginBottom: below,
      ariaLabel: `${name} of every pair`,
      // The gap between two panels has room for a title.
      fy: { axis: null, domain: panels, paddingInner: 30 / (panelHeight + 30), paddingOuter: 0 },
      x: { type: 'band', domain: names, label: null, tickRotate: -60, tickSize: 0, tickFormat: displayName },
      y: { type: 'band', domain: names, label: null, tickSize: 0, tickFormat: displayName },
      marks: [
        Plot.text(
          panels.map((panel) => ({ panel })),
          { fy: 'panel', frameAnchor: 'top-left', dy: -12, fontWeight: 600, text: 'panel' },
        ),
        Plot.cell(cells, {
          ...{ fy: 'panel', x: 'a', y: 'b' },
          fill: (row: PairRow) => (row.value! < 0 ? theme.minus : theme.plus),
          fillOpacity: (row: PairRow) => Math.abs(row.value!),
        }),
        Plot.text(cells, {
          ...{ fy: 'panel', x: 'a', y: 'b', fontSize: 9 },
          fill: (row: PairRow) => (Math.abs(row.value!) > 0.6 ? theme.paper : theme.ink),
          text: (row: PairRow) =>
            size < 20 ? '' : row.value!.toFixed(2).replace('-', '−').replace('0.', '.'),
        }),
      ],
    }) as SVGSVGElement;
    addHead(svg, items, name, theme);
    return svg;
  };
