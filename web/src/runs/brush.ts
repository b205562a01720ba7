// Ranges drawn on the axes of a figure of parallel lines, with the mouse or a finger.
// Keyboards write the same into the filter.
import type { AxisPlace } from '../../../src/figures/parallel.ts';

/** From 0, the lower end of an axis, to 1. */
export interface Range {
  lo: number;
  hi: number;
}

interface Options {
  /** What is chosen on an axis now. */
  chosen(field: string): Range | undefined;
  /** A range was drawn; undefined: the axis was only tapped, which takes its range away. */
  onRange(field: string, range: Range | undefined): void;
}

const SVG = 'http://www.w3.org/2000/svg';
/** Pixels beside an axis within which one takes hold of it. */
const REACH = 12;
/** A shorter way is a tap. */
const LEAST = 4;

/** Makes the axes of `svg` answer. Returns what undoes it. */
export function brushing(svg: SVGSVGElement, { chosen, onRange }: Options): () => void {
  const places = JSON.parse(svg.dataset.axes ?? '[]') as AxisPlace[];
  const added = places.flatMap((place) => {
    const { field, x, top, bottom } = place;
    const rect = (attributes: Record<string, string | number>) => {
      const made = document.createElementNS(SVG, 'rect');
      for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
      return svg.appendChild(made);
    };
    const band = rect({ x: x - REACH / 2, width: REACH, class: 'band' });
    const hold = rect({ x: x - REACH, width: 2 * REACH, y: top, height: bottom - top, class: 'hold' });
    hold.dataset.axis = field;
    const show = (range: Range | undefined) => {
      const [from, to] = range
        ? [bottom - range.hi * (bottom - top), bottom - range.lo * (bottom - top)]
        : [0, 0];
      band.setAttribute('y', String(from));
      band.setAttribute('height', String(to - from));
    };
    show(chosen(field));
    /** Pixels of the figure, within the axis. */
    const yOf = ({ clientY }: PointerEvent) => {
      const { a, f } = svg.getScreenCTM()!;
      return Math.min(bottom, Math.max(top, (clientY - f) / a));
    };
    let begun: number | undefined;
    const rangeTo = (y: number): Range => {
      const at = (pixel: number) => (bottom - pixel) / (bottom - top);
      return { lo: at(Math.max(begun!, y)), hi: at(Math.min(begun!, y)) };
    };
    hold.addEventListener('pointerdown', (event) => {
      begun = yOf(event);
      hold.setPointerCapture(event.pointerId);
    });
    hold.addEventListener('pointermove', (event) => {
      if (begun !== undefined) show(rangeTo(yOf(event)));
    });
    hold.addEventListener('pointerup', (event) => {
      if (begun === undefined) return;
      const y = yOf(event);
      const range = Math.abs(y - begun) < LEAST ? undefined : rangeTo(y);
      begun = undefined;
      onRange(field, range);
    });
    hold.addEventListener('pointercancel', () => {
      begun = undefined;
      show(chosen(field));
    });
    return [band, hold];
  });
  return () => {
    for (const one of added) one.remove();
  };
}
