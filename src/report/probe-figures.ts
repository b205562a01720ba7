// The figures of each probe: which function draws which rows.
import { displayName } from '../analysis/names.ts';
import { simpleNoiseScale, smoothTerms } from '../analysis/noise/scale.ts';
import { imbalanceFigure } from '../figures/probe-imbalance.ts';
import { pairsFigure } from '../figures/probe-pairs.ts';
import { spectrumFigure } from '../figures/probe-spectrum.ts';
import { termsFigure } from '../figures/probe-terms.ts';
import { type LineRow, linesFigure } from '../figures/theory-lines.ts';
import type { ProbeLine } from '../train/probes/measure.ts';
import type { TableRow, TableValue } from '../train/probes/probe.ts';
import type { Measurement } from './measurement.ts';
import { type Figure, standaloneSvg } from './svg.ts';

interface ProbeFigure {
  /** File name without the probe's and without extension. */
  name: string;
  svg(): string;
}

/** Measurements of one run, by step. */
type ProbedRun = { label: string; lines: Measurement[] };
type Draw = (runs: readonly ProbedRun[]) => ProbeFigure[];

const number = (value: TableValue | undefined): number | null => (typeof value === 'number' ? value : null);
const last = <T>(list: readonly T[]): T => list[list.length - 1];
const rows = (line: ProbeLine, table: string): TableRow[] => line.tables[table] ?? [];
const several = (runs: readonly ProbedRun[]) => runs.some(({ lines }) => lines.length > 1);

const figure = <R>(name: string, draw: Figure<R>, data: readonly R[]): ProbeFigure[] =>
  data.length > 0 ? [{ name, svg: () => standaloneSvg(draw, data) }] : [];

/** Rows of the newest measurement of every run, with its label as the panel. */
const newest = <R extends object>(runs: readonly ProbedRun[], table: string): (R & { panel: string })[] =>
  runs.flatMap(({ label, lines }) =>
    rows(last(lines), table).map((row) => ({ ...(row as R), panel: label })),
  );

const tokensAxis = { label: 'tokens trained on', scale: 'linear' as const };
const batchAxis = { label: 'batch size (sequences)', scale: 'batch' as const };

const drawings: Record<string, Draw> = {
  imbalance: (runs) => [
    ...(several(runs)
      ? figure(
          'curves',
          imbalanceFigure,
          runs.flatMap(({ label, lines }) =>
            lines.flatMap((line) =>
              rows(line, 'groups').map((row, _, { length }) => ({
                panel: label,
                tokens: line.tokens,
                group: number(row.group)!,
                groups: length,
                loss: number(row.loss),
              })),
            ),
          ),
        )
      : []),
    ...lines('groups', runs, {
      aria: 'Validation loss by token frequency',
      x: { label: 'frequency group, most frequent tokens first', scale: 'linear' },
      y: { label: 'validation loss of the group (nats/token)', scale: 'linear' },
      rows: ({ label, lines: own }) =>
        rows(last(own), 'groups').map((row) => point(label, row.group, row.loss)),
    }),
  ],
  sharpness: (runs) => [
    ...figure(
      'terms',
      termsFigure,
      newest<Omit<Parameters<typeof termsFigure>[0][number], 'panel'>>(runs, 'terms'),
    ),
    ...(several(runs)
      ? lines('curves', runs, {
          aria: 'Taylor terms of the update over training',
          x: tokensAxis,
          y: { label: 'change of loss by the update (nats/token)', scale: 'linear', include: [0] },
          panels: true,
          rules: [0],
          rows: ({ lines: own }) =>
            own.flatMap((line) => {
              const [row] = rows(line, 'terms');
              return ['first', 'second', 'sum', 'actual'].map((key) => point(key, line.tokens, row?.[key]));
            }),
        })
      : []),
  ],
  hessian: (runs) => [
    ...figure(
      'spectrum',
      spectrumFigure,
      newest<{ block: string; value: number; weight: number }>(runs, 'spectrum'),
    ),
    ...figure(
      'distances',
      pairsFigure('Jensen-Shannon distance of spectral densities', 0),
      newest<{ a: string; b: string; distance: number }>(runs, 'distances').map(({ distance, ...row }) => ({
        ...row,
        value: distance,
      })),
    ),
    ...(several(runs)
      ? lines('curves', runs, {
          aria: 'Largest eigenvalues over training',
          x: tokensAxis,
          y: { label: 'largest eigenvalue', scale: 'log' },
          panels: true,
          rows: ({ lines: own }) =>
            own.flatMap((line) =>
              rows(line, 'blocks').map((row) => point(String(row.block), line.tokens, row.top)),
            ),
        })
      : []),
  ],
  noise: (runs) => [
    ...lines('variance', runs, {
      aria: 'Variance of mini-batch gradients times batch size',
      x: batchAxis,
      y: {
        label: 'variance x batch size, as a multiple of that at batch size 1',
        scale: 'log',
        include: [0.5, 2],
      },
      panels: true,
      rules: [1],
      band: 'one standard error either way',
      rows: ({ lines: own }) => {
        const all = rows(last(own), 'variance');
        const first = all.filter((row) => row.sequences === 1);
        const loudest = [...first].sort((a, b) => number(b.variance)! - number(a.variance)!).slice(0, 7);
        return (
          all
            // A variance of fewer mini-batches is mostly its own error.
            .filter((row) => number(row.batches)! >= 8 && loudest.some(({ layer }) => layer === row.layer))
            .map((row) => ({
              ...point(String(row.layer), row.sequences, row.scaled),
              ...within(row.scaled, row.scaledError),
            }))
        );
      },
    }),
    ...lines('drift', runs, {
      aria: 'Drift of sign descent against batch size',
      x: batchAxis,
      y: {
        label: 'first-order progress of sign descent, as a share of its limit',
        scale: 'linear',
        include: [0, 1],
      },
      rules: [1],
      band: '95% interval',
      rows: ({ label, lines: own }) =>
        rows(last(own), 'drift').map((row) => ({
          ...point(label, row.sequences, row.drift),
          ...{ lo: number(row.driftLo), hi: number(row.driftHi) },
        })),
    }),
    ...(several(runs)
      ? lines('curves', runs, {
          aria: 'Noise scale and predicted critical batch size over training',
          x: tokensAxis,
          y: { label: 'batch size (sequences)', scale: 'log' },
          panels: true,
          band: '95% interval of a measurement, where it has two ends',
          rows: ({ lines: own }) => {
            const totals = own.flatMap((line) =>
              rows(line, 'total')
                .slice(0, 1)
                .map((row) => ({ line, row })),
            );
            const smooth = smoothTerms(
              totals.map(({ row }) => ({ signal: number(row.signal) ?? 0, noise: number(row.noise) ?? 0 })),
              HALF_LIFE,
            );
            return totals.flatMap(({ line, row }, i) => [
              point('gradient noise scale', line.tokens, simpleNoiseScale(smooth[i])),
              {
                ...point('B* of sign descent', line.tokens, row.criticalBatch),
                ...{ lo: number(row.criticalBatchLo), hi: number(row.criticalBatchHi) },
              },
            ]);
          },
        })
      : []),
  ],
  geometry: (runs) =>
    figure(
      'cosines',
      pairsFigure('cosine between updates', 1),
      newest<{ a: string; b: string; cosine: number | null }>(runs, 'pairs').map(({ cosine, ...row }) => ({
        ...row,
        value: cosine,
      })),
    ),
};

