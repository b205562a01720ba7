// What a figure tells somebody who points at it: on pages with `pointing.ts`, and nowhere else.
import * as Plot from '@observablehq/plot';
import { sparse } from './looks.ts';
import type { FigureOptions } from './theme.ts';

/**
 * Channels of a mark: what is said of a row (lines of text, the first one a heading), and the entry
 * of the legend that it belongs to, so that the entry switches it on and off (null: it always shows).
 * Nothing in files. A line has no text of its own: it would be cut where the text changes.
 */
export const told = <Row>(
  { interactive }: Pick<FigureOptions, 'interactive'>,
  entry: ((row: Row) => string) | null,
  say?: (row: Row) => string,
): { ariaLabel?: (row: Row) => string; title?: (row: Row) => string } =>
  interactive ? { ...(entry && { ariaLabel: entry }), ...(say && { title: say }) } : {};

/** Points of a line that can be pointed at and are not seen: enough of them to read the line, and no more. */
export const pointed = <Row>(
  options: Pick<FigureOptions, 'interactive'>,
  rows: readonly Row[],
  place: Plot.DotOptions,
  line: (row: Row) => string,
  entry: (row: Row) => string,
  say: (row: Row) => string,
): Plot.Markish[] =>
  options.interactive
    ? [
        Plot.dot(sparse(rows, line, 24), {
          ...place,
          ...{ r: 3, fill: 'currentColor', fillOpacity: 0, stroke: 'none' },
          ...told(options, entry, say),
        }),
      ]
    : [];
