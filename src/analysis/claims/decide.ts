// From an effect with its interval to a verdict: never from a bare inequality.
import { type Interval, mean, tInterval } from '../stats.ts';
import type { Judgement, StudyFacts } from './claim.ts';
import { type Contrast, contrast, gapTerms, type Place, slopeWeights } from './contrast.ts';

/** "The effect is above (at most) `margin`": decided when the whole interval lies on one side. */
export interface Test {
  side: 'above' | 'below';
  margin: number;
  unit: string;
  /** What the effect is, to be continued by "is +0.1 nats". */
  what: string;
}

const minus = (text: string) => text.replace('-', '−');
const signed = (x: number) => minus(`${x >= 0 ? '+' : ''}${x.toFixed(3)}`);

const words = (effect: number, ci95: Interval | null, unit: string, seeds?: number) =>
  `${signed(effect)}${unit && ` ${unit}`} (${ci95 ? `95% interval ${signed(ci95[0])} to ${signed(ci95[1])}` : 'no interval: one seed'}${seeds === undefined || !ci95 ? '' : `, ${seeds} seeds`})`;

export const undecided = (why: string, unit = ''): Judgement => ({
  verdict: 'inconclusive',
  effect: null,
  ci95: null,
  unit,
  evidence: `${why[0].toUpperCase()}${why.slice(1)}.`,
});

/** The verdict on a number that some analysis gave with an interval. */
export function decideNumber(effect: number, ci95: Interval | null, test: Test, seeds?: number): Judgement {
  const { side, margin, unit, what } = test;
  const judged = { effect, ci95, unit, evidence: `${what} is ${words(effect, ci95, unit, seeds)}.` };
  if (!ci95) return { ...judged, verdict: 'inconclusive' };
  const isAbove = ci95[0] > margin;
  const isBelow = ci95[1] <= margin;
  if (!isAbove && !isBelow) return { ...judged, verdict: 'inconclusive' };
  return { ...judged, verdict: isAbove === (side === 'above') ? 'supported' : 'refuted' };
}

/** The verdict on a mean over seeds; `nothing` says why there is none. */
export function decideBySeed(bySeed: ReadonlyMap<number, number>, nothing: string, test: Test): Judgement {
  const values = [...bySeed.values()];
  if (values.length === 0) return undecided(nothing, test.unit);
  return decideNumber(mean(values), tInterval(values), test, values.length);
}

/** The verdict on a difference of two numbers, seed by seed; the evidence names both. */
export function decideDifference(
  [a, b]: readonly [ReadonlyMap<number, number>, ReadonlyMap<number, number>],
  nothing: string,
  test: Test,
): Judgement {
  const seeds = [...a.keys()].filter((seed) => b.has(seed));
  const judged = decideBySeed(new Map(seeds.map((s) => [s, a.get(s)! - b.get(s)!])), nothing, test);
  if (seeds.length === 0) return judged;
  const at = (map: ReadonlyMap<number, number>) => minus(mean(seeds.map((s) => map.get(s)!)).toFixed(3));
  return { ...judged, evidence: `${judged.evidence} It is ${at(a)} and ${at(b)}.` };
}

/**
 * The verdict on a contrast. A cell that is not bracketed may have a lower loss than it shows: a verdict that this could
 * overturn is withheld.
 */
export function decide(found: Contrast, test: Test): Judgement {
  const { unit, side } = test;
  if (found.kind === 'unknown') return undecided(found.why, unit);
  if (found.kind === 'infinite') {
    const agrees = found.sign === (side === 'above' ? 1 : -1);
    const evidence = `Every run diverged for ${found.cells.join(', ')}.`;
    return { verdict: agrees ? 'supported' : 'refuted', effect: null, ci95: null, unit, evidence };
  }
  const judged = decideNumber(found.effect, found.ci95, test, found.seeds);
  // Lower losses move the effect against the sign of their weight.
  const wouldRise = (judged.verdict === 'supported') === (side === 'below');
  const doubtful = found.open.filter(({ weight }) => (wouldRise ? weight < 0 : weight > 0));
  if (judged.verdict === 'inconclusive' || doubtful.length === 0) return judged;
  const names = [...new Set(doubtful.map(({ name }) => name))].join(', ');
  return {
    ...judged,
    verdict: 'inconclusive',
    evidence: `${judged.evidence} The best learning rate is not bracketed for ${names}, which could change this.`,
  };
}

/** Holds if every part holds; refuted if one is. The number shown is that of the part that decides: the first refuted or open one. */
export function all(parts: readonly Judgement[]): Judgement {
  const decisive =
    parts.find((part) => part.verdict === 'refuted') ??
    parts.find((part) => part.verdict === 'inconclusive') ??
    parts[0];
  if (!decisive) return undecided('the study has nothing to compare');
  return { ...decisive, evidence: parts.map((part) => part.evidence).join(' ') };
}

/**
 * The slope of the gap along `points` (x in doublings). Points at which a cell has no loss or is not bracketed are set
 * aside; three must be left.
 */
export function gapTrend(
  study: StudyFacts,
  points: readonly (Omit<Place, 'arm'> & { x: number })[],
  [challenger, baseline]: readonly [string, string],
  test: Test,
): Judgement {
  const usable = points.filter((at) => {
    const gap = contrast(study.cells, gapTerms(at, challenger, baseline));
    return gap.kind === 'known' && gap.open.length === 0;
  });
  if (usable.length < 3)
    return undecided(
      `a trend needs three points, and ${usable.length} of ${points.length} have bracketed losses of both`,
      test.unit,
    );
  const weights = slopeWeights(usable.map(({ x }) => x));
  const terms = usable.flatMap((at, i) => gapTerms(at, challenger, baseline, weights[i]));
  const judged = decide(contrast(study.cells, terms), test);
  const gaps = usable.map((at) => {
    const gap = contrast(study.cells, gapTerms(at, challenger, baseline));
    return gap.kind === 'known' ? signed(gap.effect) : '';
  });
  return {
    ...judged,
    evidence: `${judged.evidence} The gaps along the way: ${gaps.join(', ')}${usable.length < points.length ? ` (${points.length - usable.length} set aside as unbracketed or without a loss)` : ''}.`,
  };
}
