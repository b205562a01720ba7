// Sizes |x| that a pass counts on its way: floats of one sign are ordered as their bits are.
import type { Local } from '../../../assembly/wasm/function.ts';
import {
  type Address,
  i32,
  i32x4,
  type StackValue,
  type Vector,
  v128,
} from '../../../assembly/wasm/operations.ts';
import { type Tap, UNROLL } from '../../passes/tap.ts';

export const HISTOGRAM_BINS = 2048;

/** The same integer in all lanes. */
const every = (lane: number): Vector => v128.const([lane, lane, lane, lane]);

/** All bits but the sign. Keep it before a loop: within it a constant is built anew at every use. */
export const WITHOUT_SIGN = every(0x7fffffff);

/** The sum of the four integers. */
export const sumOfLanes = (of: Vector): StackValue<'i32'> =>
  [1, 2, 3].reduce((sum, lane) => i32.add(sum, i32x4.extractLane(of, lane)), i32x4.extractLane(of, 0));

/**
 * Counts sizes into HISTOGRAM_BINS bins of 32 bits each. Parameters: the bits `low` of the smallest
 * float to count, `shift` (bin k has the floats whose bits are low + k 2^shift and so on), and the address
 * of the bins, zero at first, with one more after them for anything. Result: how many are below `low`.
 */
export const histogram: Tap = {
  name: 'histogram',
  params: (address) => ['i32', 'i32', address.type],
  emit(f, { value, parameters }) {
    const { address } = f;
    const [low, shift, bins] = parameters as [Local<'i32'>, Local<'i32'>, Local<Address['type']>];
    const distance = Array.from({ length: UNROLL }, () => f.local('v128'));
    const [below, lows, last, unsigned, places] = [0, 1, 2, 3, 4].map(() => f.local('v128'));
    const place = f.local(address.type);
    /** Gives the lanes that are counted in a bin. Dead lanes of the tail are neither there nor below. */
    const classify = (i: number, dead: boolean): Vector => {
      let from: Vector = i32x4.sub(v128.and(value, unsigned), lows);
      if (dead) {
        from = v128.or(from, v128.const([0, 0x7fffffff, 0x7fffffff, 0x7fffffff]));
        from = v128.and(from, v128.const([-1, 0x7fffffff, 0x7fffffff, 0x7fffffff]));
      }
      f.set(distance[i], from);
      f.set(below, i32x4.sub(below, i32x4.shrS(distance[i], i32.const(31))));
      return i32x4.leU(distance[i], last);
    };
    /** Counts the lanes of a vector; those that are in no bin go where nothing is read. */
    const enter = (i: number) => {
      const bin = i32x4.minU(i32x4.shrU(distance[i], shift), every(HISTOGRAM_BINS));
      f.set(places, i32x4.shl(bin, i32.const(2)));
      for (const lane of [0, 1, 2, 3]) {
        f.set(place, address.add(address.extend(i32x4.extractLane(places, lane)), bins));
        f.increment(place);
      }
    };
    let before: Vector;
    return {
      setup() {
        f.set(lows, i32x4.splat(low));
        f.set(unsigned, WITHOUT_SIGN);
        f.set(last, i32x4.splat(i32.sub(i32.shl(i32.const(HISTOGRAM_BINS), shift), i32.const(1))));
      },
      // One question for two vectors, whether any lane is to be counted: fewer branches.
      vector(i) {
        const counted = classify(i, false);
        if (i % 2 === 0) before = counted;
        else
          f.when(v128.anyTrue(v128.or(before, counted)), () => {
            enter(i - 1);
            enter(i);
          });
      },
      single: () => f.when(v128.anyTrue(classify(0, true)), () => enter(0)),
      finish: () => f.result(sumOfLanes(below)),
    };
  },
};
