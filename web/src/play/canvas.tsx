// A figure on a canvas, for what is drawn anew in every frame: sharp on any screen, in the page's colours.
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { useWidth } from '../parts/width.ts';
import { type ChartTable, TableBehind } from './chart.tsx';

export interface Board {
  ctx: CanvasRenderingContext2D;
  width: number;
  height: number;
  /** The value of a colour variable, `ink` for `--ink`. */
  colour(name: string): string;
}

interface Props {
  title: string;
  /** Height over width. */
  ratio: number;
  /** Draws one picture; a new function draws a new one. */
  draw(board: Board): void;
  table: ChartTable;
  children?: ComponentChildren;
}

export function CanvasFigure({ title, ratio, draw, table, children }: Props) {
  const { ref, scale: letters, ...place } = useWidth<HTMLDivElement>();
  const width = Math.max(240, place.width);
  const canvas = useRef<HTMLCanvasElement>(null);
  const height = Math.round(Math.min(460, Math.max(260, width * ratio)));
  useEffect(() => {
    const paint = () => {
      const element = canvas.current;
      const ctx = element?.getContext('2d');
      if (!element || !ctx) return;
      const scale = (devicePixelRatio || 1) * letters;
      const [across, down] = [width, height].map((pixels) => Math.round(pixels * scale));
      if (element.width !== across || element.height !== down) {
        element.width = across;
        element.height = down;
      }
      ctx.setTransform(scale, 0, 0, scale, 0, 0);
      ctx.clearRect(0, 0, width, height);
      const style = getComputedStyle(element);
      ctx.font = '12px system-ui, sans-serif';
      draw({ ctx, width, height, colour: (name) => style.getPropertyValue(`--${name}`).trim() });
    };
    const frame = requestAnimationFrame(paint);
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    scheme.addEventListener('change', paint);
    return () => {
      cancelAnimationFrame(frame);
      scheme.removeEventListener('change', paint);
    };
  }, [draw, width, height, letters]);
  return (
    <figure class="chart">
      <div ref={ref}>
        <canvas ref={canvas} role="img" aria-label={title} style={{ height: `${height * letters}px` }} />
      </div>
      {children}
      <TableBehind title={title} table={table} />
    </figure>
  );
}
