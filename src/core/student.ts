// Quantiles of Student's t and of Fisher's F, for intervals and for what an interval does not explain.
import jstat from 'jstat';

/** Two-sided 95% quantile of Student's t, e.g. 4.303 for 2 degrees of freedom. */
export const t95 = (degrees: number): number => jstat.jStat.studentt.inv(0.975, degrees);

/** 95% quantile of F, e.g. 9.552 for 2 and 3 degrees of freedom. */
export const f95 = (above: number, below: number): number => jstat.jStat.centralF.inv(0.95, above, below);
