// Claims about the gap as data: a sentence, the paper it comes from, and the test that judges it on the gaps.
import type { Gap } from './gap.ts';
import { type Interval, slope, tInterval } from './stats.ts';

export type Verdict = 'supported' | 'refuted' | 'inconclusive';

/** A claim with its verdict. `evidence` is a sentence with the numbers the verdict stands on. */
export interface Claim {
  id: string;
  text: string;
  verdict: Verdict;
  evidence: string;
}

interface Names {
  baseline: string;
  challenger: string;
}

interface Judgement {
  verdict: Verdict;
  evidence: string;
}

interface ClaimDef {
  id: string;
  text(names: Names): string;
  /** `gaps`: one model and budget, by batch size, bracketed cells only. `study`: its batch sizes, how many, and the ends. */
  judge(gaps: readonly Gap[], study: { smallest: number; largest: number; count: number }): Judgement;
}

/** How far apart two tuned losses may be and still be called close, in nats: fixed beforehand, about a sixth of the
 * gap that a small model shows at large batch sizes. */
export const closeMargin = 0.08;

/** A slope below this many nats per doubling (0.1 nats over ten doublings) does not count as growth. */
const flatSlope = 0.01;

const claimDefs: readonly ClaimDef[] = [
  {
    id: 'gap-grows-with-batch-size',
    text: ({ baseline, challenger }) =>
      `The gap between ${challenger} and ${baseline} grows with batch size.`,
    judge(gaps, { count }) {
      // A study of two batch sizes has its trend in their difference; of more, two say little about the others.
      const needed = Math.min(3, Math.max(2, count));
      if (gaps.length < needed)
        return inconclusive(
          `A trend needs ${needed === 2 ? 'two' : 'three'} batch sizes; ${plural(gaps.length, 'has', 'have')} a gap.`,
        );
      const trend = gapSlope(gaps);
      const rises = gaps.slice(1).filter((gap, i) => gap.gap > gaps[i].gap).length;
      const numbers =
        `The gap changes by ${signed(trend.slope)} nats per doubling of the batch size (95% interval ` +
        `${range(trend.ci95)}, ${trend.how}); it rises in ${rises} of ${gaps.length - 1} steps between batch sizes.`;
      if (!trend.ci95) return inconclusive(numbers);
      const [lo, hi] = trend.ci95;
      return {
        verdict: lo > 0 ? 'supported' : hi < flatSlope ? 'refuted' : 'inconclusive',
        evidence: numbers,
      };
    },
  },
  {
    id: 'small-batch-closes-the-gap',
    text: ({ baseline, challenger }) =>
      `At the smallest batch size ${challenger} is within ${closeMargin} nats of ${baseline}, or better.`,
    judge(gaps, { smallest }) {
      return against(gaps, smallest, closeMargin, 'below');
    },
  },
  {
    id: 'large-batch-opens-the-gap',
    text: ({ baseline, challenger }) =>
      `At the largest batch size ${baseline} is better than ${challenger} by more than ${closeMargin} nats.`,
    judge(gaps, { smallest, largest }) {
      if (smallest === largest) return inconclusive('The study has only one batch size.');
      return against(gaps, largest, closeMargin, 'above');
    },
  },
];

/**
 * Every claim judged on the gaps of one pair of optimizers, one model and one token budget; `batchSizes` are those of
 * the study, with or without a gap. Gaps that stand on an unbracketed cell are set aside, because a better learning
 * rate may be waiting outside the grid.
 */
export function judgeClaims(gaps: readonly Gap[], batchSizes: readonly number[], names: Names): Claim[] {
  const usable = gaps.filter((gap) => gap.bracketed).sort((a, b) => a.batchSize - b.batchSize);
  const aside = gaps.filter((gap) => !gap.bracketed).map((gap) => gap.batchSize);
  const note = aside.length > 0 ? ` Set aside as unbracketed: batch size ${aside.join(', ')}.` : '';
  const study = {
    smallest: Math.min(...batchSizes),
    largest: Math.max(...batchSizes),
    count: new Set(batchSizes).size,
  };
  return claimDefs.map((claim) => {
    const { verdict, evidence } = claim.judge(usable, study);
    return { id: claim.id, text: claim.text(names), verdict, evidence: evidence + note };
  });
}

/**
 * Nats per doubling. With two or more seeds at every batch size each seed gives a slope, and the interval is that
 * of their mean: it measures seed noise. Otherwise the interval of a straight line through the gaps, which also
 * counts the curve's own bend as noise.
 */
export function gapSlope(gaps: readonly Gap[]): { slope: number; ci95: Interval | null; how: string } {
  const seeds = (gaps[0]?.perSeed ?? [])
    .map((p) => p.seed)
    .filter((seed) => gaps.every((gap) => gap.perSeed.some((p) => p.seed === seed)));
  const slopeAt = (value: (gap: Gap) => number) =>
    slope(gaps.map((gap) => ({ x: Math.log2(gap.batchSize), y: value(gap) })));
  if (seeds.length >= 2) {
    const slopes = seeds.map(
      (seed) => slopeAt((gap) => gap.perSeed.find((p) => p.seed === seed)!.gap)!.slope,
    );
    const average = slopes.reduce((a, b) => a + b, 0) / slopes.length;
    return { slope: average, ci95: tInterval(slopes), how: `over the slopes of ${seeds.length} seeds` };
  }
  const line = slopeAt((gap) => gap.gap);
  return { slope: line?.slope ?? 0, ci95: line?.ci95 ?? null, how: 'of a straight line through the gaps' };
}

/** Judges "the gap is above (below) the margin" by whether its whole interval is. */
function against(
  gaps: readonly Gap[],
  batchSize: number,
  margin: number,
  side: 'above' | 'below',
): Judgement {
  const gap = gaps.find((g) => g.batchSize === batchSize);
  if (!gap) return inconclusive(`Batch size ${batchSize} has no bracketed gap.`);
  const numbers = `At batch size ${gap.batchSize} the gap is ${signed(gap.gap)} nats`;
  if (!gap.ci95) return inconclusive(`${numbers}, from one seed: its uncertainty is unknown.`);
  const [lo, hi] = gap.ci95;
  const isAbove = lo > margin;
  const isBelow = hi <= margin;
  const verdict =
    !isAbove && !isBelow ? 'inconclusive' : isAbove === (side === 'above') ? 'supported' : 'refuted';
  return {
    verdict,
    evidence: `${numbers} (95% interval ${range(gap.ci95)}, ${plural(gap.seeds, 'seed', 'seeds')}).`,
  };
}

function inconclusive(evidence: string): Judgement {
  return { verdict: 'inconclusive', evidence };
}

function plural(n: number, one: string, many: string): string {
  return `${n} ${n === 1 ? one : many}`;
}

/** +0.123, with a true minus sign. */
function signed(x: number): string {
  return `${x < 0 ? '−' : '+'}${Math.abs(x).toFixed(3)}`;
}

function range(ci95: Interval | null): string {
  return ci95 ? `${signed(ci95[0])} to ${signed(ci95[1])}` : 'unknown';
}
