// Claims that every study of two optimizers is tested on, whatever its experiment:
// they are about its gaps alone.
import { signed } from '../../core/decimals.ts';
import type { Gap } from '../gap.ts';
import { withhold } from '../missing.ts';
import { displayName } from '../names.ts';
import { type Interval, mean } from '../stats.ts';
import { type Trend, trend } from '../trend.ts';
import type { Claim, Judged, Judgement } from './claim.ts';
import { closeMargin, decideNumber, type Test, undecided, unlessOpen } from './decide.ts';

/** A slope below this many nats per doubling (0.1 nats over ten doublings) does not count as growth. */
const flatSlope = 0.01;

/** The gaps of one pair of optimizers, one model and one token budget. */
interface GapFacts {
  /** By batch size, ascending. */
  gaps: readonly Gap[];
  /** Those of the study, ascending, with or without a gap. */
  batchSizes: readonly number[];
}

const claimsOn = (challenger: string, baseline: string): readonly Claim<GapFacts>[] => [
  {
    id: 'gap-grows-with-batch-size',
    text: `The gap between ${challenger} and ${baseline} grows with batch size.`,
    judge: grows,
  },
  {
    id: 'small-batch-closes-the-gap',
    text: `At the smallest batch size ${challenger} is within ${closeMargin} nats of ${baseline}, or better.`,
    judge: ({ gaps, batchSizes }) => against(gaps, batchSizes[0], 'below'),
  },
  {
    id: 'large-batch-opens-the-gap',
    text: `At the largest batch size ${baseline} is better than ${challenger} by more than ${closeMargin} nats.`,
    judge: ({ gaps, batchSizes }) =>
      batchSizes.length < 2
        ? undecided('the study has only one batch size', 'nats')
        : against(gaps, batchSizes[batchSizes.length - 1], 'above'),
  },
];

/** Each of these claims, judged; `names` are those of the optimizers as people read them. */
export function gradeGaps(
  gaps: readonly Gap[],
  batchSizes: readonly number[],
  names: { baseline: string; challenger: string },
): Judged<Claim<GapFacts>>[] {
  const facts = {
    gaps: [...gaps].sort((a, b) => a.batchSize - b.batchSize),
    batchSizes: [...new Set(batchSizes)].sort((a, b) => a - b),
  };
  return claimsOn(names.challenger, names.baseline).map(({ judge, ...claim }) => ({
    ...claim,
    ...judge(facts),
  }));
}

function grows({ gaps, batchSizes }: GapFacts): Judgement {
  // A study of two batch sizes has its trend in their difference. Of more batch sizes,
  // two say little about the others.
  const needed = Math.min(3, Math.max(2, batchSizes.length));
  const test: Test = {
    side: 'above',
    margin: 0,
    refutedBelow: flatSlope,
    unit: 'nats per doubling of the batch size',
    what: 'The slope of the gap',
  };
  const slope = gapSlope(gaps);
  if (gaps.length < needed || !slope)
    return undecided(
      `a trend needs ${needed === 2 ? 'two' : 'three'} batch sizes; ${gaps.length} ${gaps.length === 1 ? 'has' : 'have'} a gap`,
      test.unit,
    );
  const missing = [
    ...gaps.flatMap((gap) => gap.missing),
    ...batchSizes
      .filter((size) => !gaps.some(({ batchSize }) => batchSize === size))
      .map((size) => `the gap at batch size ${size}`),
  ];
  const rises = gaps.slice(1).filter((gap, i) => gap.gap > gaps[i].gap).length;
  const evidence =
    `The gap changes by ${signed(slope.slope)} nats per doubling of the batch size (95% interval ` +
    `${range(slope.ci95)}, ${slope.how}); it rises in ${rises} of ${gaps.length - 1} steps between batch sizes: ` +
    `${gaps.map(({ gap }) => signed(gap)).join(', ')}.${slope.fits === false ? ` The gaps lie ${slope.scatter!.toFixed(3)} nats off a straight line, more than the seeds explain.` : ''}`;
  // A gap to the right of the middle raises the slope with it, one to the left lowers it.
  const middle = mean(gaps.map(({ batchSize }) => Math.log2(batchSize)));
  const open = gaps.flatMap((gap) => openCells(gap, Math.sign(Math.log2(gap.batchSize) - middle)));
  const judged = {
    ...decideNumber(slope.slope, slope.ci95, test, [], slope.seeds, slope.degrees ?? undefined),
    evidence,
  };
  return withhold(unlessOpen(judged, open, test.side), missing);
}

/** Judges "the gap is above (below) the margin of close losses". */
function against(gaps: readonly Gap[], batchSize: number, side: Test['side']): Judgement {
  const gap = gaps.find((g) => g.batchSize === batchSize);
  if (!gap) return undecided(`batch size ${batchSize} has no gap`, 'nats');
  const what = `At batch size ${batchSize} the gap`;
  const judged = decideNumber(
    gap.gap,
    gap.ci95,
    { side, margin: closeMargin, unit: 'nats', what },
    [],
    gap.seeds,
    gap.degrees ?? undefined,
  );
  return withhold(unlessOpen(judged, openCells(gap, 1), side), gap.missing);
}

/**
 * Cells of a gap that are not bracketed, with the sign in which their loss enters the effect;
 * `sign` is the gap's own.
 */
const openCells = ({ open, batchSize, ...names }: Gap, sign: number) =>
  open.map((cell) => ({
    name: `${displayName(names[cell])} at batch size ${batchSize}`,
    weight: cell === 'challenger' ? sign : -sign,
  }));

/** Nats per doubling. Null with fewer than two batch sizes. */
export const gapSlope = (gaps: readonly Gap[]): Trend | null =>
  trend(
    gaps.map(({ batchSize, gap, perSeed, ci95Seeds, degrees, choice }) => ({
      x: Math.log2(batchSize),
      effect: gap,
      bySeed: new Map(perSeed.map((one) => [one.seed, one.gap])),
      ofSeeds: ci95Seeds && degrees !== null ? { ci95: ci95Seeds, degrees } : null,
      choice,
    })),
  );

function range(ci95: Interval | null): string {
  return ci95 ? `${signed(ci95[0])} to ${signed(ci95[1])}` : 'unknown';
}
