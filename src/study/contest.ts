// The last candidates of a cell on further tuning seeds: as long as they are closer
// than the noise between seeds, another seed.
import { noiseOf, spread } from '../analysis/choice.ts';
import { mean } from '../analysis/stats.ts';
import type { PointValue } from './bracket.ts';

export interface Contest {
  /**
   * Runs asked for so far: a candidate and the number of its tuning seed, from 1;
   * seed 0 chose the candidates.
   */
  asked: { candidate: number; seed: number }[];
  closed: boolean;
}

/**
 * Pure, as a bracket is: each round waits for all its runs. Every candidate still
 * in gets the next tuning seed, at most `seeds` with the first; then those leave
 * whose mean is above the least by more than the noise between seeds explains.
 */
export function contest(
  candidates: number,
  seeds: number,
  value: (candidate: number, seed: number) => PointValue,
): Contest {
  let left = Array.from({ length: candidates }, (_, i) => i);
  const asked: Contest['asked'] = [];
  for (let seed = 1; seed < seeds && left.length > 1; seed++) {
    asked.push(...left.map((candidate) => ({ candidate, seed })));
    if (left.some((candidate) => value(candidate, seed) === undefined)) return { asked, closed: false };
    // Who diverged has lost; of a run that failed nothing is known, so its candidate cannot win either.
    left = left.filter((candidate) => Number.isFinite(value(candidate, seed)));
    const losses = left.map((candidate) =>
      Array.from({ length: seed + 1 }, (_, s) => value(candidate, s) as number),
    );
    const noise = spread(losses);
    const unsure = noise ? noiseOf(noise, seed + 1) : 0;
    const means = losses.map(mean);
    const least = Math.min(...means);
    left = left.filter((_, i) => means[i] - least <= unsure);
  }
  return { asked, closed: true };
}
