// Small multiples: every panel is a plot of its own, so that titles have room and axes may differ;
// all share one legend.
import * as Plot from '@observablehq/plot';
import { addHead, boldWidth, headHeight, type LegendItem, wrapText } from './legend.ts';
import { type FigureOptions, fontFamily, frame } from './theme.ts';

/** What one panel is told about its place. */
export interface PanelPlace {
  name: string;
  /** From 0. Names of a categorical vertical axis need to stand in the first column only. */
  column: number;
  /** Pixels between the axes. */
  width: number;
}

export interface FacetSpec<Row> {
  aria: string;
  items: readonly LegendItem[];
  /** Name of the vertical axis, above all panels; of the horizontal one, below them. */
  yName: string;
  xName: string;
  /** In their order; a lone panel without a name has no title. */
  names: readonly string[];
  panelOf(row: Row): string;
  /** Pixels between the axes: the least width, and the height. */
  least: number;
  height: number;
  /** Pixels for the labels of the vertical axis: in the first column, and in the others. */
  left: readonly [first: number, others: number];
  /** Scales and marks of one panel. */
  panel(rows: readonly Row[], place: PanelPlace): Plot.PlotOptions;
}

const right = 16;
const titleLine = 16;
/** Below a panel: tick labels, and air before the next row. */
const ticks = 24;
const air = 12;

interface Grid {
  columns: number;
  /** Pixels between the axes of a panel. */
  inner: number;
}

/**
 * As many panels side by side as stay `least` wide and have titles of two lines at most;
 * evened out over the rows.
 */
export function gridOf(
  names: readonly string[],
  width: number,
  { least, left: [first, others] }: Pick<FacetSpec<never>, 'least' | 'left'>,
): Grid {
  const innerOf = (columns: number) => (width - first - (columns - 1) * others - columns * right) / columns;
  const fits = (columns: number) =>
    innerOf(columns) >= least &&
    names.every((name) => wrapText(name, innerOf(columns), boldWidth).length <= 2);
  const count = Math.max(1, names.length);
  const most = Array.from({ length: count }, (_, i) => count - i).find(fits) ?? 1;
  const columns = Math.ceil(count / Math.ceil(count / most));
  return { columns, inner: innerOf(columns) };
}

export function facetFigure<Row>(
  rows: readonly Row[],
  options: FigureOptions,
  spec: FacetSpec<Row>,
): SVGSVGElement {
  const { theme, narrow: _, ...base } = frame(options, 0);
  const width = Number(base.width);
  const names = spec.names.length > 0 ? spec.names : [''];
  const { columns, inner } = gridOf(names, width, spec);
  const [first, others] = spec.left;
  const head = headHeight(spec.items, spec.yName, width);
  const titles = names.map((name) => (name === '' ? [] : wrapText(name, inner, boldWidth)));
  let top = head;
  const parts = names.map((name, i) => {
    const column = i % columns;
    const inRow = titles.slice(i - column, i - column + columns);
    const title = Math.max(...inRow.map((lines) => lines.length)) * titleLine;
    const margin = column === 0 ? first : others;
    const x = column === 0 ? 0 : first - others + column * (others + inner + right);
    const svg = Plot.plot({
      ...base,
      width: margin + inner + right,
      height: 8 + spec.height + ticks,
      marginTop: 8,
      marginBottom: ticks,
      marginLeft: margin,
      marginRight: right,
      ...spec.panel(
        rows.filter((row) => spec.panelOf(row) === name),
        { name, column, width: inner },
      ),
    }) as SVGSVGElement;
    // Titles of one row end at the same height, right above their panels.
    const skip = title - titles[i].length * titleLine;
    const place = { x, y: top + title, titleX: x + margin, titleY: top + skip };
    if (column === columns - 1 || i === names.length - 1) top += title + 8 + spec.height + ticks + air;
    return { svg, lines: titles[i], place };
  });
  const whole = shell(parts[0].svg, width, top - air + (spec.xName === '' ? 0 : 22), spec.aria);
  const add = (parent: Element, name: string, attributes: Record<string, string | number>) => {
    const element = whole.ownerDocument.createElementNS(whole.namespaceURI, name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
    parent.appendChild(element);
    return element;
  };
  for (const { svg, lines, place } of parts) {
    const group = add(whole, 'g', { transform: `translate(${place.x},${place.y})` });
    for (const child of [...svg.childNodes])
      if (child.nodeName.toLowerCase() !== 'style') group.appendChild(child);
    lines.forEach((line, i) => {
      const text = { x: place.titleX, y: place.titleY + titleLine * i + 12, 'text-anchor': 'start' };
      add(whole, 'text', { ...text, 'font-weight': 600 }).textContent = line;
    });
  }
  const middle = first + (width - first - right) / 2;
  if (spec.xName !== '')
    add(whole, 'text', { x: middle, y: top - air + 14, 'font-family': fontFamily }).textContent = spec.xName;
  addHead(whole, spec.items, spec.yName, theme);
  return whole;
}

/** The root element of `svg`, with its style and without its content, for a whole figure. */
function shell(svg: SVGSVGElement, width: number, height: number, aria: string): SVGSVGElement {
  const whole = svg.cloneNode(false) as SVGSVGElement;
  const style = [...svg.childNodes].find((child) => child.nodeName.toLowerCase() === 'style');
  if (style) whole.appendChild(style.cloneNode(true));
  const size = { width, height, viewBox: `0 0 ${width} ${height}`, 'aria-label': aria };
  for (const [key, value] of Object.entries(size)) whole.setAttribute(key, String(value));
  return whole;
}

/** Added to an axis' name where panels have scales of their own. */
export const ownScale = '; each panel has its own scale';

/**
 * Whether a common axis would leave less than a fifth of its length to some panel.
 * `panels`: the values of each, as the axis places them.
 */
export function squashes(panels: readonly (readonly number[])[]): boolean {
  const spans = panels.flatMap((values) => {
    const [lo, hi] = [Math.min(...values), Math.max(...values)];
    return hi > lo ? [{ lo, hi }] : [];
  });
  const whole = Math.max(...spans.map(({ hi }) => hi)) - Math.min(...spans.map(({ lo }) => lo));
  return spans.length > 1 && spans.some(({ lo, hi }) => hi - lo < whole / 5);
}

/** The names of panels for batch sizes, in order. */
export const batchPanels = (rows: readonly { batchSize: number }[]): string[] =>
  [...new Set(rows.map((row) => row.batchSize))].sort((a, b) => a - b).map(batchPanel);

export const batchPanel = (batchSize: number): string => `batch size ${batchSize}`;
