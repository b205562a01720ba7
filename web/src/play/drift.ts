// The share of its full speed that sign descent has at each batch size: the erf curve of Theorem 1, and
// what becomes of it under heavy tails.
import { signMean } from '../../../src/theory/student-t.ts';
import { theoryBatches } from './theory-state.ts';

export interface DriftWish {
  /** Degrees of freedom of Student's t; infinity is Gaussian. */
  degrees: number;
  /** Standard deviation of one sample's noise over the slope. */
  ratio: number;
}

/** Between the stops of the slider as well, so that the curve is smooth. */
const sizes = theoryBatches.flatMap((size, i) =>
  i + 1 < theoryBatches.length ? [size, Math.round(size * Math.SQRT2)] : [size],
);
const laws = new Map<string, ReturnType<typeof signMean>>();

/** From 0 to 1, at every batch size of the curve. */
export function driftOf({ degrees, ratio }: DriftWish): { x: number; y: number }[] {
  return sizes.map((size) => {
    const key = `${degrees} ${size}`;
    // The law of a batch mean takes its time under heavy tails, and is the same for every slope.
    const law = laws.get(key) ?? signMean(degrees, 1, size);
    laws.set(key, law);
    return { x: size, y: law.drift(1 / ratio) };
  });
}
