// How far the tuning of a study goes. What its file leaves out: nothing beyond a bracket, and two candidates.
import type { FrozenStudy } from '../store/schemas.ts';

export type Tuning = Required<NonNullable<FrozenStudy['tuner']>>;

/** Settings with the least losses that get further tuning seeds, where a study does not say how many. */
export const USUAL_CANDIDATES = 2;

export const tuningOf = ({ tuner }: Pick<FrozenStudy, 'tuner'>): Tuning => ({
  probe: 0,
  halve: 0,
  seeds: 1,
  candidates: USUAL_CANDIDATES,
  ...tuner,
});
