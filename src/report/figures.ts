// The figures of a report: which function draws which rows, and what stands above and below each.
import type { Budget } from '../analysis/budgets.ts';
import type { Cell } from '../analysis/frontier.ts';
import type { Gap } from '../analysis/gap.ts';
import { displayName } from '../analysis/names.ts';
import type { RunRow } from '../analysis/rows.ts';
import { effortFigure } from '../figures/effort.ts';
import { gapFigure } from '../figures/gap.ts';
import { lrCurvesFigure } from '../figures/lr-curves.ts';
import { effortRows, gapRows, lrCurveRows, trainingCurveRows, tunedLossRows } from '../figures/rows.ts';
import { trainingCurvesFigure } from '../figures/training-curves.ts';
import { tunedLossFigure } from '../figures/tuned-loss.ts';
import { budgetSentences, seedsText } from './caption-facts.ts';
import { damageCaveats } from './caveats.ts';
import { type DrawnFigure, drawn } from './drawn.ts';
import { list } from './format.ts';
import type { Figure } from './svg.ts';

interface Material {
  rows: readonly RunRow[];
  cells: readonly Cell[];
  gaps: readonly Gap[];
  tuningSeed: number;
  /** Labels of all arms, in order. */
  optimizers: readonly string[];
  baseline: string | null;
  challenger: string | null;
  /** What losses are counted per. */
  per: string;
  budget: Budget;
  /** Sentences on cells whose whole batches leave part of the budget unused. */
  shortfalls: readonly string[];
  /** Put before file names when a study has several models or budgets. */
  prefix: string;
}

/** The figures of one (model, tokens) group. */
export type StudyFigures = Record<
  'gap' | 'tunedLoss' | 'lrCurves' | 'trainingCurves' | 'effort',
  DrawnFigure
>;

export function drawFigures(material: Material): StudyFigures {
  const { rows, cells, gaps, tuningSeed, optimizers, baseline, per, prefix, budget, shortfalls } = material;
  const draw = <Row extends object>(
    name: string,
    title: string,
    sentences: readonly (string | false)[],
    figure: Figure<Row>,
    data: readonly Row[],
    columns: readonly (keyof Row & string)[],
  ): DrawnFigure => {
    const caption = sentences.filter((sentence) => sentence !== false).join(' ');
    return drawn({ name: prefix + name, title, caption }, figure, data, columns, optimizers, per);
  };
  const arms = list(optimizers.map(displayName));
  const base = displayName(baseline ?? '');
  const others = optimizers.filter((arm) => arm !== baseline).map(displayName);
  const trained = [budgetSentences(budget, rows), ...shortfalls];
  const open = 'A hollow point stands on a best learning rate at the edge of what was tried.';
  return {
    gap: draw(
      'gap',
      others.length === 1 ? `The gap between ${others[0]} and ${base}` : `The gap to ${base}`,
      [
        `Validation loss of tuned ${others.length === 1 ? others[0] : `${list(others)}, each`} minus that of tuned ${base}: above zero ${base} is better.`,
        `Points are means over ${seedsText(gaps.map((gap) => gap.seeds))}.`,
        gaps.some((gap) => gap.ci95) && 'The band is the 95% interval of that mean.',
        gaps.some((gap) => !gap.bracketed) && open,
        ...trained,
      ],
      gapFigure,
      gapRows(gaps, cells),
      ['batchSize', 'baseline', 'challenger', 'gap', 'lo', 'hi', 'seeds', 'bracketed', 'status'],
    ),
    tunedLoss: draw(
      'tuned-loss',
      'Tuned loss',
      [
        `Validation loss of ${arms} at the best settings found for each batch size: means over ${seedsText(cells.map((cell) => cell.best?.seeds.length ?? 0))}.`,
        cells.some((cell) => (cell.best?.seeds.length ?? 0) > 1) &&
          'A bar reaches from the lowest to the highest seed; it is often smaller than the point.',
        cells.some((cell) => cell.best && !cell.bracketed) && open,
        ...trained,
      ],
      tunedLossFigure,
      tunedLossRows(cells),
      ['optimizer', 'batchSize', 'valLoss', 'lowest', 'highest', 'seeds', 'bracketed', 'status'],
    ),
    lrCurves: draw(
      'lr-curves',
      'How each optimum was found',
      [
        `Validation loss at every learning rate tried for ${arms}, at seed ${tuningSeed}, which chooses the settings; one line for each setting of the other hyperparameters.`,
        'A large filled point is the best one of its optimizer, with worse learning rates on both sides.',
        cells.some((cell) => cell.best && !cell.bracketed) &&
          'A large hollow one is at the edge of what was tried.',
        'A mark with a cross diverged; one under an arrow lies above the scale.',
      ],
      lrCurvesFigure,
      lrCurveRows(rows, cells, tuningSeed),
      ['optimizer', 'batchSize', 'lr', 'hyper', 'valLoss', 'status', 'best', 'bracketed'],
    ),
    trainingCurves: draw(
      'training-curves',
      'Training curves of the winners',
      [
        `Training loss of ${arms} with their best settings at seed ${tuningSeed}, averaged over windows of equal numbers of tokens.`,
        'The first descent may be cut off at the top, because it would flatten the rest.',
        ...damageCaveats(rows, cells),
      ],
      trainingCurvesFigure,
      trainingCurveRows(rows, cells),
      ['optimizer', 'batchSize', 'seed', 'tokens', 'loss'],
    ),
    effort: draw(
      'effort',
      'Runs by outcome',
      ['All runs of the study: those that tuned, and the further seeds of the winners.'],
      effortFigure,
      effortRows(rows),
      ['optimizer', 'batchSize', 'status', 'runs'],
    ),
  };
}
