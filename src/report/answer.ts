// The answer in a few sentences, made from the numbers: it must be right for partial, failed and contrary results too.
import { closeMargin } from '../analysis/claims.ts';
import type { Cell } from '../analysis/frontier.ts';
import type { Gap } from '../analysis/gap.ts';
import { displayName } from '../analysis/names.ts';
import { budgetText, interval, list, plural, signed } from './format.ts';
import type { Group, Summary } from './types.ts';

type Facts = Pick<Summary, 'runs' | 'baseline' | 'challenger' | 'cells' | 'lossPer'> & {
  /** Whether any arm has more than one setting to choose from. */
  tuned: boolean;
};

/**
 * Two or three sentences on the first group, whose cells are `cells`, and what limits them; before them, where there are several
 * groups, one on all.
 */
export function answer(
  facts: Facts,
  groups: readonly Group[],
  cells: readonly Cell[],
): { answer: string[]; caveats: string[] } {
  const { runs, baseline, challenger, lossPer } = facts;
  if (runs.done === 0) return { answer: [nothingDone(facts)], caveats: [] };
  if (!facts.tuned) {
    const untuned =
      'Nothing is tuned in this study: each optimizer has one learning rate, so the gaps below compare settings and not optimizers.';
    return { answer: [untuned], caveats: runCaveats(runs) };
  }
  if (baseline === null || challenger === null) {
    const alone = 'This study has a single optimizer, so there is no gap to show: only its tuned losses.';
    const optimizers = cells.map((cell) => cell.optimizer);
    return { answer: [alone], caveats: [...cellCaveats(cells, optimizers), ...runCaveats(runs)] };
  }
  const group = groups[0];
  const gaps = (group?.gaps ?? []).filter((gap) => gap.challenger === challenger);
  const caveats = [...cellCaveats(cells, [baseline, challenger]), ...seedCaveats(gaps), ...runCaveats(runs)];
  const sentences = gapSentences(gaps, group, displayName(baseline), displayName(challenger), lossPer);
  if (groups.length < 2) return { answer: sentences, caveats };
  const [first, ...rest] = sentences;
  const where = `${group.model} with ${budgetText(group)} per run`;
  return {
    answer: [...overAll(groups, facts), `For ${where}: ${first[0].toLowerCase()}${first.slice(1)}`, ...rest],
    caveats: caveats.map((sentence) => `For ${where}: ${sentence}`),
  };
}

/** Between which ends the gaps of all groups lie, at the smallest and the largest batch size. */
function overAll(groups: readonly Group[], { baseline, challenger, lossPer, cells }: Facts): string[] {
  const sizes = [...new Set(cells.map(({ batchSize }) => batchSize))].sort((a, b) => a - b);
  const at = (size: number) =>
    groups.flatMap(({ gaps }) =>
      gaps.filter((gap) => gap.challenger === challenger && gap.batchSize === size).map(({ gap }) => gap),
    );
  const parts = [...new Set([sizes[0], sizes[sizes.length - 1]])].flatMap((size) => {
    const gaps = at(size);
    if (gaps.length === 0) return [];
    const [lo, hi] = [Math.min(...gaps), Math.max(...gaps)].map((gap) => signed(gap));
    const of = gaps.length < groups.length ? ` (${gaps.length} of them)` : '';
    return [`at batch size ${size}${of} ${lo === hi ? `it is ${lo}` : `it lies between ${lo} and ${hi}`}`];
  });
  if (parts.length === 0) return [];
  return [
    `Over ${groups.length} combinations of model and budget, the gap of tuned ${displayName(challenger!)} to ${displayName(baseline!)} in nats per ${lossPer}: ${parts.join('; ')}.`,
  ];
}

function gapSentences(
  gaps: readonly Gap[],
  group: Group | undefined,
  base: string,
  other: string,
  per: string,
): string[] {
  if (gaps.length === 0)
    return [`No batch size has a tuned loss of both ${base} and ${other} yet, so there is no gap to show.`];
  const [first, last] = [gaps[0], gaps[gaps.length - 1]];
  const atLast = `At batch size ${last.batchSize} tuned ${other} is ${compared(last, base, per)}.`;
  if (gaps.length === 1) return [atLast];
  return [
    atLast,
    `At batch size ${first.batchSize} it is ${compared(first, base, per)}.`,
    trend(group!, base, other),
  ];
}

