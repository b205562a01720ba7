// What limits an answer: open brackets, missing cells, single seeds, runs still to be made.
import { type Cell, isUnseparated } from '../analysis/frontier.ts';
import type { Gap } from '../analysis/gap.ts';
import { displayName } from '../analysis/names.ts';
import type { RunRow } from '../analysis/rows.ts';
import { list, plural, stakeText } from './format.ts';
import type { Summary } from './types.ts';

export function cellCaveats(cells: readonly Cell[]): string[] {
  const name = (cell: Cell) => `${displayName(cell.optimizer)} at ${cell.batchSize}`;
  const sentences: string[] = [];
  const open = cells.filter((cell) => cell.best && !cell.bracketed);
  if (open.length > 0)
    sentences.push(
      `The best learning rate is at the edge of what was tried for ${list(open.map(name))}: a better one may lie outside, so results there are provisional.`,
    );
  const unsure = cells.filter((cell) => cell.bracketed && isUnseparated(cell));
  if (unsure.length > 0)
    sentences.push(
      `By the noise between seeds another setting may be the best for ${list(unsure.map((cell) => `${name(cell)} (loss lower by ${stakeText(cell.doubt!)})`))}; the intervals count that.`,
    );
  const chosen = cells.filter((cell) => cell.best && !cell.best.fresh);
  if (chosen.length > 0)
    sentences.push(
      `There is no fresh seed for ${list(chosen.map(name))}: the loss is that for which the setting was chosen, and a little too good.`,
    );
  const empty = cells.filter((cell) => !cell.best);
  const allDiverged = empty.filter((cell) => cell.diverged > 0 && cell.failed === 0 && cell.missing === 0);
  if (allDiverged.length > 0) sentences.push(`Every run diverged for ${list(allDiverged.map(name))}.`);
  const waiting = empty.filter((cell) => !allDiverged.includes(cell));
  if (waiting.length > 0) sentences.push(`There is no loss yet for ${list(waiting.map(name))}.`);
  const lost = cells.filter((cell) => cell.best && cell.best.seedsDiverged.length > 0);
  if (lost.length > 0)
    sentences.push(
      `Some seeds of the winner diverged for ${list(lost.map(name))}; means and gaps there leave them out and flatter that optimizer.`,
    );
  return sentences;
}

export function plateauCaveats(gaps: readonly Gap[]): string[] {
  const apart = gaps.filter((gap) => gap.plateaus);
  return apart.length > 0
    ? [
        `At batch size ${list(apart.map(({ batchSize }) => batchSize))} the seeds stand on two plateaus, so a mean describes none of them; the table of gaps has both.`,
      ]
    : [];
}

export function seedCaveats(gaps: readonly Gap[]): string[] {
  const single = gaps.filter((gap) => gap.ci95 === null);
  if (single.length === 0) return [];
  if (single.length === gaps.length) return ['Every gap stands on one seed, so none has an interval.'];
  return [
    `The gap at batch size ${list(single.map((gap) => gap.batchSize))} stands on one seed and has no interval.`,
  ];
}

export function runCaveats(runs: Summary['runs']): string[] {
  const parts: string[] = [];
  if (runs.missing > 0) parts.push(`at least ${plural(runs.missing, 'run')} still to be made`);
  if (runs.failed > 0) parts.push(`${plural(runs.failed, 'run')} failed`);
  return parts.length > 0 ? [`The study is not complete: ${list(parts)}.`] : [];
}

/** Winners whose curves and probes cannot be believed. */
export function damageCaveats(rows: readonly RunRow[], cells: readonly Cell[]): string[] {
  const winners = rows.filter((row) => cells.some((cell) => cell.best?.runId === row.runId));
  return [...new Map(winners.map((row) => [row.runId, row])).values()].flatMap(
    ({ runId, optimizer, batchSize, damage }) =>
      damage === undefined
        ? []
        : [
            `Curves and probes of ${displayName(optimizer)} at batch size ${batchSize} are left out: ${damage} (runs/${runId}).`,
          ],
  );
}
