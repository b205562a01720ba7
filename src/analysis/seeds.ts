// Which seeds tune and which count: no seed does both.

export interface Seeds {
  /** The seed that every learning rate is tried with. */
  tune: number;
  /** How many further seeds the winner gets. Means, intervals and verdicts are theirs alone. */
  fresh: number;
}

/** Distance between tuning seeds; there are fewer fresh seeds than that, so they never meet. */
export const TUNING_STRIDE = 1000;

/** tune + 1, tune + 2, ... */
export const freshSeeds = ({ tune, fresh }: Seeds): number[] =>
  Array.from({ length: fresh }, (_, i) => tune + 1 + i);

/** tune, and for the last candidates tune + 1000, tune + 2000, ... */
export const tuningSeeds = ({ tune }: Pick<Seeds, 'tune'>, count: number): number[] =>
  Array.from({ length: count }, (_, i) => tune + i * TUNING_STRIDE);
