// Figures of what the gradient's noise predicts: where the gap should open beside where it does,
// and how the prediction moves with training and from layer to layer.
import { isOn } from '../analysis/budgets.ts';
import type { StudyFacts } from '../analysis/claims/claim.ts';
import { closeMargin } from '../analysis/claims/decide.ts';
import { smallest, spot, winnersAt } from '../analysis/claims/places.ts';
import { gaps } from '../analysis/gap.ts';
import { displayName } from '../analysis/names.ts';
import {
  geometricMean,
  noisePredictions,
  openings,
  overTraining,
  type Prediction,
  type PredictionKind,
} from '../analysis/opening.ts';
import { kindOf } from '../analysis/probed.ts';
import { groupBy, type RunRow } from '../analysis/rows.ts';
import { type Interval, tInterval } from '../analysis/stats.ts';
import { type OpeningRow, openingFigure } from '../figures/opening.ts';
import { type LineRow, linesFigure } from '../figures/theory-lines.ts';
import { lossPer } from '../model/objectives/registry.ts';
import { type DrawnFigure, drawn } from './drawn.ts';

type Pair = readonly [challenger: string, baseline: string];

const names: Record<PredictionKind, string> = {
  drift: 'B*',
  momentum: 'B* momentum',
  noiseScale: 'noise scale',
};

const blank = { y: null, lo: null, hi: null, from: null, to: null, open: false, note: '' };
/** 95% interval of batch sizes over seeds, by factors. */
const factors = (values: readonly number[]): Interval | [null, null] => {
  const interval = tInterval(values.map(Math.log2));
  return interval ? [2 ** interval[0], 2 ** interval[1]] : [null, null];
};

/** The line of one prediction from the runs of a cell's winner. */
function predictionLine(
  kind: OpeningRow['kind'],
  what: PredictionKind,
  of: string,
  runs: readonly RunRow[],
): OpeningRow {
  const name = `${names[what]}, ${of}`;
  const bySeed = [...groupBy(runs, (row) => String(row.seed)).values()].map((own) =>
    own.flatMap(noisePredictions),
  );
  const found = bySeed.flatMap((own) => overTraining(own, what) ?? []);
  const perSeed = found.map(({ at }) => at);
  const all = bySeed
    .flat()
    .flatMap(({ trained, batchSizes }) => (trained > 0 ? (batchSizes[what]?.at ?? []) : []));
  const x = geometricMean(perSeed);
  if (x === null) return { ...blank, kind, label: name, x, note: 'not measured' };
  const label = found.some(({ bound }) => bound === 'at least') ? `${name}, at least` : name;
  const [lo, hi] = factors(perSeed);
  return { ...blank, kind, label, x, lo, hi, from: Math.min(...all), to: Math.max(...all) };
}

export function openingDrawing(study: StudyFacts, [challenger, baseline]: Pair): DrawnFigure {
  const [frontier] = study.frontiers;
  const own = gaps(study.cells.filter(isOn(frontier, study)), { baseline, challenger });
  const curve = own.map((gap): OpeningRow => {
    const [lo, hi] = gap.ci95 ?? [null, null];
    return {
      ...blank,
      kind: 'gap',
      label: 'gap',
      x: gap.batchSize,
      y: gap.gap,
      lo,
      hi,
      open: !gap.bracketed,
    };
  });
  const found = openings(own, closeMargin);
  const at = found.map((opening) => opening.at);
  const [lo, hi] = factors(at);
  const bounds = [...new Set(found.map(({ bound }) => bound).filter((bound) => bound !== 'exact'))];
  const measured: OpeningRow = {
    ...{ ...blank, kind: 'measured', x: geometricMean(at), lo, hi, note: 'not within these batch sizes' },
    label: `opening${bounds.length > 0 ? `, ${bounds.join(' and ')}` : ' measured'}`,
  };
  const winners = (arm: string, batchSize: number) => winnersAt(study, { ...spot(study, batchSize), arm });
  const least = smallest(study);
  const of = (arm: string, batchSize: number) => `${displayName(arm)} ${batchSize}`;
  const first = (['drift', 'momentum', 'noiseScale'] as const).map((what) =>
    predictionLine('predicted', what, of(baseline, least), winners(baseline, least)),
  );
  const others = [baseline, challenger]
    .flatMap((arm) => study.batchSizes.map((batchSize) => ({ arm, batchSize })))
    .filter(({ arm, batchSize }) => arm !== baseline || batchSize !== least)
    .map(({ arm, batchSize }) =>
      predictionLine('other', 'drift', of(arm, batchSize), winners(arm, batchSize)),
    );
  const rows = curve.length > 0 ? [...curve, measured, ...first, ...others] : [];
  return drawn(
    {
      name: 'opening',
      title: 'Where the gap opens, measured and predicted',
      caption:
        `Above: the gap. The dotted line is at ${closeMargin} nats. The gap opens where it grows past that line and stays above it; between batch sizes it is taken as straight, seed by seed. ` +
        'Below, on the same axis: what the gradient noise of single runs predicts. Nothing is fitted to the gap. B* is the batch size at which sign descent has 84% of its noiseless speed by Theorem 1, over sampled coordinates of all layers. ' +
        'With momentum it is smaller by the factor (1 − β) / (1 + β). The noise scale is tr Σ / |G|². Each line names the optimizer and the batch size of the runs that were measured. Points are geometric means over a run after its start, and over seeds.',
    },
    openingFigure({
      gap: `${displayName(challenger)} − ${displayName(baseline)} (nats/${lossPer(study.models)})`,
      challenger,
      margin: closeMargin,
    }),
    rows,
    ['kind', 'label', 'x', 'y', 'lo', 'hi', 'from', 'to', 'open', 'note'],
    study.arms,
  );
}

