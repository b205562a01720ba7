// Figures without a browser: linkedom builds the document, and the SVG becomes text.
import { parseHTML } from 'linkedom';
import { visibleLines } from '../core/shown.ts';
import { type FigureOptions, pageTheme, paperTheme } from '../figures/theme.ts';

/** Any function of `src/figures/`. */
export type Figure<Row> = (rows: readonly Row[], options: FigureOptions) => SVGSVGElement;

/** A document to draw in. */
export function createDocument(): Document {
  return parseHTML('<!doctype html><html><body></body></html>').document as unknown as Document;
}

/** What a report decides about a drawing. */
export type Drawing = Pick<FigureOptions, 'width' | 'optimizers' | 'per'>;

/** An SVG file that stands alone: white background, explicit colours and namespace. */
export function standaloneSvg<Row>(figure: Figure<Row>, rows: readonly Row[], drawing: Drawing = {}): string {
  return svgFile(figure(rows, { ...drawing, document: createDocument(), theme: paperTheme }));
}

/** A drawn figure as a file, with paper behind it. */
export function svgFile(svg: SVGSVGElement): string {
  svg.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  svg.setAttribute('xmlns:xlink', 'http://www.w3.org/1999/xlink');
  const paper = svg.ownerDocument.createElementNS('http://www.w3.org/2000/svg', 'rect');
  for (const name of ['width', 'height']) paper.setAttribute(name, '100%');
  paper.setAttribute('fill', paperTheme.paper);
  svg.insertBefore(paper, svg.firstChild);
  return `<?xml version="1.0" encoding="UTF-8"?>\n${oneElementPerLine(tidy(markup(svg)))}\n`;
}

/** A figure for a page, in the page's CSS variables; readers can point at it (pointing.ts). */
export function inlineSvg<Row>(figure: Figure<Row>, rows: readonly Row[], drawing: Drawing = {}): string {
  const options = { ...drawing, document: createDocument(), theme: pageTheme, interactive: true };
  return tidy(markup(figure(rows, options)));
}

/** A tag with its attributes; in text there is no `<`. */
const tag = /<[a-zA-Z](?:[^"<>]|"[^"]*")*>/g;

/**
 * The element as text. linkedom escapes text, and in attributes `&` and `"`; XML asks for `<` too.
 * Characters that no file of XML may hold, or that nobody sees, are written out.
 */
const markup = (svg: SVGSVGElement): string =>
  visibleLines(svg.outerHTML).replace(tag, (whole) =>
    whole.replace(/"[^"]*"/g, (value) => value.replaceAll('<', '&lt;').replaceAll('>', '&gt;')),
  );

/**
 * Coordinates to a hundredth of a pixel: smaller files, and no machine-dependent last digits.
 * Text stays as it is.
 */
function tidy(svg: string): string {
  return svg.replace(/ (d|[xy][12]?|c[xy]|transform|width|height)="([^"]*)"/g, (_, name, value: string) => {
    const rounded = value.replace(/-?\d+\.\d{3,}(e-?\d+)?/g, (number) =>
      String(Math.round(Number(number) * 100) / 100),
    );
    return ` ${name}="${rounded}"`;
  });
}

/** Line breaks between elements, so that a difference of two files can be read. */
function oneElementPerLine(svg: string): string {
  return svg.replace(/></g, '>\n<');
}
