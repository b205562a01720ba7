// Titles and captions of a group's figures: a report and the pages of the dashboard say the same.
import type { Budget } from '../analysis/budgets.ts';
import type { Cell } from '../analysis/frontier.ts';
import type { Gap } from '../analysis/gap.ts';
import { displayName } from '../analysis/names.ts';
import type { RunRow } from '../analysis/rows.ts';
import { budgetSentences, seedsText } from './caption-facts.ts';
import { damageCaveats } from './caveats.ts';
import { list } from './format.ts';

/** What the figures of one (model, tokens) group are made from. */
export interface Material {
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

export type FigureName = 'gap' | 'tunedLoss' | 'lrCurves' | 'trainingCurves' | 'effort';

export interface FigureText {
  /** File name without extension. */
  name: string;
  title: string;
  caption: string;
}

export function figureTexts(material: Material): Record<FigureName, FigureText> {
  const { rows, cells, gaps, tuningSeed, optimizers, baseline, prefix, budget, shortfalls } = material;
  const text = (name: string, title: string, sentences: readonly (string | false)[]): FigureText => ({
    name: prefix + name,
    title,
    caption: sentences.filter((sentence) => sentence !== false).join(' '),
  });
  const arms = list(optimizers.map(displayName));
  const base = displayName(baseline ?? '');
  const others = optimizers.filter((arm) => arm !== baseline).map(displayName);
  const trained = [budgetSentences(budget, rows), ...shortfalls];
  const open = 'A hollow point stands on a best learning rate at the edge of what was tried.';
  return {
    gap: text(
      'gap',
      others.length === 1 ? `The gap between ${others[0]} and ${base}` : `The gap to ${base}`,
      [
        `Validation loss of tuned ${others.length === 1 ? others[0] : `${list(others)}, each`} minus that of tuned ${base}: above zero ${base} is better.`,
        `Points are means over ${seedsText(gaps.map((gap) => gap.seeds))}.`,
        gaps.some((gap) => gap.ci95) && 'The band is the 95% interval of that mean.',
        gaps.some((gap) => !gap.bracketed) && open,
        ...trained,
      ],
    ),
    tunedLoss: text('tuned-loss', 'Tuned loss', [
      `Validation loss of ${arms} at the best settings found for each batch size: means over ${seedsText(cells.map((cell) => cell.best?.seeds.length ?? 0))}.`,
      cells.some((cell) => (cell.best?.seeds.length ?? 0) > 1) &&
        'A bar reaches from the lowest to the highest seed; it is often smaller than the point.',
      cells.some((cell) => cell.best && !cell.bracketed) && open,
      ...trained,
    ]),
    lrCurves: text('lr-curves', 'How each optimum was found', [
      `Validation loss at every learning rate tried for ${arms}, at seed ${tuningSeed}, which chooses the settings; one line for each setting of the other hyperparameters.`,
      'A large filled point is the best one of its optimizer, with worse learning rates on both sides.',
      cells.some((cell) => cell.best && !cell.bracketed) &&
        'A large hollow one is at the edge of what was tried.',
      'A mark with a cross diverged; one under an arrow lies above the scale.',
    ]),
    trainingCurves: text('training-curves', 'Training curves of the winners', [
      `Training loss of ${arms} with their best settings at seed ${tuningSeed}, averaged over windows of equal numbers of tokens.`,
      'The first descent may be cut off at the top, because it would flatten the rest.',
      ...damageCaveats(rows, cells),
    ]),
    effort: text('effort', 'Runs by outcome', [
      'All runs of the study: those that tuned, and the further seeds of the winners.',
    ]),
  };
}
