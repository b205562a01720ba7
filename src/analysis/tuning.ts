// How far the tuning of a study goes. What its file leaves out: nothing beyond a bracket, and two candidates.

export interface Tuning {
  /** Grid points looked at beyond the neighbours of the best, on each side. */
  probe: number;
  /** How often the distance around the best is halved. */
  halve: number;
  /** Tuning seeds of the last candidates, at most. */
  seeds: number;
  /** How many settings with the least losses are among them. */
  candidates: number;
}

/** Settings with the least losses that get further tuning seeds, where a study does not say how many. */
export const USUAL_CANDIDATES = 2;

export const tuningOf = ({ tuner }: { tuner?: Partial<Tuning> | undefined }): Tuning => ({
  probe: 0,
  halve: 0,
  seeds: 1,
  candidates: USUAL_CANDIDATES,
  ...tuner,
});
