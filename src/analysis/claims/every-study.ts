// Claims that every study of two optimizers is tested on, whatever its experiment:
// they are about its gaps alone.
import { signed } from '../../core/decimals.ts';
import { fitLine, type Line } from '../../core/line.ts';
import type { Gap } from '../gap.ts';
import { withhold } from '../missing.ts';
import { displayName } from '../names.ts';
import { type Interval, mean, slopeChoice, withChoice } from '../stats.ts';
import type { Claim, Judged, Judgement } from './claim.ts';
import { slopeWeights } from './contrast.ts';
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
  const trend = gapSlope(gaps);
  if (gaps.length < needed || !trend)
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
    `The gap changes by ${signed(trend.slope)} nats per doubling of the batch size (95% interval ` +
    `${range(trend.ci95)}, ${trend.how}); it rises in ${rises} of ${gaps.length - 1} steps between batch sizes: ` +
    `${gaps.map(({ gap }) => signed(gap)).join(', ')}.${trend.fits === false ? ` The gaps lie ${trend.scatter!.toFixed(3)} nats off a straight line, more than the seeds explain.` : ''}`;
  // A gap to the right of the middle raises the slope with it, one to the left lowers it.
  const middle = mean(gaps.map(({ batchSize }) => Math.log2(batchSize)));
  const open = gaps.flatMap((gap) => openCells(gap, Math.sign(Math.log2(gap.batchSize) - middle)));
  const judged = { ...decideNumber(trend.slope, trend.ci95, test, []), evidence };
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

/**
 * Nats per doubling, through the gaps of the seeds that every batch size has, or through
 * the gaps themselves where fewer than two have all. The interval counts how seeds
 * differ and how far the gaps lie off a straight line. Null with fewer than two batch sizes.
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
  if (!line) return null;
  const weights = slopeWeights(gaps.map(({ batchSize }) => Math.log2(batchSize)));
  const choice = slopeChoice(gaps.map((gap, i) => [weights[i], gap.choice] as const));
  return { ...line, ci95: withChoice(line.ci95, line.slope, choice), how };
}

function range(ci95: Interval | null): string {
  return ci95 ? `${signed(ci95[0])} to ${signed(ci95[1])}` : 'unknown';
}
