// A figure of src/figures/ on a page: drawn in the page's colours at the width there is, with hover values, entries of
// the legend that switch curves, its files, and its numbers as a table.
import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useState } from 'preact/hooks';
import { pointing } from '../../../src/figures/pointing.ts';
import { type FigureOptions, pageTheme, paperTheme } from '../../../src/figures/theme.ts';
import { setState, useRoute } from '../route.ts';
import { Files } from './files.tsx';
import { useSameRows } from './same-rows.ts';
import { inTurn } from './turns.ts';
import { useWidth } from './width.ts';

export interface FigureProps<Row extends object> {
  /** File name without extension; names the figure's state in the address, too. */
  name: string;
  title: string;
  caption?: ComponentChildren;
  draw(rows: readonly Row[], options: FigureOptions): SVGSVGElement;
  rows: readonly Row[];
  columns: readonly (keyof Row & string)[];
  /** All arms of the study, so that each looks the same everywhere. */
  optimizers?: readonly string[];
  per?: string;
  /** Said in place of the figure while there is nothing to draw. */
  nothing?: string;
  /** More that the figure on the page can do. Returns what undoes it. */
  answering?(svg: SVGSVGElement): () => void;
}

export function Figure<Row extends object>(props: FigureProps<Row>) {
  const { name, title, caption, draw, columns, optimizers, per, nothing, answering } = props;
  const rows = useSameRows(props.rows);
  const { ref, width, scale } = useWidth<HTMLDivElement>();
  const off = useRoute().query.get(`off.${name}`);
  const options = { document, optimizers, per };
  const [svg, setSvg] = useState<SVGSVGElement | null>(null);
  const [problem, setProblem] = useState<string>();
  useEffect(() => {
    if (width === 0 || rows.length === 0) return setSvg(null);
    const wide = Math.max(300, width);
    return inTurn(() => {
      try {
        setSvg(draw(rows, { ...options, theme: pageTheme, width: wide, interactive: true }));
        setProblem(undefined);
      } catch (error) {
        setSvg(null);
        setProblem((error as Error).message);
        throw error;
      }
    });
  }, [rows, width, draw]);
  // Before the page is painted: the room that was kept for it is given up in the same moment.
  useLayoutEffect(() => {
    const holder = ref.current!;
    if (!svg) return holder.replaceChildren();
    svg.style.width = `${Number(svg.getAttribute('width')) * scale}px`;
    svg.style.height = 'auto';
    // One that is there stays: an entry that was just switched keeps the focus.
    if (svg.parentNode !== holder) holder.replaceChildren(svg);
    return pointing(holder, {
      off: off?.split('|'),
      onSwitch: (now) => setState({ [`off.${name}`]: now.join('|') }),
    });
  }, [svg, scale, off, name, ref]);
  useEffect(() => (svg ? answering?.(svg) : undefined), [svg, answering]);
  const paper = () => draw(rows, { ...options, theme: paperTheme, width: 820 });
  return (
    <figure class="card" aria-label={title}>
      <h3>{title}</h3>
      <div class={svg || problem || rows.length === 0 ? 'drawing' : 'drawing waiting'} ref={ref} />
      {problem && (
        <p role="alert" class="warning">
          This figure cannot be drawn: {problem}. Its numbers are below.
        </p>
      )}
      {rows.length === 0 ? (
        <p class="muted">{nothing ?? 'Nothing to draw yet.'}</p>
      ) : (
        <>
          {caption && <figcaption>{caption}</figcaption>}
          <Files {...{ name, title, paper, columns }} rows={() => rows} count={rows.length} />
        </>
      )}
    </figure>
  );
}