function nothingDone({ runs, cells }: Facts): string {
  const parts: string[] = [];
  if (runs.diverged > 0) parts.push(`${runs.diverged} diverged`);
  if (runs.failed > 0) parts.push(`${runs.failed} failed`);
  if (runs.missing > 0) parts.push(`${runs.missing} are still to run`);
  const what = parts.length > 0 ? `: ${list(parts)}` : '';
  return `No run has finished yet${what}. The study has ${plural(cells.length, 'cell')} (optimizer and batch size) to fill.`;
}

/** "worse than Adam by 0.460 nats per token (95% interval ...)". */
function compared(gap: Gap, base: string, per: string): string {
  const size = `${Math.abs(gap.gap).toFixed(3)} nats per ${per}`;
  if (!gap.ci95) {
    const direction = gap.gap > 0 ? 'worse' : 'better';
    return `${size} ${direction} than ${base} in the one seed that both have, which leaves the uncertainty unknown`;
  }
  const evidence = `95% interval of the gap ${interval(gap.ci95)}, ${plural(gap.seeds, 'seed')}`;
  const [lo, hi] = gap.ci95;
  if (lo > 0) return `${size} worse than ${base} (${evidence})`;
  if (hi < 0) return `${size} better than ${base} (${evidence})`;
  const close = Math.max(-lo, hi) <= closeMargin ? 'level with' : 'not distinguishable from';
  return `${close} ${base} (gap ${signed(gap.gap)}; ${evidence})`;
}

function trend(group: Group, base: string, other: string): string {
  const verdict = group.claims.find((claim) => claim.id === 'gap-grows-with-batch-size')?.verdict;
  const { crossover } = group;
  const near = `within ${crossover.margin} nats of ${base} or better`;
  const where =
    crossover.kind === 'crosses'
      ? `: by the means, ${other} is ${near} up to batch size ${crossover.below} and no longer from ${crossover.above} on`
      : crossover.kind === 'never-above'
        ? `: by the means, ${other} is ${near} still at the largest batch size`
        : crossover.kind === 'always-above'
          ? `: it is above ${crossover.margin} nats at every batch size`
          : '';
  if (verdict === 'supported') return `The gap grows with batch size${where}.`;
  if (verdict === 'refuted') return `The gap does not grow with batch size${where}.`;
  return `Whether the gap grows with batch size cannot be told from these runs${where}.`;
}

function cellCaveats(cells: readonly Cell[], optimizers: readonly string[]): string[] {
  const own = cells.filter((cell) => optimizers.includes(cell.optimizer));
  const name = (cell: Cell) => `${displayName(cell.optimizer)} at ${cell.batchSize}`;
  const sentences: string[] = [];
  const open = own.filter((cell) => cell.best && !cell.bracketed);
  if (open.length > 0)
    sentences.push(
      `The best learning rate is not bracketed for ${list(open.map(name))}: a better one may lie outside what was tried, and the gap there is provisional.`,
    );
  const empty = own.filter((cell) => !cell.best);
  const allDiverged = empty.filter((cell) => cell.diverged > 0 && cell.failed === 0 && cell.missing === 0);
  if (allDiverged.length > 0) sentences.push(`Every run diverged for ${list(allDiverged.map(name))}.`);
  const waiting = empty.filter((cell) => !allDiverged.includes(cell));
  if (waiting.length > 0) sentences.push(`There is no loss yet for ${list(waiting.map(name))}.`);
  const lost = own.filter((cell) => cell.best && cell.best.seedsDiverged.length > 0);
  if (lost.length > 0)
    sentences.push(
      `Some seeds of the winner diverged for ${list(lost.map(name))}; means and gaps there leave them out and flatter that optimizer.`,
    );
  return sentences;
}

function seedCaveats(gaps: readonly Gap[]): string[] {
  const single = gaps.filter((gap) => gap.ci95 === null);
  if (single.length === 0 || gaps.length === 0) return [];
  if (single.length === gaps.length) return ['Every gap stands on one seed, so none has an interval.'];
  return [
    `The gap at batch size ${list(single.map((gap) => gap.batchSize))} stands on one seed and has no interval.`,
  ];
}

function runCaveats(runs: Summary['runs']): string[] {
  const parts: string[] = [];
  if (runs.missing > 0) parts.push(`at least ${plural(runs.missing, 'run')} still to be made`);
  if (runs.failed > 0) parts.push(`${plural(runs.failed, 'run')} failed`);
  return parts.length > 0 ? [`The study is not complete: ${list(parts)}.`] : [];
}
