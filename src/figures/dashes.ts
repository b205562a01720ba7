// Dashes for lines in print, where two colours may come out as one grey. An arm has the same dash in every
// figure.
import { print } from './palette.ts';

/**
 * Pixels of line and gap in turn, by slot; the first is a whole line. Slots beyond begin again, with other
 * marks.
 */
const dashes = ['', '7 3', '2 2', '7 2 2 2', '12 3', '4 2 1 2 1 2'];

const byColor = new Map(print.arms.map((color, slot) => [color, dashes[slot % dashes.length]]));

/** The dash of lines in a colour; empty for a whole line, and for colours of no arm. */
export const dashOfColor = (color: string): string => byColor.get(color) ?? '';

/** Gives every line of a figure drawn in `printTheme` the dash of its colour, in its legend too. */
export function dashLines(svg: SVGSVGElement): void {
  const lines = [
    ...svg.querySelectorAll('g[aria-label="line"]:not([stroke-dasharray]) path'),
    ...svg.querySelectorAll('g[aria-label="legend"] line:not([stroke-dasharray])'),
  ];
  for (const line of lines) {
    const color = line.getAttribute('stroke') ?? line.parentElement?.getAttribute('stroke') ?? '';
    const dash = dashOfColor(color);
    if (dash === '') continue;
    line.setAttribute('stroke-dasharray', dash);
    line.setAttribute('stroke-linecap', 'butt'); // round ends would close the gaps
  }
}
