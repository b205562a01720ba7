// A figure of these pages as files: as it stands on the page, in the page's colours, and its numbers.
import { toCsv } from '../../../src/core/csv.ts';
import { pngFile, pngOf, save, svgFile } from '../parts/save.ts';
import type { ChartSeries, ChartTable } from './chart.tsx';
import { legendOf } from './legend.ts';

interface Props {
  title: string;
  table: ChartTable;
  /** What the legend names, which is no part of the drawing on the page. */
  series?: readonly ChartSeries[];
}

/** Buttons within the `figure` whose drawing they save. */
export function ChartFiles({ title, table, series = [] }: Props) {
  const name = title
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
    .slice(0, 60);
  const figureOf = (button: HTMLElement) => button.closest('figure')!;
  const svgOf = (button: HTMLElement) => {
    const svg = figureOf(button).querySelector('svg');
    return svg && standalone(svg, series);
  };
  const png = async (button: HTMLElement) => {
    const svg = svgOf(button);
    const picture = svg ? await pngFile(svg, paper(button)) : await canvasFile(figureOf(button));
    save(`${name}.png`, picture);
  };
  return (
    <div class="tools">
      <span class="muted">Save as</span>
      {series.length > 0 && (
        <button
          type="button"
          onClick={({ currentTarget }) =>
            save(`${name}.svg`, svgFile(svgOf(currentTarget)!, paper(currentTarget)), 'image/svg+xml')
          }
        >
          SVG
        </button>
      )}
      <button type="button" onClick={({ currentTarget }) => png(currentTarget)}>
        PNG
      </button>
      <button type="button" onClick={() => save(`${name}.csv`, csvOf(table), 'text/csv')}>
        CSV
      </button>
    </div>
  );
}

const paper = (element: Element) => getComputedStyle(element).getPropertyValue('--paper').trim();

/** The table as CSV; a minus sign of typography as the one that programs read. */
function csvOf({ columns, rows }: ChartTable): string {
  const plain = (cell: string | number | null) =>
    typeof cell === 'string' ? cell.replaceAll('−', '-') : cell;
  const named = rows.map((row) => Object.fromEntries(columns.map((name, i) => [name, plain(row[i])])));
  return toCsv(columns, named);
}

/** What the page's style sheets say of an element of a drawing. */
const styled = ['fill', 'stroke', 'stroke-width', 'stroke-dasharray', 'opacity', 'font-size', 'font-family'];

/** A copy that needs no style sheet, with the legend below it. */
function standalone(svg: SVGSVGElement, series: readonly ChartSeries[]): SVGSVGElement {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  const [before, after] = [svg, copy].map((one) => one.querySelectorAll<SVGElement>('*'));
  before.forEach((element, i) => {
    const style = getComputedStyle(element);
    for (const name of styled) {
      after[i].removeAttribute(name);
      after[i].style.setProperty(name, style.getPropertyValue(name));
    }
  });
  const { width, height } = svg.viewBox.baseVal;
  const text = getComputedStyle(svg.querySelector('text') ?? svg);
  const add = (name: string, attributes: Record<string, string | number>, words = '') => {
    const element = document.createElementNS('http://www.w3.org/2000/svg', name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
    element.textContent = words;
    copy.append(element);
  };
  const ofPage = (colour: string) => {
    const variable = /^var\((--[\w-]+)\)$/.exec(colour)?.[1];
    return variable ? getComputedStyle(svg).getPropertyValue(variable).trim() : colour;
  };
  const entries = legendOf(series);
  entries.forEach(({ name, colour, dash, line = true }, i) => {
    const y = height + 10 + 18 * i;
    const stroke = { stroke: ofPage(colour), 'stroke-width': 3, 'stroke-dasharray': dash ?? 'none' };
    if (line) add('line', { x1: 66, x2: 88, y1: y, y2: y, ...stroke });
    else add('circle', { cx: 77, cy: y, r: 5, fill: ofPage(colour) });
    const letters = { 'font-size': text.fontSize, 'font-family': text.fontFamily };
    add('text', { x: 96, y: y + 4, fill: text.fill, ...letters }, name);
  });
  const high = height + 18 * entries.length + (entries.length > 0 ? 6 : 0);
  copy.setAttribute('viewBox', `0 0 ${width} ${high}`);
  copy.setAttribute('width', String(width));
  copy.setAttribute('height', String(high));
  return copy;
}

/** A canvas has no ground of its own; the file has the page's. */
function canvasFile(figure: Element): Promise<Blob> {
  const drawn = figure.querySelector('canvas')!;
  const copy = document.createElement('canvas');
  [copy.width, copy.height] = [drawn.width, drawn.height];
  const ctx = copy.getContext('2d')!;
  ctx.fillStyle = paper(figure);
  ctx.fillRect(0, 0, copy.width, copy.height);
  ctx.drawImage(drawn, 0, 0);
  return pngOf(copy);
}
