// Is A better than B? The difference of two sets of losses, its interval, the noise that it stands against,
// and how many more seeds would decide it.
import { t95, tSeeds } from '../core/student.ts';
import { spread } from './choice.ts';
import { type Interval, mean, sd, tInterval, welchInterval } from './stats.ts';

/** One side: what it is called, and its losses. */
export interface Sample {
  name: string;
  losses: readonly number[];
  /** Seed of each loss, where they are known. */
  seeds?: readonly number[];
  /** What was planned and is not known, or makes the losses provisional, in words. */
  missing?: readonly string[];
}

export interface VerdictOptions {
  /** Equal seeds start from the same weights and see the same data, on both sides. */
  paired: boolean;
  /** Differences up to this many nats do not matter. */
  margin?: number;
  /** Standard deviation of one loss, where it is known from elsewhere. */
  noise?: number;
}

/** `level`: the whole interval is within the margin. `unknown`: there is nothing to judge by. */
export type VerdictKind = 'better' | 'worse' | 'level' | 'undecided' | 'unknown';

export interface Verdict {
  /** Of A against B. */
  verdict: VerdictKind;
  a: { name: string; mean: number; losses: number };
  b: { name: string; mean: number; losses: number };
  /** Mean loss of B minus that of A, in nats: positive when A is better. */
  difference: number;
  ci95: Interval | null;
  method: 'paired-t' | 'welch-t' | 'known-noise' | 'none';
  /** Standard deviation of one loss from seed to seed; null where nothing tells it. */
  noise: number | null;
  /**
   * Seeds on each side with which a difference of this size would be decided in four of five repetitions;
   * null where it cannot be told. `more` is what is to be added to the smaller side.
   */
  seedsNeeded: { each: number; more: number } | null;
  /** Reasons for which the numbers do not settle it. */
  provisional: string[];
}

/** More than anybody runs: the difference is then lost in the noise. */
export const MOST_SEEDS = 1000;
/** 80% quantile of a normal distribution: so often is a real difference found. */
const POWER = 0.8416;
/** 97.5% quantile of a normal distribution, for a noise that is known. */
const NORMAL = 1.95996;

/** Throws RangeError for an empty side. */
export function judgeDifference(a: Sample, b: Sample, options: VerdictOptions): Verdict {
  if (a.losses.length === 0 || b.losses.length === 0) throw new RangeError('a side has no losses');
  // A noise that is given is that of single losses, so that pairs have no part in the interval.
  const pairs = options.paired && options.noise === undefined ? pairsOf(a, b) : [];
  const isPaired = pairs.length >= 2;
  const difference = isPaired ? mean(pairs) : mean(b.losses) - mean(a.losses);
  const noise = options.noise ?? spread([a.losses, b.losses])?.sd ?? null;
  const [ci95, method] = intervalOf(a, b, pairs, options.noise);
  const provisional = [...(a.missing ?? []), ...(b.missing ?? [])];
  const margin = options.margin ?? 0;
  const found = kindOf(ci95, margin);
  const seedsNeeded = () => {
    const have = isPaired ? pairs.length : Math.min(a.losses.length, b.losses.length);
    // Of one difference: that of pairs where seeds pair, else of two independent losses.
    const sdOfOne = isPaired ? sd(pairs)! : noise === null ? null : noise * Math.SQRT2;
    const quantile = options.noise !== undefined ? () => NORMAL : isPaired ? tSeeds : () => t95(2);
    return sdOfOne === null ? null : needed(have, Math.abs(Math.abs(difference) - margin), sdOfOne, quantile);
  };
  return {
    // What is missing takes a verdict away, and never gives one.
    verdict: provisional.length > 0 && ci95 ? 'undecided' : found,
    a: { name: a.name, mean: mean(a.losses), losses: a.losses.length },
    b: { name: b.name, mean: mean(b.losses), losses: b.losses.length },
    difference,
    ci95,
    method,
    noise,
    seedsNeeded: found === 'undecided' || ci95 === null ? seedsNeeded() : null,
    provisional,
  };
}

/** Differences at the seeds that both have. */
function pairsOf(a: Sample, b: Sample): number[] {
  const of = new Map((a.seeds ?? []).map((seed, i) => [seed, a.losses[i]]));
  return (b.seeds ?? []).flatMap((seed, i) => (of.has(seed) ? [b.losses[i] - of.get(seed)!] : []));
}

function intervalOf(
  a: Sample,
  b: Sample,
  pairs: number[],
  noise: number | undefined,
): [Interval | null, Verdict['method']] {
  if (noise !== undefined) {
    const d = mean(b.losses) - mean(a.losses);
    const half = NORMAL * noise * Math.sqrt(1 / a.losses.length + 1 / b.losses.length);
    return [[d - half, d + half], 'known-noise'];
  }
  if (pairs.length >= 2) return [tInterval(pairs), 'paired-t'];
  const welch = welchInterval(b.losses, a.losses);
  return welch ? [welch, 'welch-t'] : [null, 'none'];
}

function kindOf(ci95: Interval | null, margin: number): VerdictKind {
  if (!ci95) return 'unknown';
  if (ci95[0] >= -margin && ci95[1] <= margin && margin > 0) return 'level';
  if (ci95[0] > margin) return 'better';
  return ci95[1] < -margin ? 'worse' : 'undecided';
}

/**
 * The least number of seeds whose interval, in four of five repetitions, does not
 * reach to what is `distance` away. `sdOfOne`: how much the difference varies from seed to seed;
 * `quantile`: that of the interval of so many seeds.
 */
function needed(
  have: number,
  distance: number,
  sdOfOne: number,
  quantile: (seeds: number) => number,
): Verdict['seedsNeeded'] {
  for (let n = 2; distance > 0 && n <= MOST_SEEDS; n++)
    if (((quantile(n) + POWER) * sdOfOne) / Math.sqrt(n) <= distance)
      return { each: n, more: Math.max(0, n - have) };
  return null;
}
