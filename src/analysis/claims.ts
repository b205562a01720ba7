// Claims about the gap as data: a sentence, the paper it comes from, and the test that judges it on the gaps.
import { signed } from '../core/decimals.ts';
import { fitLine, type Line } from '../core/line.ts';
import type { Gap } from './gap.ts';
import { withhold } from './missing.ts';
import { type Interval, mean } from './stats.ts';

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
  /** `gaps`: one model and budget, by batch size. `batchSizes`: those of the study, ascending. */
  judge(gaps: readonly Gap[], batchSizes: readonly number[]): Judgement;
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
    judge(gaps, batchSizes) {
      // A study of two batch sizes has its trend in their difference; of more, two say little about the others.
      const needed = Math.min(3, Math.max(2, batchSizes.length));
      const missing = [
        ...gaps.flatMap((gap) => gap.missing),
        ...batchSizes
          .filter((size) => !gaps.some(({ batchSize }) => batchSize === size))
          .map((size) => `the gap at batch size ${size}`),
      ];
      const trend = gapSlope(gaps);
      if (gaps.length < needed || !trend)
        return inconclusive(
          `A trend needs ${needed === 2 ? 'two' : 'three'} batch sizes; ${plural(gaps.length, 'has', 'have')} a gap.`,
        );
      const rises = gaps.slice(1).filter((gap, i) => gap.gap > gaps[i].gap).length;
      const numbers =
        `The gap changes by ${signed(trend.slope)} nats per doubling of the batch size (95% interval ` +
        `${range(trend.ci95)}, ${trend.how}); it rises in ${rises} of ${gaps.length - 1} steps between batch sizes: ` +
        `${gaps.map(({ gap }) => signed(gap)).join(', ')}.${trend.fits === false ? ` The gaps lie ${trend.scatter!.toFixed(3)} nats off a straight line, more than the seeds explain.` : ''}`;
      const [lo, hi] = trend.ci95 ?? [Number.NaN, Number.NaN];
      const verdict = lo > 0 ? 'supported' : hi < flatSlope ? 'refuted' : 'inconclusive';
      const middle = mean(gaps.map(({ batchSize }) => Math.log2(batchSize)));
      // A gap to the right of the middle raises the slope with it, one to the left lowers it.
      const doubtful = gaps.filter((gap) => {
        const side = Math.sign(Math.log2(gap.batchSize) - middle);
        return gap.open.some((cell) => couldOverturn(verdict, cell === 'challenger' ? -side : side, 'above'));
      });
      return withhold(unlessOpen({ verdict, evidence: numbers }, doubtful), missing);
    },
  },
  {
    id: 'small-batch-closes-the-gap',
    text: ({ baseline, challenger }) =>
      `At the smallest batch size ${challenger} is within ${closeMargin} nats of ${baseline}, or better.`,
    judge(gaps, batchSizes) {
      return against(gaps, batchSizes[0], closeMargin, 'below');
    },
  },
  {
    id: 'large-batch-opens-the-gap',
    text: ({ baseline, challenger }) =>
      `At the largest batch size ${baseline} is better than ${challenger} by more than ${closeMargin} nats.`,
    judge(gaps, batchSizes) {
      if (batchSizes.length < 2) return inconclusive('The study has only one batch size.');
      return against(gaps, batchSizes[batchSizes.length - 1], closeMargin, 'above');
    },
  },
];

/**
 * Every claim judged on the gaps of one pair of optimizers, one model and one token budget; `batchSizes` are those of the study, with or
 * without a gap. Where a cell is not bracketed a better learning rate may be waiting outside the grid: a verdict that it could overturn is
 * withheld. What is missing withholds every verdict (missing.ts).
 */
