// The exact r-th smallest of many sizes |x|: floats of one sign order as their bits do, so histograms of the bits close
// in on it, eleven bits a pass. The last answer is tried first: from step to step it hardly moves.
import { HISTOGRAM_BINS } from './emit.ts';

/**
 * One pass over all coordinates: fills `bins` (bin k: sizes whose bits are low + k 2^shift up to the next bin) and
 * returns how many have bits below `low`.
 */
type Count = (low: number, shift: number) => number;

const BIN_BITS = Math.log2(HISTOGRAM_BINS);
/** 2^31 values in all bins. */
const WHOLE = { low: 0, shift: 31 - BIN_BITS };
/** How far around the last answer to look, as powers of two: 2^23 neighbouring floats are a factor of 2. */
const [NEAREST, FARTHEST] = [12, 19];

const view = new DataView(new ArrayBuffer(4));

/**
 * Finds the value of rank `rank` (from 0) again and again; NaN counts as the largest. What it remembers of earlier
 * answers changes how many passes it takes and nothing else: two if the answer is near the last one, otherwise three,
 * after one in vain.
 */
export function createSelect(): (count: Count, bins: Uint32Array, rank: number) => number {
  let last: number | undefined;
  let spread = FARTHEST;
  return (count, bins, rank) => {
    let { low, shift } = WHOLE;
    if (last !== undefined) {
      low = Math.max(0, last - 2 ** spread);
      shift = spread + 1 - BIN_BITS;
    }
    for (;;) {
      bins.fill(0);
      let before = count(low, shift);
      let bin = 0;
      while (bin < HISTOGRAM_BINS && before + bins[bin] <= rank) before += bins[bin++];
      if (before > rank || bin === HISTOGRAM_BINS) {
        if (shift === WHOLE.shift) throw new Error('a count of all sizes has left some out');
        ({ low, shift } = WHOLE);
      } else {
        low += bin * 2 ** shift;
        if (shift === 0) break;
        shift = Math.max(0, shift - BIN_BITS);
      }
    }
    if (last !== undefined) {
      // Four times as far as it has just moved; the fewer sizes are near, the fewer are counted one by one.
      const moved = Math.ceil(Math.log2(1 + 4 * Math.abs(low - last)));
      spread = Math.max(NEAREST, spread - 1, Math.min(FARTHEST, moved));
    }
    last = low;
    view.setInt32(0, low);
    return view.getFloat32(0);
  };
}
