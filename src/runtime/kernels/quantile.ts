// The exact r-th smallest of many sizes |x|: floats of one sign order as their bits do, so histograms of the bits close
// in on it, eleven bits a pass. The last answer is tried first: from step to step it hardly moves.
import { HISTOGRAM_BINS } from './emit.ts';

/**
 * One pass over all coordinates: fills `bins` (bin k: sizes whose bits are low + k 2^shift up to the next bin) and
 * returns how many have bits below `low`.
 */
type Count = (low: number, shift: number) => number;

const INFINITE_BITS = 0x7f800000;
/** Bits of a float, 0 to 2^31 - 1, as log2(HISTOGRAM_BINS) * 2 + 9. */
const WHOLE = { low: 0, shift: 20 };
/** About a sixteenth of the guess to either side: 2^20 neighbouring floats. */
const NEAR = { below: 2 ** 19, shift: 9 };

const view = new DataView(new ArrayBuffer(4));

/**
 * The value of rank `rank` (from 0); NaN counts as the largest. `guess` changes how many passes it takes and nothing
 * else: two if it is near, else three (after one in vain, if there was a guess at all).
 */
export function select(count: Count, bins: Uint32Array, rank: number, guess?: number): number {
  let { low, shift } = WHOLE;
  if (guess !== undefined) {
    view.setFloat32(0, guess);
    low = Math.max(0, Math.min(view.getInt32(0), INFINITE_BITS) - NEAR.below);
    shift = NEAR.shift;
  }
  for (;;) {
    bins.fill(0);
    let before = count(low, shift);
    let bin = 0;
    while (bin < HISTOGRAM_BINS && before + bins[bin] <= rank) before += bins[bin++];
    if (before > rank || bin === HISTOGRAM_BINS) ({ low, shift } = WHOLE);
    else {
      low += bin * 2 ** shift;
      if (shift === 0) break;
      shift = Math.max(0, shift - 11);
    }
  }
  view.setInt32(0, low);
  return view.getFloat32(0);
}
