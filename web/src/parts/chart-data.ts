// Curves in the words of uPlot: one axis for all, three series for a curve with a band.
import type uPlot from 'uplot';
import type { ChartLine } from './chart.tsx';

/** All places of all curves, and each curve's values there. */
export function alignedData(lines: readonly ChartLine[]): uPlot.AlignedData {
  const xs = [...new Set(lines.flatMap(({ x }) => x))].sort((a, b) => a - b);
  const at = new Map(xs.map((x, i) => [x, i]));
  const columns = lines.flatMap(({ x, y, lo, hi }) =>
    [y, ...(lo && hi ? [lo, hi] : [])].map((values) => {
      // Undefined is a place of another curve, which a line passes over; null is a gap.
      const column: (number | null | undefined)[] = Array(xs.length).fill(undefined);
      x.forEach((place, i) => {
        column[at.get(place)!] = values[i];
      });
      return column;
    }),
  );
  return [xs, ...columns] as uPlot.AlignedData;
}

type Colour = (variable: string) => string;

export const seriesOf = (lines: readonly ChartLine[], colour: Colour): uPlot.Series[] =>
  lines.flatMap(({ name, slot, dashed, lo, x }) => {
    const line: uPlot.Series = {
      label: name,
      stroke: colour(`--color-${slot % 12}`),
      width: 1.6,
      dash: dashed ? [6, 4] : undefined,
      points: { show: x.length < 3 },
    };
    const edge: uPlot.Series = { label: `${name}, range`, width: 0, points: { show: false } };
    return lo ? [line, edge, edge] : [line];
  });

export function bandsOf(lines: readonly ChartLine[], colour: Colour): uPlot.Band[] {
  let column = 1;
  return lines.flatMap(({ slot, lo }) => {
    const own = column;
    column += lo ? 3 : 1;
    return lo
      ? [{ series: [own + 2, own + 1] as [number, number], fill: `${colour(`--color-${slot % 12}`)}2e` }]
      : [];
  });
}
