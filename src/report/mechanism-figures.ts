// Figures of the explanations that the paper tests on the language model: sharpness,
// Taylor terms, block spectra, gradient noise.
import type { StudyFacts } from '../analysis/claims/claim.ts';
import { spot } from '../analysis/claims/places.ts';
import { blockDistance, topDecades } from '../analysis/heterogeneity.ts';
import { displayName } from '../analysis/names.ts';
import { finite, kindOf, measuredBySeed } from '../analysis/probed.ts';
import type { ProbedPoint } from '../analysis/rows.ts';
import { ownTerm, sharpnessOf } from '../analysis/sharpness.ts';
import { mean, tInterval } from '../analysis/stats.ts';
import { median } from '../core/quantile.ts';
import { type DotRow, dotsFigure } from '../figures/dots.ts';
import { type LineRow, linesFigure } from '../figures/theory-lines.ts';
import { lossPer } from '../model/objectives/registry.ts';
import { type DrawnFigure, drawn } from './drawn.ts';
import { dotColumns, levelSeries, lineColumns } from './figure-rows.ts';

type Read = (tables: ProbedPoint['tables']) => number | null;
type About = Pick<DrawnFigure, 'name' | 'title' | 'caption'>;

/**
 * Mean and interval over seeds of what `read` gives, or that it was not measured.
 * Drawn as the arm `shown`, by default the run's.
 */
function row(
  study: StudyFacts,
  [batchSize, arm]: readonly [number, string],
  probe: string,
  [panel, label, shown = arm]: readonly [panel: string, label: string, shown?: string],
  read: Read,
): DotRow {
  const values = [...measuredBySeed(study, { ...spot(study, batchSize), arm }, probe, read).bySeed.values()];
  const [lo, hi] = tInterval(values) ?? [null, null];
  const value = values.length > 0 ? mean(values) : null;
  return { panel, label, arm: shown, value, lo, hi, open: false, note: 'not measured' };
}

const cells = (study: StudyFacts) =>
  study.batchSizes.flatMap((batchSize) => study.arms.map((arm) => [batchSize, arm] as const));

const dots = (
  study: StudyFacts,
  about: About,
  x: string,
  rows: readonly DotRow[],
  axis: { rule?: number; linearWithin?: number } = {},
) =>
  drawn(
    about,
    dotsFigure({ aria: about.title, x, bar: '95% interval', ...axis }),
    rows,
    dotColumns,
    study.arms,
  );

export function sharpnessDrawing(study: StudyFacts): DrawnFigure {
  const rows = study.batchSizes.flatMap((batchSize) =>
    study.arms.flatMap((run) =>
      study.arms.map((direction) =>
        row(
          study,
          [batchSize, run],
          'sharpness',
          [
            `batch size ${batchSize}, along ${displayName(run)}`,
            `${displayName(direction)}’s direction`,
            direction,
          ],
          (tables) => sharpnessOf(tables, direction),
        ),
      ),
    ),
  );
  return dots(
    study,
    {
      name: 'sharpness',
      title: 'Directional sharpness along the runs',
      caption:
        'u′Hu / |u|² of the step each optimizer would take from the same points, mean over training; bars are 95% intervals over seeds. The axis is logarithmic on both sides of zero.',
    },
    `directional sharpness of the unit direction (nats/${lossPer(study.models)})`,
    rows,
    { rule: 0, linearWithin: 0.01 },
  );
}

const terms = [
  ['first', 'first order'],
  ['second', 'second order'],
  ['sum', 'their sum'],
  ['actual', 'true change'],
] as const;

export function taylorDrawing(study: StudyFacts): DrawnFigure {
  const rows = cells(study).flatMap(([batchSize, arm]) =>
    terms.map(([term, label]) =>
      row(
        study,
        [batchSize, arm],
        'sharpness',
        [`${displayName(arm)}, batch size ${batchSize}`, label],
        (tables) => ownTerm(tables, term),
      ),
    ),
  );
  return dots(
    study,
    {
      name: 'taylor',
      title: 'What a step promises and what it does',
      caption:
        'Taylor terms of the run’s own next step (eq. 1) on fixed sequences, and the true change of loss; mean over training, bars are 95% intervals over seeds. The axis is logarithmic on both sides of zero.',
    },
    `change of loss by one step (nats/${lossPer(study.models)})`,
    rows,
    { rule: 0, linearWithin: 0.001 },
  );
}