export function judgeClaims(gaps: readonly Gap[], batchSizes: readonly number[], names: Names): Claim[] {
  const sorted = [...gaps].sort((a, b) => a.batchSize - b.batchSize);
  const sizes = [...new Set(batchSizes)].sort((a, b) => a - b);
  return claimDefs.map((claim) => {
    const { verdict, evidence } = claim.judge(sorted, sizes);
    return { id: claim.id, text: claim.text(names), verdict, evidence };
  });
}

/**
 * Nats per doubling, through the gaps of the seeds that every batch size has, or through the gaps themselves where fewer than two have
 * all. The interval counts how seeds differ and how far the gaps lie off a straight line. Null with fewer than two batch sizes.
 */
export function gapSlope(gaps: readonly Gap[]): (Line & { how: string }) | null {
  const seeds = (gaps[0]?.perSeed ?? [])
    .map((p) => p.seed)
    .filter((seed) => gaps.every((gap) => gap.perSeed.some((p) => p.seed === seed)));
  const isRepeated = seeds.length >= 2;
  const curves = isRepeated
    ? seeds.map((seed) => gaps.map((gap) => gap.perSeed.find((p) => p.seed === seed)!.gap))
    : [gaps.map((gap) => gap.gap)];
  const line = fitLine(
    gaps.map(({ batchSize }) => Math.log2(batchSize)),
    curves,
  );
  const scatter = 'the scatter about a straight line';
  const how = !isRepeated
    ? `from ${scatter}`
    : gaps.length > 2
      ? `from ${seeds.length} seeds and ${scatter}`
      : `from ${seeds.length} seeds`;
  return line && { ...line, how };
}

/** Whether a change of the effect in the direction `move` (its sign) could take a verdict on "the effect is above (below)" away. */
function couldOverturn(verdict: Verdict, move: number, side: 'above' | 'below'): boolean {
  if (verdict === 'inconclusive') return false;
  const standsAbove = (verdict === 'supported') === (side === 'above');
  return standsAbove ? move < 0 : move > 0;
}

function unlessOpen(judged: Judgement, doubtful: readonly Gap[]): Judgement {
  if (doubtful.length === 0) return judged;
  const sizes = doubtful.map(({ batchSize }) => batchSize).join(', ');
  return {
    verdict: 'inconclusive',
    evidence: `${judged.evidence} A learning rate is not bracketed at batch size ${sizes}, which could change this.`,
  };
}

/** Judges "the gap is above (below) the margin" by whether its whole interval is. */
function against(
  gaps: readonly Gap[],
  batchSize: number,
  margin: number,
  side: 'above' | 'below',
): Judgement {
  const gap = gaps.find((g) => g.batchSize === batchSize);
  if (!gap) return inconclusive(`Batch size ${batchSize} has no gap.`);
  const numbers = `At batch size ${gap.batchSize} the gap is ${signed(gap.gap)} nats`;
  if (!gap.ci95)
    return withhold(inconclusive(`${numbers}, from one seed: its uncertainty is unknown.`), gap.missing);
  const [lo, hi] = gap.ci95;
  const isAbove = lo > margin;
  const isBelow = hi <= margin;
  const verdict =
    !isAbove && !isBelow ? 'inconclusive' : isAbove === (side === 'above') ? 'supported' : 'refuted';
  const isDoubtful = gap.open.some((cell) => couldOverturn(verdict, cell === 'challenger' ? -1 : 1, side));
  const evidence = `${numbers} (95% interval ${range(gap.ci95)}, ${plural(gap.seeds, 'seed', 'seeds')}).`;
  return withhold(unlessOpen({ verdict, evidence }, isDoubtful ? [gap] : []), gap.missing);
}

function inconclusive(evidence: string): Judgement {
  return { verdict: 'inconclusive', evidence };
}

function plural(n: number, one: string, many: string): string {
  return `${n} ${n === 1 ? one : many}`;
}

function range(ci95: Interval | null): string {
  return ci95 ? `${signed(ci95[0])} to ${signed(ci95[1])}` : 'unknown';
}
