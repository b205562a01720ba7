// From an effect with its interval to a verdict: never from a bare inequality.
import { decimals, signed } from '../../core/decimals.ts';
import type { Line } from '../../core/line.ts';
import { withhold } from '../missing.ts';
import { combine, type Measured } from '../probed.ts';
import { type Interval, mean, tInterval } from '../stats.ts';
import { trend } from '../trend.ts';
import type { Judgement, StudyFacts } from './claim.ts';
import { type CellPlace, type Contrast, contrast, gapTerms } from './contrast.ts';
import { pValue } from './many.ts';

/** Why a claim about small and large batches is open. */
export const ONE_SIZE = 'there is one batch size, and nothing to compare it with';

/**
 * How far apart two tuned losses may be and still be called close, in nats. Fixed beforehand:
 * about a sixth of the gap that a small model shows at large batch sizes.
 */
export const closeMargin = 0.08;

/** "The effect is above (at most) `margin`": decided when the whole interval lies on one side. */
export interface Test {
  side: 'above' | 'below';
  margin: number;
  /**
   * Where an interval wholly below this counts as below `margin` too: differences
   * that are too small to matter.
   */
  refutedBelow?: number;
  unit: string;
  /** What the effect is, to be continued by "is +0.1 nats". */
  what: string;
}

const words = (effect: number, ci95: Interval | null, unit: string, seeds?: number) =>
  `${signed(effect)}${unit && ` ${unit}`} (${ci95 ? `95% interval ${signed(ci95[0])} to ${signed(ci95[1])}` : 'no interval: one seed'}${seeds === undefined || !ci95 ? '' : `, ${seeds} ${seeds === 1 ? 'seed' : 'seeds'}`})`;

export const undecided = (why: string, unit = ''): Judgement => ({
  verdict: 'inconclusive',
  effect: null,
  ci95: null,
  unit,
  evidence: `${why[0].toUpperCase()}${why.slice(1)}.`,
});

/**
 * The verdict on a number that some analysis gave with an interval. `missing`: what
 * was planned for it and is not known, in words; with any of it there is no verdict (missing.ts).
 */
export function decideNumber(
  effect: number,
  ci95: Interval | null,
  test: Test,
  missing: readonly string[],
  seeds?: number,
  degrees?: number,
): Judgement {
  const { side, margin, refutedBelow = margin, unit, what } = test;
  // An interval between two margins decides nothing: the nearer one is what it is held against.
  const against = Math.abs(effect - margin) <= Math.abs(effect - refutedBelow) ? margin : refutedBelow;
  const judged = {
    effect,
    ci95,
    unit,
    against,
    seeds,
    ...(degrees === undefined ? {} : { degrees }),
    evidence: `${what} is ${words(effect, ci95, unit, seeds)}.`,
  };
  const isAbove = ci95 !== null && ci95[0] > margin;
  const isBelow = ci95 !== null && ci95[1] <= refutedBelow;
  const verdict =
    !isAbove && !isBelow ? 'inconclusive' : isAbove === (side === 'above') ? 'supported' : 'refuted';
  return withhold({ ...judged, verdict }, missing);
}

/** The verdict on a mean over seeds; `nothing` says why there is none. */
export function decideBySeed({ bySeed, missing }: Measured, nothing: string, test: Test): Judgement {
  const values = [...bySeed.values()];
  if (values.length === 0) return withhold(undecided(nothing, test.unit), missing);
  return decideNumber(mean(values), tInterval(values), test, missing, values.length);
}

/** The verdict on a difference of two numbers, seed by seed; the evidence names both. */
export function decideDifference(
  [a, b]: readonly [Measured, Measured],
  nothing: string,
  test: Test,
): Judgement {
  const difference = combine([a, b], (x, y) => x - y);
  const judged = decideBySeed(difference, nothing, test);
  const seeds = [...difference.bySeed.keys()];
  if (seeds.length === 0) return judged;
  const at = ({ bySeed }: Measured) => decimals(mean(seeds.map((s) => bySeed.get(s)!)));
  return { ...judged, evidence: `${judged.evidence} It is ${at(a)} and ${at(b)}.` };
}

/** The same for a number at the largest batch size minus that at the smallest. */
export const decideEnds = (
  [smallest, largest]: readonly [number, number],
  at: (batchSize: number) => Measured,
  nothing: string,
  test: Test,
): Judgement =>
  // One batch size has no difference, and does not show that there is none.
  smallest === largest
    ? undecided(ONE_SIZE, test.unit)
    : decideDifference([at(largest), at(smallest)], nothing, test);

/**
 * The verdict on a contrast. A cell that is not bracketed may have a lower loss than it shows:
 * a verdict that this could overturn is withheld. Where every run of a cell diverged, a rate that was
 * not tried might not have, so that is no verdict either, unless the claim is about divergence itself.
 */
