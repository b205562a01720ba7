// The figures of the experiments, by name: what a claim shows beside its verdict.
import { isOn } from '../analysis/budgets.ts';
import type { StudyFacts } from '../analysis/claims/claim.ts';
import { largest, spot, stepsAt, winnersAt } from '../analysis/claims/places.ts';
import { displayName } from '../analysis/names.ts';
import { mean, tInterval } from '../analysis/stats.ts';
import { type DotRow, dotsFigure } from '../figures/dots.ts';
import { type LineRow, linesFigure } from '../figures/theory-lines.ts';
import { lossPer } from '../model/objectives/registry.ts';
import { type DrawnFigure, drawn } from './drawn.ts';
import { dotColumns, levelSeries, lineColumns } from './figure-rows.ts';
import { budgetText } from './format.ts';
import { gapAt, gapLabel, gapLines, type Pair } from './gap-rows.ts';
import { labDrawings } from './labs/registry.ts';
import { mapDrawing } from './map-figures.ts';
import {
  blockTopsDrawing,
  heterogeneityDrawing,
  noiseKurtosisDrawing,
  noiseVarianceDrawing,
  sharpnessDrawing,
  taylorDrawing,
} from './mechanism-figures.ts';
import { openingDrawing } from './opening-figures.ts';
import { stepsDrawing, timeDrawing } from './pace-figures.ts';
import { progressDrawing } from './scaling-figure.ts';

type Draw = (study: StudyFacts, pair: Pair) => DrawnFigure;

/** Name of a frontier where there are several; nothing where there is one. */
const titleOf = (study: StudyFacts, frontier: StudyFacts['frontiers'][number]): string => {
  const several = new Set(study.frontiers.map(({ model }) => model)).size > 1;
  const budgets = new Set(study.frontiers.map(budgetText)).size > 1;
  return [several && frontier.model, budgets && budgetText(frontier)].filter(Boolean).join(', ');
};

