// Legend and name of the vertical axis, drawn into the figure itself: a copied SVG
// stays readable without its page.
import { markPath } from './marks.ts';
import { fontFamily, type Theme } from './theme.ts';

export interface LegendItem {
  label: string;
  shape:
    | 'line'
    | 'thin'
    | 'dashed'
    | 'dotted'
    | 'point'
    | 'dot'
    | 'hollow'
    | 'cross'
    | 'above'
    | 'band'
    | 'bar'
    | 'square';
  color: string;
  /** Of points and lines that have one; a circle when left out. */
  mark?: number;
}

const namespace = 'http://www.w3.org/2000/svg';
const swatch = 22;
const gap = 16;
const lineHeight = 18;
/**
 * About the pixels that a text of 12 px takes, in the wider of common fonts: figures
 * are laid out without a browser to measure.
 */
export const textWidth = (text: string): number =>
  Array.from(text).reduce((sum, letter) => sum + (/[A-Z#−+%mw@]/.test(letter) ? 9.2 : 6.8), 0);

/** The same for bold text. */
export const boldWidth = (text: string): number => 1.06 * textWidth(text);

/** `text` in lines of at most `width` pixels; a word that is longer has a line of its own. */
export function wrapText(text: string, width: number, measure = textWidth): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const line = `${lines[lines.length - 1]} ${word}`;
    if (lines.length > 0 && measure(line) <= width) lines[lines.length - 1] = line;
    else lines.push(word);
  }
  return lines;
}

/** Pixels above the panels for legend and axis name. */
export function headHeight(items: readonly LegendItem[], yName: string, width: number): number {
  return layout(items, width).height + nameLines(yName, width).length * nameLine + 12;
}

const nameLine = 16;
const nameLines = (yName: string, width: number): string[] =>
  yName === '' ? [] : wrapText(yName, width - 8);

/**
 * Draws the legend at the top of `svg`, in as many lines as the width asks for,
 * and below it the y axis' name.
 */
export function addHead(svg: SVGSVGElement, items: readonly LegendItem[], yName: string, theme: Theme): void {
  const document = svg.ownerDocument;
  const create = (name: string, attributes: Record<string, string | number>) => {
    const element = document.createElementNS(namespace, name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
    return element;
  };
  const width = Number(svg.getAttribute('width'));
  // Plot's root element centres text.
  const font = { 'font-family': fontFamily, 'font-size': 12, 'text-anchor': 'start' };
  const group = create('g', { ...font, fill: theme.ink, 'aria-label': 'legend' });
  const { places, height } = layout(items, width);
  for (const { item, x, y } of places) {
    for (const [name, attributes] of shapes(item, theme)) {
      group.appendChild(create(name, { ...attributes, transform: `translate(${x + swatch / 2},${y})` }));
    }
    const text = create('text', { x: x + swatch + 5, y, dy: '0.32em' });
    text.textContent = item.label;
    group.appendChild(text);
  }
  nameLines(yName, width).forEach((line, i) => {
    const name = create('text', { x: 4, y: height + 10 + i * nameLine, dy: '0.32em', fill: theme.muted });
    name.textContent = line;
    group.appendChild(name);
  });
  svg.appendChild(group);
}

function layout(items: readonly LegendItem[], width: number) {
  let x = 4;
  let y = 10;
  const places = items.map((item) => {
    const w = swatch + 5 + textWidth(item.label);
    if (x > 4 && x + w > width - 4) {
      x = 4;
      y += lineHeight;
    }
    const place = { item, x, y };
    x += w + gap;
    return place;
  });
  return { places, height: items.length > 0 ? y + 12 : 0 };
}

/** SVG elements of the swatch, centred on the origin. */
function shapes(
  { shape, color, mark = 0 }: LegendItem,
  theme: Theme,
): [string, Record<string, string | number>][] {
  const half = swatch / 2;
  const stroke = { stroke: color, fill: 'none', 'stroke-width': 2 };
  switch (shape) {
    case 'line':
      return [
        ['line', { x1: -half, x2: half, y1: 0, y2: 0, ...stroke }],
        ['path', { d: markPath(mark, 4), fill: color }],
      ];
    case 'thin':
      return [['line', { x1: -half, x2: half, y1: 0, y2: 0, ...stroke, 'stroke-width': 1.2 }]];
    case 'dashed':
      return [['line', { x1: -half, x2: half, y1: 0, y2: 0, ...stroke, 'stroke-dasharray': '6 4' }]];
    case 'dotted':
      return [['line', { x1: -half, x2: half, y1: 0, y2: 0, ...stroke, 'stroke-dasharray': '1.5 4' }]];
    case 'point':
      return [['path', { d: markPath(mark, 5), fill: color }]];
    case 'dot':
      return [['path', { d: markPath(mark, 4), ...stroke, fill: color, 'fill-opacity': 0.4 }]];
    case 'hollow':
      return [['path', { d: markPath(mark, 4), ...stroke, fill: theme.paper }]];
    case 'cross':
      return [['path', { d: 'M-4,-4L4,4M-4,4L4,-4', ...stroke }]];
    case 'above':
      return [['path', { d: 'M-4,2L0,-2L4,2', ...stroke }]];
    case 'band':
      return [['rect', { x: -half, y: -6, width: swatch, height: 12, fill: color, 'fill-opacity': 0.18 }]];
    case 'bar':
      return [['path', { d: 'M0,-7V7', ...stroke }]];
    case 'square':
      return [['rect', { x: -6, y: -6, width: 12, height: 12, fill: color }]];
  }
}
