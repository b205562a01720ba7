// The visitor's own races, and the little gap plot that comes of them.
import type { Equal } from './race.ts';

export interface Result {
  given: Equal;
  batchSize: number;
  arm: string;
  lr: number;
  seed: number;
  /** Nats per token over the validation tokens; null when the run diverged. */
  loss: number | null;
}

export interface OwnGap {
  batchSize: number;
  /** Mean over the seeds that both have finished; null when one of them diverged. */
  gap: number | null;
  /** For each seed, the latest races of both. */
  seeds: { seed: number; a: Result; b: Result }[];
}

/**
 * Gaps of `arm` to `against` at every batch size where both have finished with the same seed, the smallest
 * first.
 */
export function ownGaps(
  results: readonly Result[],
  { arm, against, given }: { arm: string; against: string; given: Equal },
): OwnGap[] {
  const latest = new Map<string, Result>();
  for (const result of results)
    if (result.given === given) latest.set(`${result.batchSize} ${result.seed} ${result.arm}`, result);
  const pairs = [...latest.values()].flatMap((a) => {
    const b = a.arm === arm ? latest.get(`${a.batchSize} ${a.seed} ${against}`) : undefined;
    return b ? [{ seed: a.seed, a, b }] : [];
  });
  const groups = Map.groupBy(pairs, ({ a }) => a.batchSize);
  return [...groups]
    .map(([batchSize, seeds]) => {
      const gaps = seeds.map(({ a, b }) => (a.loss === null || b.loss === null ? null : a.loss - b.loss));
      const known = gaps.filter((gap) => gap !== null);
      const gap = known.length < gaps.length ? null : known.reduce((x, y) => x + y, 0) / known.length;
      return { batchSize, gap, seeds };
    })
    .sort((x, y) => x.batchSize - y.batchSize);
}

const KEY = 'gaplab:play';

/**
 * Races of this tab from before a reload; none where the browser keeps nothing or something else stands
 * there.
 */
export function keptResults(storage: Storage): Result[] {
  try {
    const kept = JSON.parse(storage.getItem(KEY) ?? '[]') as Result[];
    return Array.isArray(kept) ? kept.filter(isResult) : [];
  } catch {
    return [];
  }
}

export function keepResults(storage: Storage, results: readonly Result[]): void {
  try {
    storage.setItem(KEY, JSON.stringify(results));
  } catch {
    // A browser that keeps nothing loses them with the page.
  }
}

const isResult = (value: Result | null): value is Result =>
  typeof value === 'object' &&
  value !== null &&
  ['batchSize', 'lr', 'seed'].every((key) => typeof value[key as keyof Result] === 'number') &&
  typeof value.arm === 'string' &&
  (value.loss === null || typeof value.loss === 'number');