/** Measurements after which a term of the noise scale counts half. */
const HALF_LIFE = 2;

const point = (
  series: string,
  x: TableValue | undefined,
  y: TableValue | undefined,
): Omit<LineRow, 'panel'> => ({
  series,
  x: number(x) ?? 0,
  y: number(y),
});

/** A band of one standard error; none without one. */
const within = (value: TableValue | undefined, error: TableValue | undefined): Pick<LineRow, 'lo' | 'hi'> => {
  const [middle, half] = [number(value), number(error)];
  return middle === null || half === null ? {} : { lo: middle - half, hi: middle + half };
};

/** A line figure: with `panels` one per run, else all runs in one. */
function lines(
  name: string,
  runs: readonly ProbedRun[],
  {
    rows: rowsOf,
    panels = false,
    ...spec
  }: Pick<Parameters<typeof linesFigure>[0], 'aria' | 'x' | 'y' | 'rules' | 'band'> & {
    panels?: boolean;
    rows(run: ProbedRun): Omit<LineRow, 'panel'>[];
  },
): ProbeFigure[] {
  const data = runs.flatMap((run) => rowsOf(run).map((row) => ({ ...row, panel: panels ? run.label : '' })));
  const series = [...new Set(data.map((row) => row.series))].map((one, other) => {
    return { name: one, of: { other }, look: 'line and points' as const };
  });
  return figure(name, linesFigure({ ...spec, series }), data);
}

const sameCell = (a: Measurement, b: Measurement) =>
  a.optimizer === b.optimizer && a.batchSize === b.batchSize;

/**
 * Figures of the measurements of one probe. Of several seeds of a setting, the one
 * measured most often is drawn.
 */
export function probeFigures(probe: string, measurements: readonly Measurement[]): ProbeFigure[] {
  const byRun = new Map<string, ProbedRun>();
  for (const one of measurements) {
    const rates = new Set(measurements.filter((other) => sameCell(other, one)).map(({ lr }) => lr));
    const rate = rates.size > 1 ? `, lr ${Number(one.lr.toPrecision(3))}` : '';
    const label = `${displayName(one.optimizer)}, batch ${one.batchSize}${rate}`;
    const series = byRun.get(one.run) ?? { label, lines: [] };
    series.lines.push(one);
    byRun.set(one.run, series);
  }
  const byLabel = new Map<string, ProbedRun>();
  for (const series of byRun.values()) {
    series.lines.sort((a, b) => a.step - b.step);
    const other = byLabel.get(series.label);
    if (!other || other.lines.length < series.lines.length) byLabel.set(series.label, series);
  }
  return Object.hasOwn(drawings, probe) ? drawings[probe]([...byLabel.values()]) : [];
}
