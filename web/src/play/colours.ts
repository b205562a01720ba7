// Optimizers have the colours here that they have in every figure of gaplab.
import { arms } from './race.ts';

/** `var(--color-...)`: Adam the first, SGD the second, the others as they come. */
export const colourOf = (arm: string): string => `var(--color-${Object.keys(arms).indexOf(arm)})`;