const heterogeneityRows = (study: StudyFacts, read: Read) =>
  cells(study).map(([batchSize, arm]) =>
    row(study, [batchSize, arm], 'hessian', [`batch size ${batchSize}`, displayName(arm)], read),
  );

export const heterogeneityDrawing = (study: StudyFacts): DrawnFigure =>
  dots(
    study,
    {
      name: 'heterogeneity',
      title: 'How far apart the spectra of the blocks are',
      caption:
        'Mean Jensen-Shannon distance between the spectral densities of the parameter blocks, mean over training; bars are 95% intervals over seeds.',
    },
    'mean distance of block spectra',
    heterogeneityRows(study, blockDistance),
  );

export const blockTopsDrawing = (study: StudyFacts): DrawnFigure =>
  dots(
    study,
    {
      name: 'block-tops',
      title: 'How far apart the largest eigenvalues of the blocks are',
      caption:
        'Largest over smallest top eigenvalue of a block, mean over training of the logarithm; bars are 95% intervals over seeds.',
    },
    'largest over smallest top eigenvalue of a block (decades)',
    heterogeneityRows(study, topDecades),
  );

export function noiseVarianceDrawing(study: StudyFacts): DrawnFigure {
  const rows = cells(study).flatMap(([batchSize, arm]) => {
    const at = { ...spot(study, batchSize), arm };
    const scaled =
      (sequences: number): Read =>
      (tables) =>
        finite(
          (tables.variance ?? []).find((one) => one.layer === 'all' && one.sequences === sequences)?.scaled,
        );
    return Array.from({ length: 12 }, (_, k) => 2 ** k).flatMap((x): LineRow[] => {
      const values = [...measuredBySeed(study, at, 'noise', scaled(x)).bySeed.values()];
      if (values.length === 0) return [];
      const [lo, hi] = tInterval(values) ?? [null, null];
      return [
        { panel: displayName(arm), series: `trained at batch size ${batchSize}`, x, y: mean(values), lo, hi },
      ];
    });
  });
  return drawn(
    {
      name: 'noise-variance',
      title: 'Variance of a mini-batch gradient times its size',
      caption:
        'Relative to single sequences, all layers together, mean over training; flat means one over the batch size. Bands are 95% intervals over seeds.',
    },
    linesFigure({
      aria: 'Variance of the gradient times batch size',
      x: { label: 'sequences averaged', scale: 'batch' },
      y: { label: 'variance × sequences, relative', scale: 'linear', include: [0, 1] },
      series: levelSeries(rows),
      band: '95% interval',
      rules: [1],
    }),
    rows,
    lineColumns,
    study.arms,
  );
}

export function noiseKurtosisDrawing(study: StudyFacts): DrawnFigure {
  const layersOf = (arm: string, batchSize: number) =>
    study.rows
      .filter((one) => one.optimizer === arm && one.batchSize === batchSize)
      .flatMap((one) => one.probes ?? [])
      .filter(({ probe }) => probe === 'noise')
      .flatMap(({ tables }) => tables.layers ?? []);
  const rows = cells(study).flatMap(([batchSize, arm]) => {
    const kinds = [...new Set(layersOf(arm, batchSize).map(({ layer }) => kindOf(String(layer))))];
    return kinds.map((kind) =>
      row(
        study,
        [batchSize, arm],
        'noise',
        [`${displayName(arm)}, batch size ${batchSize}`, kind],
        (tables) =>
          median(
            (tables.layers ?? []).flatMap((one) =>
              kindOf(String(one.layer)) === kind ? (finite(one.kurtosis) ?? []) : [],
            ),
          ),
      ),
    );
  });
  return dots(
    study,
    {
      name: 'noise-kurtosis',
      title: 'Tails of the gradient noise',
      caption:
        'Median excess kurtosis over coordinates of gradients of single sequences, by kind of layer, mean over training (0: Gaussian); bars are 95% intervals over seeds.',
    },
    'median excess kurtosis',
    rows,
    { rule: 0 },
  );
}
