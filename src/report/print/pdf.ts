// A printed figure as a PDF file with the letters that it uses embedded. It draws what figures are made of,
// which is a small part of SVG: groups, paths, lines, rectangles, circles and texts, which are moved and
// turned.
import PDFDocument from 'pdfkit';
import { POINTS_PER_PIXEL } from './column.ts';
import { fontFile, pieces, weightOf } from './fonts.ts';

type Pdf = typeof PDFDocument.prototype;
/** Attributes that elements take from the ones around them. */
type Style = Readonly<Record<string, string | undefined>>;

const inherited = [
  ...['fill', 'stroke', 'color', 'fill-opacity', 'stroke-opacity', 'stroke-width', 'stroke-dasharray'],
  ...['stroke-linecap', 'stroke-linejoin', 'stroke-miterlimit', 'paint-order'],
  ...['font-size', 'font-weight', 'text-anchor'],
];

/** `made`: the time that the file says it was made at, so that the same figure gives the same bytes. */
export async function printedPdf(svg: SVGSVGElement, title: string, made: Date): Promise<Uint8Array> {
  const [width, height] = ['width', 'height'].map((side) => Number(svg.getAttribute(side)));
  const pdf = new PDFDocument({
    size: [width * POINTS_PER_PIXEL, height * POINTS_PER_PIXEL],
    margin: 0,
    info: { Title: title, Creator: 'gaplab', CreationDate: made },
  });
  const chunks: Uint8Array[] = [];
  const ended = new Promise<void>((resolve, reject) => pdf.on('end', resolve).on('error', reject));
  pdf.on('data', (chunk) => chunks.push(chunk));
  pdf.scale(POINTS_PER_PIXEL);
  draw(pdf, svg, {});
  pdf.end();
  await ended;
  return Buffer.concat(chunks);
}

function draw(pdf: Pdf, element: Element, outer: Style): void {
  const name = element.nodeName.toLowerCase();
  if (name === 'style' || name === 'title') return;
  const style = styleOf(element, outer);
  const at = (attribute: string) => length(element.getAttribute(attribute), style);
  pdf.save();
  place(pdf, element.getAttribute('transform') ?? '');
  switch (name) {
    case 'svg':
    case 'g':
      for (const child of element.children) draw(pdf, child, style);
      break;
    case 'path':
      paint(pdf.path(element.getAttribute('d')!), style);
      break;
    case 'line':
      paint(pdf.moveTo(at('x1'), at('y1')).lineTo(at('x2'), at('y2')), { ...style, fill: 'none' });
      break;
    case 'rect':
      paint(pdf.rect(at('x'), at('y'), at('width'), at('height')), style);
      break;
    case 'circle':
      paint(pdf.circle(at('cx'), at('cy'), at('r')), style);
      break;
    case 'text':
      write(pdf, element.textContent ?? '', [at('x') + at('dx'), at('y') + at('dy')], style);
      break;
    default:
      throw new Error(`a figure has an element <${name}>, which cannot be drawn in a PDF`);
  }
  pdf.restore();
}

function styleOf(element: Element, outer: Style): Style {
  const css = new Map(
    (element.getAttribute('style') ?? '').split(';').map((part) => {
      const [name, value] = part.split(':');
      return [name.trim(), value?.trim()] as const;
    }),
  );
  const own = inherited.map((name) => {
    const value = css.get(name) ?? element.getAttribute(name) ?? undefined;
    const isEm = name === 'font-size' && value?.endsWith('em');
    return [name, (isEm ? String(length(value!, outer)) : value) ?? outer[name]] as const;
  });
  return Object.fromEntries(own);
}

/** Pixels; `em` is the size of the letters. */
function length(text: string | null, style: Style): number {
  if (text === null) return 0;
  const value = Number.parseFloat(text);
  return text.endsWith('em') ? value * sizeOf(style) : value;
}
const sizeOf = (style: Style) => Number.parseFloat(style['font-size'] ?? '12');

function place(pdf: Pdf, transform: string): void {
  for (const [whole, name, values] of transform.matchAll(/(\w+)\(([^)]*)\)/g)) {
    const [x, y = 0] = values.split(/[\s,]+/).map(Number);
    if (name === 'translate') pdf.translate(x, y);
    else if (name === 'rotate') pdf.rotate(x);
    else throw new Error(`a figure is placed by ${whole}, which cannot be drawn in a PDF`);
  }
}

/** Null: not painted. */
function colorOf(value: string | undefined, style: Style): string | null {
  const color = value === 'currentColor' ? (style.color ?? '#000000') : value;
  return color === undefined || color === 'none' || color === 'transparent' ? null : color;
}

/** Colours, dashes and ends for what is painted next. Says whether there is a fill and a stroke. */
function prepare(pdf: Pdf, style: Style): { fill: boolean; stroke: boolean } {
  const fill = colorOf(style.fill ?? '#000000', style);
  const stroke = colorOf(style.stroke, style);
  if (fill) pdf.fillColor(fill, Number(style['fill-opacity'] ?? 1));
  if (stroke) {
    pdf.strokeColor(stroke, Number(style['stroke-opacity'] ?? 1));
    pdf.lineWidth(Number.parseFloat(style['stroke-width'] ?? '1'));
    pdf.lineCap((style['stroke-linecap'] ?? 'butt') as 'butt');
    pdf.lineJoin((style['stroke-linejoin'] ?? 'miter') as 'miter');
    pdf.miterLimit(Number(style['stroke-miterlimit'] ?? 4));
    const dash = (style['stroke-dasharray'] ?? 'none').split(/[\s,]+/).map(Number);
    // pdfkit takes a list of any length; its types know one number.
    if (dash.every((part) => part > 0)) pdf.dash(dash as unknown as number);
  }
  return { fill: fill !== null, stroke: stroke !== null };
}

function paint(path: Pdf, style: Style): void {
  const { fill, stroke } = prepare(path, style);
  if (fill && stroke) path.fillAndStroke();
  else if (fill) path.fill();
  else if (stroke) path.stroke();
  else path.path('').fill(); // ends the path
}

function write(pdf: Pdf, text: string, [x, y]: [number, number], style: Style): void {
  const weight = weightOf(style['font-weight']);
  const size = sizeOf(style);
  const parts = pieces(text).map((piece) => {
    const name = `${piece.script} ${weight}`;
    pdf.registerFont(name, fontFile(piece.script, weight, 'woff'));
    return { text: piece.text, name, width: pdf.font(name).fontSize(size).widthOfString(piece.text) };
  });
  const whole = parts.reduce((sum, part) => sum + part.width, 0);
  const anchor = style['text-anchor'] ?? 'start';
  let left = x - whole * (anchor === 'end' ? 1 : anchor === 'middle' ? 0.5 : 0);
  const { fill, stroke } = prepare(pdf, style);
  for (const part of parts) {
    pdf.font(part.name).fontSize(size);
    const put = (how: { fill: boolean; stroke: boolean }) =>
      pdf.text(part.text, left, y, { lineBreak: false, baseline: 'alphabetic', ...how });
    // A stroke around letters lies below them.
    if (stroke) put({ fill: false, stroke });
    if (fill) put({ fill, stroke: false });
    left += part.width;
  }
}