const drawings: Record<string, Draw> = {
  map: mapDrawing,
  opening: openingDrawing,
  progress: progressDrawing,
  sharpness: sharpnessDrawing,
  taylor: taylorDrawing,
  heterogeneity: heterogeneityDrawing,
  'block-tops': blockTopsDrawing,
  'noise-variance': noiseVarianceDrawing,
  'noise-kurtosis': noiseKurtosisDrawing,
  'gap-budgets': (study, pair) => {
    const rows = study.frontiers.flatMap((frontier) =>
      study.batchSizes.map((batchSize): LineRow => {
        const { value: y, lo, hi, open } = gapAt(study, spot(study, batchSize, frontier), pair);
        return { panel: titleOf(study, frontier), series: 'gap', x: batchSize, y, lo, hi, open };
      }),
    );
    return drawn(
      {
        name: 'gap-budgets',
        title: 'The gap against batch size',
        caption:
          'Both tuned at every batch size; bands are 95% intervals over seeds, hollow points stand on a rate that is not bracketed.',
      },
      linesFigure({
        aria: 'Gap against batch size',
        x: { label: 'batch size (sequences per step)', scale: 'batch' },
        y: { label: gapLabel(study, pair), scale: 'linear', include: [0] },
        series: [{ name: 'gap', of: { arm: pair[0] }, look: 'line and points' }],
        legend: [],
        band: '95% interval',
        open: 'unbracketed',
        rules: [0],
      }),
      rows,
      lineColumns,
      study.arms,
    );
  },
  'gap-steps': (study, pair) => {
    const rows = study.batchSizes.flatMap((batchSize) =>
      study.frontiers.map((frontier): LineRow => {
        const at = spot(study, batchSize, frontier);
        const { value: y, lo, hi, open } = gapAt(study, at, pair);
        const x = stepsAt(study, at);
        return { panel: '', series: `batch size ${batchSize}`, x, y, lo, hi, open };
      }),
    );
    return gapLines(
      study,
      pair,
      { name: 'gap-steps', title: 'The gap against the number of steps', aria: 'Gap against steps' },
      { label: 'optimizer steps', scale: 'batch' },
      rows,
    );
  },
  arms: (study) => {
    // Panels are narrow: what all of them have in common is said below.
    const [only] = study.batchSizes.length === 1 && study.frontiers.length > 1 ? study.batchSizes : [];
    const rows = study.frontiers.flatMap((frontier) =>
      study.cells.filter(isOn(frontier, study)).map((cell): DotRow => {
        const { best } = cell;
        const losses = best?.valLossSeeds ?? [];
        const title = titleOf(study, frontier);
        return {
          panel: only ? title : `batch size ${cell.batchSize}${title && `, ${title}`}`,
          label: displayName(cell.optimizer),
          arm: cell.optimizer,
          value: best?.valLossMean ?? null,
          lo: losses.length > 1 ? Math.min(...losses) : null,
          hi: losses.length > 1 ? Math.max(...losses) : null,
          open: best !== null && !cell.bracketed,
          note: cell.diverged > 0 && cell.failed + cell.missing === 0 ? 'every run diverged' : 'no loss yet',
        };
      }),
    );
    return drawn(
      {
        name: 'arms',
        title: 'Tuned losses side by side',
        caption: `Validation loss of each arm’s best settings${only ? ` at batch size ${only}` : ''}; bars reach from the best to the worst seed.`,
      },
      dotsFigure({
        aria: 'Tuned validation loss by arm',
        x: `tuned validation loss (nats/${lossPer(study.models)}); further left is better`,
        bar: 'best to worst seed',
      }),
      rows,
      dotColumns,
      study.arms,
    );
  },
  sizes: (study, pair) => {
    const rows = study.batchSizes.flatMap((batchSize) =>
      study.frontiers.map(
        (frontier): DotRow => ({
          panel: `batch size ${batchSize}`,
          label: frontier.model,
          arm: pair[0],
          ...gapAt(study, spot(study, batchSize, frontier), pair),
        }),
      ),
    );
    return drawn(
      {
        name: 'sizes',
        title: 'The gap by model',
        caption: 'Both optimizers tuned for each model and batch size; bars are 95% intervals over seeds.',
      },
      dotsFigure({ aria: 'Gap by model', x: gapLabel(study, pair), bar: '95% interval', rule: 0 }),
      rows,
      dotColumns,
      study.arms,
    );
  },
  'clip-shares': (study) => {
    const rows = study.arms.flatMap((arm) => {
      const seeds = winnersAt(study, { ...spot(study, largest(study)), arm }).flatMap((row) => {
        const points = (row.lossCurve ?? []).flatMap((point) =>
          point.clippedKinds ? [point.clippedKinds] : [],
        );
        return points.length > 0 ? [points] : [];
      });
      const kinds = Object.keys(seeds[0]?.[0] ?? {});
      return kinds.map((kind): DotRow => {
        const shares = seeds.map((points) => mean(points.map((point) => point[kind] ?? 0)));
        return {
          panel: displayName(arm),
          label: kind,
          arm,
          value: mean(shares),
          lo: shares.length > 1 ? Math.min(...shares) : null,
          hi: shares.length > 1 ? Math.max(...shares) : null,
          open: false,
          note: '',
        };
      });
    });
    return drawn(
      {
        name: 'clip-shares',
        title: 'Which layers are clipped',
        caption: `Share of coordinates at the threshold, by kind of layer, mean over training; batch size ${largest(study)}.`,
      },
      dotsFigure({
        aria: 'Share of clipped coordinates by kind of layer',
        x: 'share of coordinates clipped',
        bar: 'least to most over seeds',
      }),
      rows,
      dotColumns,
      study.arms,
    );
  },
  imbalance: (study, [challenger, baseline]) => {
    const rows = study.batchSizes.flatMap((batchSize) => {
      const ofArm = (arm: string) =>
        new Map(
          winnersAt(study, { ...spot(study, batchSize), arm }).flatMap((row) =>
            row.groupLosses ? [[row.seed, row.groupLosses] as const] : [],
          ),
        );
      const [a, b] = [ofArm(challenger), ofArm(baseline)];
      const seeds = [...a.keys()].filter((seed) => b.has(seed));
      const groups = a.get(seeds[0])?.length ?? 0;
      return Array.from({ length: groups }, (_, g): LineRow => {
        const gaps = seeds.flatMap((seed) => {
          const [x, y] = [a.get(seed)![g], b.get(seed)![g]];
          return x !== null && y !== null ? [x - y] : [];
        });
        const [lo, hi] = tInterval(gaps) ?? [null, null];
        const y = gaps.length > 0 ? mean(gaps) : null;
        return { panel: '', series: `batch size ${batchSize}`, x: g + 1, y, lo, hi };
      });
    });
    return drawn(
      {
        name: 'imbalance',
        title: 'The gap by token frequency',
        caption:
          'Validation tokens in groups of equal size, from the most frequent to the rarest; bands are 95% intervals over seeds.',
      },
      linesFigure({
        aria: 'Gap by token frequency',
        x: { label: 'frequency group, most frequent tokens first', scale: 'linear' },
        y: { label: gapLabel(study, [challenger, baseline]), scale: 'linear', include: [0] },
        series: levelSeries(rows),
        band: '95% interval',
        rules: [0],
      }),
      rows,
      lineColumns,
      study.arms,
    );
  },
  time: timeDrawing,
  'steps-to-target': stepsDrawing,
};

/** A figure of a lab of the study; an empty one when the lab has not been run. */
function ofLab({ arms, theory }: StudyFacts, name: string): DrawnFigure {
  const about = { name, title: 'A simulation of this study', caption: '' };
  return (
    theory.flatMap((run) => labDrawings(run, arms)).find((figure) => figure.name === name) ??
    drawn(about, dotsFigure({ aria: about.title, x: '', bar: '' }), [], [], arms)
  );
}

/** Figures by name, each once. */
export function experimentFigures(study: StudyFacts, names: readonly string[], pair: Pair): DrawnFigure[] {
  return [...new Set(names)].map((name) =>
    Object.hasOwn(drawings, name) ? drawings[name](study, pair) : ofLab(study, name),
  );
}
