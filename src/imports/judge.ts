// What became of a foreign run: a loss, divergence, or failure, and which of its losses counts.
import type { Mapping, Take } from './mapping.ts';
import { type ForeignRun, own, type Series } from './run.ts';
import { nameOf, numberAt } from './values.ts';

export interface ForeignResult {
  status: 'done' | 'diverged' | 'failed';
  /** Of those that did not finish well. */
  reason?: string;
  /** In nats; null unless done. */
  valLoss: number | null;
}

const toNats: Record<NonNullable<Mapping['unit']>, (loss: number) => number> = {
  nats: (loss) => loss,
  bits: (loss) => loss * Math.LN2,
  perplexity: Math.log,
};
export const inNats = (loss: number, { unit = 'nats' }: Pick<Mapping, 'unit'>): number => toNats[unit](loss);

/** The curve that a field of the mapping means. */
export const seriesOf = (run: ForeignRun, place: Mapping['valLoss']): Series | undefined =>
  own(run.series, nameOf(place) ?? '');

/** `steps`: how long the run was to be. */
export function judgeRun(run: ForeignRun, mapping: Mapping, steps: number): ForeignResult {
  const no = (status: 'diverged' | 'failed', reason: string): ForeignResult => ({
    status,
    reason,
    valLoss: null,
  });
  const broken = brokenAt(run, mapping);
  // Many a trainer fails because its loss is no number any more: divergence is the cause,
  // whatever the tool says of the end.
  if (broken) return no('diverged', broken);
  const series = seriesOf(run, mapping.valLoss);
  const loss =
    series && series.values.length > 0
      ? taken(series, mapping.take ?? 'final')
      : numberAt(run, mapping.valLoss);
  if (loss === 0)
    return no('failed', 'its loss is exactly 0, which no model reaches: a run that crashed was written so');
  if (run.ending === 'failed') return no('failed', run.reason ?? 'it failed');
  if (run.ending === 'stopped')
    return no('failed', 'it was stopped before its end, so its loss is not known');
  const last = lastStep(run, mapping);
  // One step is nothing: some count from 0.
  if (last !== undefined && last < 0.98 * steps - 1)
    return no('failed', `it ended at step ${last} of ${steps}, so its loss is not known`);
  if (run.ending === 'unfinished' && last === undefined) return no('failed', 'it had not finished');
  if (loss === undefined) return no('failed', 'it has no loss');
  const nats = inNats(loss, mapping);
  if (!Number.isFinite(nats)) return no('diverged', `its loss is ${loss}`);
  if (mapping.guessLoss !== undefined && nats > mapping.guessLoss)
    return no('diverged', `its loss, ${nats.toFixed(2)}, is above that of guessing (${mapping.guessLoss})`);
  return { status: 'done', valLoss: nats };
}

/**
 * Where a loss or the gradient stopped being a number. A zero loss beside a NaN
 * gradient is what Hugging Face's Trainer logs then.
 */
function brokenAt(run: ForeignRun, mapping: Mapping): string | undefined {
  for (const place of [mapping.valLoss, mapping.trainLoss, mapping.gradNorm]) {
    const series = seriesOf(run, place);
    const at = series?.values.findIndex((value) => !Number.isFinite(value)) ?? -1;
    if (series && at >= 0) return `${nameOf(place)} is ${series.values[at]} at step ${series.steps[at]}`;
    const value = series ? undefined : numberAt(run, place);
    // In a table NaN may also stand for nothing, as pandas writes it: of a run that failed it proves nothing.
    const isNothing = Number.isNaN(value) && run.ending === 'failed';
    if (value !== undefined && !Number.isFinite(value) && !isNothing) return `${nameOf(place)} is ${value}`;
  }
  return undefined;
}

export function lastStep(run: ForeignRun, mapping: Mapping): number | undefined {
  const all = [mapping.valLoss, mapping.trainLoss].flatMap((place) => seriesOf(run, place)?.steps ?? []);
  return all.length > 0 ? all.reduce((a, b) => Math.max(a, b)) : undefined;
}

/** The loss that counts. A mean is over the measurements of the last share of the steps. */
export function taken({ steps, values }: Series, take: Take): number {
  if (take === 'best') return values.reduce((a, b) => Math.min(a, b));
  const end = steps.reduce((a, b) => Math.max(a, b));
  const from = take === 'final' ? end : end * (1 - take.mean);
  const late = values.filter((_, i) =>
    take === 'final' ? steps[i] === end : steps[i] > from || steps[i] === end,
  );
  // Of several measurements of one step the last counts.
  return take === 'final' ? late[late.length - 1] : late.reduce((a, b) => a + b, 0) / late.length;
}

/** Whether there is a choice of losses at all. */
export const hasChoice = (runs: readonly ForeignRun[], mapping: Mapping): boolean =>
  runs.some((run) => (seriesOf(run, mapping.valLoss)?.values.length ?? 0) > 1);