export function openingTrainingDrawing(study: StudyFacts, [challenger, baseline]: Pair): DrawnFigure {
  const ends = [...new Set([study.batchSizes[0], study.batchSizes[study.batchSizes.length - 1]])];
  const rows = [baseline, challenger].flatMap((arm) =>
    ends.flatMap((batchSize) => {
      const runs = winnersAt(study, { ...spot(study, batchSize), arm });
      const panel = `${displayName(arm)}, batch size ${batchSize}`;
      const moments = [
        ...groupBy(runs.flatMap(noisePredictions), ({ trained }) => trained.toFixed(4)).values(),
      ];
      return moments.flatMap((same) => {
        const x = same[0].trained;
        const kinds = [...new Set(same[0].layers.map(({ layer }) => kindOf(layer)))];
        return [
          { ...line(panel, 'all coordinates', x, same, whole), ...widest(same) },
          ...kinds.map((kind) =>
            line(panel, kind, x, same, ({ layers }) =>
              layers.filter(({ layer }) => kindOf(layer) === kind).map((layer) => layer.batchSize),
            ),
          ),
        ];
      });
    }),
  );
  const series = [...new Set(rows.map((row) => row.series))];
  return drawn(
    {
      name: 'opening-training',
      title: 'The predicted batch size over training, and layer by layer',
      caption:
        'B*, at which by Theorem 1 sign descent moves at 84% of its speed without noise, over all sampled coordinates and over those of single kinds of layers (geometric mean over layers and seeds). The band of all is from the lowest to the highest end of the seeds’ 95% intervals; where it is missing, an interval has no upper end: the samples are too few. Layers without a point show no signal.',
    },
    linesFigure({
      aria: 'Predicted critical batch size over training',
      x: { label: 'share of the run', scale: 'linear' },
      y: { label: 'B* (sequences)', scale: 'log' },
      series: series.map((name, i) => ({
        name,
        of: { other: i },
        look: i === 0 ? 'line and points' : 'line',
      })),
      band: '95% interval, widest of the seeds',
    }),
    rows,
    ['panel', 'series', 'x', 'y', 'lo', 'hi'],
    study.arms,
  );
}

const whole = ({ batchSizes: { drift } }: Prediction) => [drift?.bound === 'exact' ? drift.at : null];

function line(
  panel: string,
  series: string,
  x: number,
  same: readonly Prediction[],
  values: (one: Prediction) => (number | null)[],
): LineRow {
  const perSeed = same.flatMap((one) => geometricMean(values(one).filter((value) => value !== null)) ?? []);
  return { panel, series, x, y: geometricMean(perSeed), lo: null, hi: null };
}

/** From the lowest to the highest end of the intervals; none where one is not known, or has no upper end. */
function widest(same: readonly Prediction[]): { lo: number | null; hi: number | null } {
  const ends = same.flatMap(({ interval }) =>
    interval && interval.hi !== null ? [[interval.lo, interval.hi]] : [],
  );
  if (ends.length < same.length) return { lo: null, hi: null };
  return { lo: Math.min(...ends.map(([lo]) => lo)), hi: Math.max(...ends.map(([, hi]) => hi)) };
}
