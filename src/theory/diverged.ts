// When a run of a lab counts as diverged.

/**
 * It does not come back: its last loss is not a number, or above its first. A loss that was
 * large on the way is no divergence, for learning rates that fall to zero bring many such runs to a good end.
 */
export const hasDiverged = (first: number, last: number): boolean => !(last <= first);
