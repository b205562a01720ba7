// The exact r-th smallest of many sizes |x|, one pass as a rule: floats of one sign order as their bits do,
// and from step to step the answer hardly moves, so what lies near the last one
// is put aside while all are counted.
import { HISTOGRAM_BINS } from '../targets/wasm/histogram.ts';

/**
 * Fills `bins` (bin k: sizes whose bits are low + k 2^shift up to the next bin)
 * and returns how many have bits below `low`.
 */
type Count = (low: number, shift: number) => number;

export interface SizeCounter {
  /**
   * One pass over all of them, the first: how many have bits below `low`, and how many from there to `high`.
   * If there is room for them, and `high` is not `low`, it puts these aside, as the distances from `low`.
   */
  bracket(low: number, high: number): { below: number; inside: number; aside: boolean };
  /** One pass over all of them. */
  count: Count;
  /** The same over the first `inside` distances put aside. */
  countInside(inside: number): Count;
}

const BIN_BITS = Math.log2(HISTOGRAM_BINS);
/** Bits of a size. */
const WHOLE = 31;
const LARGEST = 2 ** WHOLE - 1;
/** How far around the last answer to look, in neighbouring floats: 2^23 of them are a factor of 2. */
const [NEAREST, FARTHEST] = [2 ** 8, 2 ** 20];
/**
 * Twice as far as the answer moves; of earlier moves a tenth is forgotten a step.
 * In training it then misses 3 or 4 of 100.
 */
const [REACH, REMEMBERED] = [2, 0.9];

const view = new DataView(new ArrayBuffer(4));

/**
 * Finds the value of rank `rank` (from 0) again and again; NaN counts as the largest.
 * What it remembers of earlier answers changes how many passes it takes and nothing else:
 * one if the answer is near the last one, otherwise three more, eleven bits of the answer each.
 */
export function createSelect(): (sizes: SizeCounter, bins: Uint32Array, rank: number) => number {
  // The largest there is: at first only a quantile of NaNs is near.
  let last = LARGEST;
  let reach = FARTHEST;
  let stays = false;
  return ({ bracket, count, countInside }, bins, rank) => {
    // An answer that stays is that of many equal sizes (signs): there is nothing to select among.
    const around = stays ? 0 : reach;
    const [low, high] = [Math.max(0, last - around), Math.min(LARGEST, last + around)];
    const { below, inside, aside } = bracket(low, high);
    const near = below <= rank && rank < below + inside && (stays || aside);
    const bits = Math.ceil(Math.log2(high - low + 1));
    const found = near
      ? low + narrow(countInside(inside), bins, rank - below, bits)
      : narrow(count, bins, rank, WHOLE);
    // The fewer sizes are near, the fewer are put aside.
    const wanted = Math.max(REMEMBERED * reach, REACH * Math.abs(found - last));
    reach = Math.ceil(Math.max(NEAREST, Math.min(FARTHEST, aside || stays ? wanted : reach / 2)));
    stays = found === last;
    last = found;
    view.setInt32(0, found);
    return view.getFloat32(0);
  };
}

/** The value of rank `rank` among integers of `bits` bits. */
function narrow(count: Count, bins: Uint32Array, rank: number, bits: number): number {
  let low = 0;
  for (let left = bits; left > 0; ) {
    const shift = Math.max(0, left - BIN_BITS);
    bins.fill(0);
    let before = count(low, shift);
    let bin = 0;
    while (bin < HISTOGRAM_BINS && before + bins[bin] <= rank) before += bins[bin++];
    if (before > rank || bin === HISTOGRAM_BINS) throw new Error('a count of all sizes has left some out');
    low += bin * 2 ** shift;
    left = shift;
  }
  return low;
}
