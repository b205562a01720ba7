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
import { type DrawnFigure, drawn } from './drawn.ts';
import { budgetText } from './format.ts';
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
  /** The budget of every run, in words, and sentences about cells that do not use it up. */
  budget: Budget;
  shortfalls: readonly string[];
  /** Put before file names when a study has several models or budgets. */
  prefix: string;
}

/** The five figures of one (model, tokens) group, in the order of the page. */
export function drawFigures(material: Material): DrawnFigure[] {
  const { rows, cells, gaps, tuningSeed, optimizers, baseline, challenger, per, prefix } = material;
  const { budget, shortfalls } = material;
  const isTokens = budget.tokens !== null;
  const short = shortfalls.map((sentence) => ` ${sentence}`).join('');
  const [base, other] = [displayName(baseline ?? ''), displayName(challenger ?? '')];
  const draw = <Row extends object>(
    name: string,
    title: string,
    caption: string,
    figure: Figure<Row>,
    data: readonly Row[],
    columns: readonly (keyof Row & string)[],
  ): DrawnFigure => drawn({ name: prefix + name, title, caption }, figure, data, columns, optimizers, per);
  return [
    draw(
      'gap',
      `The gap between ${other} and ${base}`,
      `Validation loss of tuned ${other} minus that of tuned ${base}, both with a budget of ${budgetText(budget)}. ` +
        `Above zero ${base} is better. Points are means over seeds, the band is the 95% interval; ` +
        `a hollow point stands on a learning rate that is not bracketed.${short}`,
      gapFigure,
      gapRows(gaps, cells),
      ['batchSize', 'baseline', 'challenger', 'gap', 'lo', 'hi', 'seeds', 'bracketed', 'status'],
    ),
    draw(
      'tuned-loss',
      'Tuned loss',
      'Validation loss at the best settings found, separately for each optimizer and batch size: mean over seeds, ' +
        'with a bar from the lowest to the highest seed (often smaller than the point). ' +
        `All points have the same budget of ${budgetText(budget)}, so larger batches have ${isTokens ? 'taken fewer steps' : 'seen more tokens'}.${short}`,
      tunedLossFigure,
      tunedLossRows(cells),
      ['optimizer', 'batchSize', 'valLoss', 'lowest', 'highest', 'seeds', 'bracketed', 'status'],
    ),
    draw(
      'lr-curves',
      'How each optimum was found',
      'Loss at every learning rate tried, at the tuning seed. A large filled point is an optimum with worse learning ' +
        'rates on both sides; a large hollow one stands at the edge of what was tried. A mark with a cross diverged; one under an arrow lies above the scale.',
      lrCurvesFigure,
      lrCurveRows(rows, cells, tuningSeed),
      ['optimizer', 'batchSize', 'lr', 'hyper', 'valLoss', 'status', 'best', 'bracketed'],
    ),
    draw(
      'training-curves',
      'Training curves of the winners',
      'Training loss of the best settings at the tuning seed, averaged over windows of equal numbers of tokens. ' +
        'The first descent may be cut at the top.',
      trainingCurvesFigure,
      trainingCurveRows(rows, cells),
      ['optimizer', 'batchSize', 'seed', 'tokens', 'loss'],
    ),
    draw(
      'effort',
      'Runs by outcome',
      'All runs of the study: those that tuned, and the further seeds of the winners.',
      effortFigure,
      effortRows(rows),
      ['optimizer', 'batchSize', 'status', 'runs'],
    ),
  ];
}
