// Spectral densities of a Hessian's blocks under each other: where the eigenvalues of each lie, on one axis.
import * as Plot from '@observablehq/plot';
import { densityOn, spectralAxis } from '../analysis/spectrum/density.ts';
import { addHead, headHeight, type LegendItem } from './legend.ts';
import { type FigureOptions, frame } from './theme.ts';

/** A point mass of a block's density. */
export interface SpectrumRow {
  panel: string;
  block: string;
  value: number;
  weight: number;
}

/** Masses below this are not drawn: a quadrature of a few dozen points knows nothing of them. */
const FAINT = 1e-5;

export function spectrumFigure(rows: readonly SpectrumRow[], options: FigureOptions): SVGSVGElement {
  const { theme, narrow, ...base } = frame(options, 0);
  const width = Number(base.width);
  const panels = [...new Set(rows.map((row) => row.panel))];
  const blocks = [...new Set(rows.map((row) => row.block))];
  const spectra = panels.flatMap((panel) =>
    blocks.map((block) => {
      const own = rows.filter((row) => row.panel === panel && row.block === block);
      return { panel, block, values: own.map((row) => row.value), weights: own.map((row) => row.weight) };
    }),
  );
  const axis = spectralAxis(spectra);
  const bins = axis.centers.length;
  const cells = spectra
    .filter(({ values }) => values.length > 0)
    .flatMap(({ panel, block, ...spectrum }) =>
      densityOn(axis, spectrum).flatMap((mass, bin) => (mass > FAINT ? [{ panel, block, bin, mass }] : [])),
    );
  const tops = spectra
    .filter(({ values }) => values.length > 0)
    .map(({ panel, block, values }) => ({ panel, block, at: axis.position(Math.max(...values)) }));
  const items: LegendItem[] = [
    { label: 'share of the eigenvalues (darker: more, logarithmic)', shape: 'square', color: theme.level(1) },
    { label: 'largest eigenvalue', shape: 'cross', color: theme.ink },
  ];
  const top = headHeight(items, '', width) + 20;
  const powers = [-4, -3, -2, -1, 0, 1, 2, 3, 4, 5].map((power) => 10 ** power);
  const [lo, hi] = [axis.centers[0], axis.centers[bins - 1]];
  const marksAt = [...powers.map((p) => -p).reverse(), 0, ...powers].filter(
    (value) => value >= lo && value <= hi && (value === 0 || Math.abs(value) > 3 * axis.unit),
  );
  const panelHeight = Math.max(1, blocks.length) * 20;
  const svg = Plot.plot({
    ...base,
    height: top + 46 + Math.max(1, panels.length) * (panelHeight + 30) - 30,
    marginTop: top,
    marginLeft: narrow ? 110 : 150,
    marginRight: 16,
    marginBottom: 46,
    ariaLabel: 'Spectral density of the Hessian by block',
    // The gap between two panels has room for a title.
    fy: { axis: null, domain: panels, paddingInner: 30 / (panelHeight + 30), paddingOuter: 0 },
    x: {
      domain: [-0.5, bins - 0.5],
      label: 'eigenvalue (logarithmic on both sides of zero)',
      labelAnchor: 'center',
      labelOffset: 36,
      labelArrow: 'none',
      ticks: marksAt.map((value) => axis.position(value)),
      tickFormat: (at: number) => {
        const value = marksAt.find((v) => Math.abs(axis.position(v) - at) < 1e-6) ?? 0;
        return String(Number(value.toPrecision(1))).replace('-', '−');
      },
    },
    y: { type: 'band', domain: blocks, label: null, tickSize: 0, padding: 0.08 },
    marks: [
      Plot.frame({ stroke: theme.grid }),
      Plot.ruleX([axis.position(0)], { stroke: theme.grid }),
      Plot.text(
        panels.map((panel) => ({ panel })),
        { fy: 'panel', frameAnchor: 'top-left', dy: -12, fontWeight: 600, text: 'panel' },
      ),
      Plot.rect(cells, {
        ...{ fy: 'panel', y: 'block', x1: (cell: { bin: number }) => cell.bin - 0.5 },
        x2: (cell: { bin: number }) => cell.bin + 0.5,
        fill: theme.level(1),
        fillOpacity: (cell: { mass: number }) => 1 - Math.log(cell.mass) / Math.log(FAINT),
      }),
      Plot.dot(tops, {
        ...{ fy: 'panel', y: 'block', x: 'at', symbol: 'times', r: 4 },
        stroke: theme.ink,
        strokeWidth: 2,
      }),
    ],
  }) as SVGSVGElement;
  addHead(svg, items, '', theme);
  return svg;
}
