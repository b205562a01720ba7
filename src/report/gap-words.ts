// The gap in sentences. They say who is ahead, and give the interval in the same direction as the difference.
import { closeMargin } from '../analysis/claims/decide.ts';
import type { Gap } from '../analysis/gap.ts';
import { displayName } from '../analysis/names.ts';
import type { Interval } from '../analysis/stats.ts';
import { fixed, plural, range } from './format.ts';
import type { Group } from './types.ts';

/** The gap at the largest batch size, then at the smallest. */
export function gapSentences(gaps: readonly Gap[], per: string): string[] {
  const ends = [...new Set([gaps[gaps.length - 1], gaps[0]])];
  return ends.map((gap) => gapSentence(gap, per));
}

/**
 * "At batch size 128 tuned SGD is 0.203 nats per token behind Adam (95% interval 0.077 to 0.329, 3 seeds)."
 */
export function gapSentence(gap: Gap, per: string): string {
  const [base, other] = [displayName(gap.baseline), displayName(gap.challenger)];
  const at = `At batch size ${gap.batchSize}`;
  const size = `${fixed(Math.abs(gap.gap))} nats per ${per}`;
  if (!gap.ci95)
    return `${at} tuned ${other} ${isZero(gap.gap) ? `and ${base} have equal losses` : `is ${size} ${side(gap.gap)} ${base}`} in the one seed that both have, so the uncertainty is unknown.`;
  const [lo, hi] = gap.ci95;
  const seeds = `${plural(gap.seeds, 'seed')}${gap.method === 'welch-t' ? ' of each, unpaired' : ''}`;
  if (lo > 0 || hi < 0)
    return `${at} tuned ${other} is ${size} ${side(gap.gap)} ${base} (95% interval ${range(lo > 0 ? [lo, hi] : [-hi, -lo])}, ${seeds}).`;
  const isClose = Math.max(-lo, hi) <= closeMargin;
  const middle = isZero(gap.gap)
    ? 'their means are equal'
    : `${other} is ${size} ${side(gap.gap)} ${base} on average`;
  return `${at} tuned ${other} and ${base} ${isClose ? 'are level' : 'cannot be told apart'}: ${middle}, and the 95% interval reaches from ${reach([lo, hi])} (${seeds}).`;
}

/**
 * Whether the gap grows, and up to where the challenger keeps up by the means. `sizes`:
 * all batch sizes, with or without a gap.
 */
export function trendSentences(
  { claims, crossover, gaps }: Group,
  challenger: string,
  baseline: string,
  sizes: readonly number[],
): string[] {
  const verdict = claims.find((claim) => claim.id === 'gap-grows-with-batch-size')?.verdict;
  const [base, other] = [displayName(baseline), displayName(challenger)];
  if (verdict === undefined || crossover.kind === 'unknown') return [];
  const gap = `the gap between ${other} and ${base}`;
  const grows = {
    supported: `The${gap.slice(3)} grows with batch size.`,
    refuted: `The${gap.slice(3)} does not grow with batch size.`,
    inconclusive: `Whether ${gap} grows with batch size cannot be told from these runs.`,
  }[verdict];
  const { margin } = crossover;
  const near = `the mean loss of ${other} is at most ${margin} nats above that of ${base}`;
  const known = new Map(
    gaps.filter((one) => one.challenger === challenger).map((one) => [one.batchSize, one.gap]),
  );
  const isKnown = (size: number) => known.has(size);
  switch (crossover.kind) {
    case 'crosses': {
      const { below, above } = crossover;
      const smaller = sizes.filter((size) => size <= below);
      const isNear = smaller.every((size) => (known.get(size) ?? Number.POSITIVE_INFINITY) <= margin);
      const isFar = smaller.some((size) => (known.get(size) ?? 0) > margin);
      const isWhole = sizes.filter((size) => size >= above).every(isKnown);
      return [
        grows,
        `${isNear && smaller.length > 1 ? 'Up to' : 'At'} batch size ${below} ${near}${isFar ? ', but not at every smaller one' : ''}; from batch size ${above} on it is more${isWhole ? '' : ' wherever both have a loss'}.`,
      ];
    }
    case 'never-above': {
      const largest = Math.max(...known.keys());
      const where = largest === Math.max(...sizes) ? 'the largest batch size' : `batch size ${largest}`;
      return [grows, `Even at ${where} ${near}.`];
    }
    case 'always-above':
      return [
        grows,
        `At every batch size ${sizes.every(isKnown) ? '' : 'with losses of both '}the mean loss of ${other} is more than ${margin} nats above that of ${base}.`,
      ];
  }
}

/** As it is written. */
const isZero = (gap: number) => Number(fixed(Math.abs(gap))) === 0;

const side = (gap: number) => (gap > 0 ? 'behind' : 'ahead of');

/** An interval around zero: "1.180 ahead to 0.367 behind". */
const reach = ([lo, hi]: Interval) => `${fixed(-lo)} ahead to ${fixed(hi)} behind`;
