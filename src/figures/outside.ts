// Points that have no place on the axis: diverged runs (a cross through the arm's mark),
// losses above the scale (an arrow over it).
import * as Plot from '@observablehq/plot';
import { type Look, pointStyle } from './looks.ts';
import type { Theme } from './theme.ts';

/** An upward arrow without a shaft. */
const upward = {
  draw(context: CanvasPath, size: number) {
    const r = Math.sqrt(size / Math.PI);
    context.moveTo(-r, r / 2);
    context.lineTo(0, -r / 2);
    context.lineTo(r, r / 2);
  },
};

/** Where on the figure, as options of a dot. */
type DotPlace = Plot.DotOptions;

const hollow = <Row>(look: (row: Row) => Look, theme: Theme) => ({
  ...pointStyle(look, theme.paper, () => true),
  fill: 'none',
  strokeWidth: 1.2,
});

export const divergedMarks = <Row>(
  rows: readonly Row[],
  place: DotPlace,
  look: (row: Row) => Look,
  theme: Theme,
): Plot.Markish[] => [
  Plot.dot(rows, { ...place, ...hollow(look, theme), r: 4.5 }),
  Plot.dot(rows, {
    ...place,
    symbol: 'times',
    r: 3,
    stroke: (row: Row) => look(row).color,
    strokeWidth: 1.8,
  }),
];

export const aboveMarks = <Row>(
  rows: readonly Row[],
  place: DotPlace,
  look: (row: Row) => Look,
  theme: Theme,
): Plot.Markish[] => [
  Plot.dot(rows, { ...place, ...hollow(look, theme), r: 3 }),
  Plot.dot(rows, {
    ...place,
    symbol: upward,
    dy: -7,
    r: 3.5,
    fill: 'none',
    stroke: (row: Row) => look(row).color,
    strokeWidth: 1.5,
  }),
];

/** Diverged cells under the upper edge: those of one batch size below each other. */
export function divergedAtTop<Row extends { batchSize: number }>(
  rows: readonly Row[],
  look: (row: Row) => Look,
  theme: Theme,
): Plot.Markish[] {
  const ranked = [...Map.groupBy(rows, (row) => row.batchSize).values()].flatMap((own) =>
    own.map((row, rank) => ({ row, rank })),
  );
  return [...Map.groupBy(ranked, ({ rank }) => rank)].flatMap(([rank, own]) =>
    divergedMarks(
      own.map(({ row }) => row),
      { x: 'batchSize', frameAnchor: 'top', dy: 8 + 13 * rank },
      look,
      theme,
    ),
  );
}
