// Many tests at once: how unlikely an effect is by chance, how many of the verdicts may be false,
// and a stricter rule.
import { betaShare, seedDegrees, t95 } from '../../core/student.ts';
import type { Judgement } from './claim.ts';

/**
 * The two-sided p value of the effect lying off its margin, from its 95% interval: Student's t with the
 * degrees of freedom of the interval itself, at most two for seeds. Null where there is no interval, or it
 * was not said what it is held against. A claim of several parts has that of the part that decides.
 */
export function pValue({ effect, ci95, against, seeds = 1, ...judged }: Judgement): number | null {
  const degrees = judged.degrees ?? seedDegrees(seeds);
  if (effect === null || ci95 === null || against === undefined || degrees <= 0) return null;
  // The end of the interval on the side of the margin: intervals need not be even.
  const half = effect > against ? effect - ci95[0] : ci95[1] - effect;
  const distance = Math.abs(effect - against);
  if (half === 0) return distance === 0 ? 1 : 0;
  const t = (t95(degrees) * distance) / half;
  return betaShare(degrees / (degrees + t * t), degrees / 2, 0.5);
}

/**
 * Benjamini and Hochberg (1995): for each p value the least share of false discoveries
 * at which it would count as one, among all of them. Null stays null and is not counted.
 */
export function falseDiscovery(p: readonly (number | null)[]): (number | null)[] {
  const known = p
    .flatMap((value, i) => (value === null ? [] : [{ value, i }]))
    .sort((a, b) => b.value - a.value);
  const q: (number | null)[] = p.map(() => null);
  let least = 1;
  known.forEach(({ value, i }, k) => {
    least = Math.min(least, (value * known.length) / (known.length - k));
    q[i] = least;
  });
  return q;
}

/**
 * A verdict stands only if its one-sided p value is below `alpha`, as records of the modded-nanogpt
 * speedrun ask for p < 0.01 over their seeds. Without a p value it does not stand,
 * unless every run of a side diverged, which needs no statistics.
 */
export function strictly<J extends Judgement>(judged: J, alpha: number): J {
  if (judged.verdict === 'inconclusive' || judged.effect === null) return judged;
  const p = pValue(judged);
  if (p !== null && p / 2 < alpha) return judged;
  const why =
    p === null ? 'There is no p value' : `Its one-sided p value, ${p2(p / 2)}, is not below ${alpha}`;
  return {
    ...judged,
    verdict: 'inconclusive',
    evidence: `${judged.evidence} ${why}, so the verdict does not stand.`,
  };
}

const p2 = (p: number) => Number(p.toPrecision(2));
