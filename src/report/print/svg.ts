// A printed figure as an SVG file: its size in millimetres, and its fonts in it.
import { svgFile } from '../svg.ts';
import { mmOf } from './column.ts';
import { FAMILY, fontFile, pieces, unicodeRange, type Weight, weightOf } from './fonts.ts';

export function printedSvg(svg: SVGSVGElement): string {
  for (const side of ['width', 'height'])
    svg.setAttribute(side, `${mmOf(Number(svg.getAttribute(side))).toFixed(2)}mm`);
  const family = `'${FAMILY}', sans-serif`;
  for (const element of [svg, ...svg.querySelectorAll('[font-family]')])
    element.setAttribute('font-family', family);
  svg.setAttribute(
    'style',
    (svg.getAttribute('style') ?? '').replace(/font-family:[^;]*/, `font-family:${family}`),
  );
  const style = svg.ownerDocument.createElementNS(svg.namespaceURI, 'style');
  style.textContent = faces(svg);
  svg.insertBefore(style, svg.firstChild);
  return svgFile(svg);
}

/** A rule for every file of the font that some text needs. */
function faces(svg: SVGSVGElement): string {
  const needed = new Map<string, { script: string; weight: Weight }>();
  for (const text of svg.querySelectorAll('text')) {
    const weight = weightOf(text.closest('[font-weight]')?.getAttribute('font-weight') ?? undefined);
    for (const { script } of pieces(text.textContent ?? ''))
      needed.set(`${script} ${weight}`, { script, weight });
  }
  return [...needed.values()]
    .map(({ script, weight }) => {
      const data = fontFile(script, weight, 'woff2').toString('base64');
      return `@font-face{font-family:'${FAMILY}';font-weight:${weight};unicode-range:${unicodeRange(script)};src:url(data:font/woff2;base64,${data}) format('woff2')}`;
    })
    .join('\n');
}
