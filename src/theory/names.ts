// What the labs can simulate, by name: apart from the code that does it, which specifications need not load.

export const methods = ['sgd', 'signsgd', 'heavyball', 'signum', 'adam'] as const;
export type Method = (typeof methods)[number];

export const descents = ['sgd', 'adam', 'signum', 'nsgd'] as const;
export type DescentMethod = (typeof descents)[number];

/**
 * Where the noise of a mini-batch gradient comes from: `columns`: H is the mean
 * of n rank-one terms and a batch is B of them, without replacement; `isotropic`:
 * sigma z / sqrt(B); `hessian`: sigma H^(1/2) z / sqrt(B).
 */
export const noiseModels = ['columns', 'isotropic', 'hessian'] as const;
export type NoiseModel = (typeof noiseModels)[number];

export const imbalanceMethods = ['sgd', 'adam', 'signum'] as const;
export type ImbalanceMethod = (typeof imbalanceMethods)[number];
