// How large the toy of rare classes is.

/** Samples of the toy with this many levels. */
export const imbalanceSamples = (levels: number): number => levels * 2 ** levels;