export function decide(found: Contrast, test: Test & { divergenceCounts?: boolean }): Judgement {
  const { unit, side } = test;
  if (found.kind === 'unknown') return undecided(found.why, unit);
  if (found.kind === 'infinite') {
    const agrees = found.sign === (side === 'above' ? 1 : -1);
    const verdict = !test.divergenceCounts ? 'inconclusive' : agrees ? 'supported' : 'refuted';
    const evidence = `Every run diverged for ${found.cells.join(', ')}.`;
    return withhold({ verdict, effect: null, ci95: null, unit, evidence }, found.missing);
  }
  return unlessOpen(
    decideNumber(found.effect, found.ci95, test, found.missing, found.seeds, found.ofSeeds?.degrees),
    found.open,
    side,
  );
}

/**
 * Withholds a verdict that a better learning rate of an open cell could overturn:
 * lower losses move the effect against their weight.
 */
export function unlessOpen(
  judged: Judgement,
  open: readonly { name: string; weight: number }[],
  side: Test['side'],
): Judgement {
  const wouldRise = (judged.verdict === 'supported') === (side === 'below');
  const doubtful = open.filter(({ weight }) => (wouldRise ? weight < 0 : weight > 0));
  if (judged.verdict === 'inconclusive' || doubtful.length === 0) return judged;
  const names = [...new Set(doubtful.map(({ name }) => name))].join(', ');
  return {
    ...judged,
    verdict: 'inconclusive',
    evidence: `${judged.evidence} The best learning rate is not bracketed for ${names}, which could change this.`,
  };
}

/**
 * Holds if every part holds; refuted if one is. The number shown is that of the part that decides:
 * the first refuted or open one, and of parts that all hold the least sure one.
 */
export function all(parts: readonly Judgement[]): Judgement {
  const decisive =
    parts.find((part) => part.verdict === 'refuted') ??
    parts.find((part) => part.verdict === 'inconclusive') ??
    leastSure(parts);
  if (!decisive) return undecided('the study has nothing to compare');
  // Both sides of one number are said once.
  const numbers = [...new Set(parts.map((part) => part.evidence))];
  const part = numbers.length > 1 ? { part: numbers.indexOf(decisive.evidence) } : {};
  return { ...decisive, ...part, evidence: numbers.join(' ') };
}

/** The first of those with the greatest p value; where every run diverged, no p value is needed. */
function leastSure(parts: readonly Judgement[]): Judgement | undefined {
  const p = parts.map((part) => (part.effect === null ? 0 : (pValue(part) ?? 1)));
  return parts[p.indexOf(Math.max(...p))];
}

/**
 * The slope of the gap along `points` (x in doublings), with what seeds and scatter about the line leave
 * open. A point at which an optimizer has no loss is named, and withholds the verdict: it could lie anywhere.
 */
export function gapTrend(
  study: StudyFacts,
  points: readonly (Omit<CellPlace, 'arm'> & { x: number })[],
  [challenger, baseline]: readonly [string, string],
  test: Test,
): Judgement {
  const found = points.map((at) => ({ at, gap: contrast(study.cells, gapTerms(at, challenger, baseline)) }));
  const known = found.flatMap(({ at, gap }) => (gap.kind === 'known' ? [{ at, gap }] : []));
  const missing = found.flatMap(({ at, gap }) =>
    gap.kind === 'known' ? gap.missing : [`no gap at batch size ${at.batchSize} and ${at.tokens} tokens`],
  );
  if (known.length < 3)
    return undecided(
      `a trend needs three points, and ${known.length} of ${points.length} have losses of both`,
      test.unit,
    );
  const line = trend(known.map(({ at, gap }) => ({ x: at.x, ...gap })));
  if (!line) return undecided('all points of the trend are the same', test.unit);
  const { weights } = line;
  const open = known.flatMap(({ gap }, i) =>
    gap.open.map(({ name, weight }) => ({ name, weight: weight * weights[i] })),
  );
  const degrees = line.degrees ?? undefined;
  const judged = decideNumber(line.slope, line.ci95, test, missing, line.seeds, degrees);
  const gaps = known.map(({ gap }) => signed(gap.effect)).join(', ');
  return unlessOpen(
    { ...judged, evidence: `${judged.evidence} The gaps along the way: ${gaps}${offLine(line)}.` },
    open,
    test.side,
  );
}

/** How far the gaps lie off their line, where that is more than the seeds explain. */
const offLine = ({ fits, scatter }: Line): string =>
  fits === false
    ? `; they lie ${scatter!.toFixed(3)} nats off a straight line, more than the seeds explain`
    : '';
