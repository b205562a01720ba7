// A pass puts the few sizes |x| within a bracket aside on its way. A quantile is then selected among them.
import type { Local } from '../../../assembly/wasm/function.ts';
import { type Address, i32, i32x4, type Vector, v128 } from '../../../assembly/wasm/operations.ts';
import { type Tap, UNROLL } from '../../passes/tap.ts';
import { sumOfLanes, WITHOUT_SIGN } from './histogram.ts';

/** Vectors that are asked about at once. */
const ASKED = 4;
/** Bytes after its end that may be written to. */
export const BRACKET_SLACK = 16 * ASKED;

const FIRST_LANE = v128.const([-1, 0, 0, 0]);
const DEAD_LANES = v128.const([0, -1, -1, -1]);

/**
 * Puts sizes within a bracket aside, as the distances of their bits from its lower end, one after the other.
 * Parameters: the bits of the smallest and of the largest float in the bracket, the address to write to,
 * and that from which on nothing more is put aside. Results: how many sizes are below the bracket,
 * how many above, and bytes written; if they reach the end, something may have been left out.
 */
export const bracket: Tap = {
  name: 'bracket',
  params: (address) => ['i32', 'i32', address.type, address.type],
  emit(f, { value, parameters }) {
    const { address } = f;
    const [low, high] = parameters as Local<'i32'>[];
    const [, , to, end] = parameters as Local<Address['type']>[];
    const sizes = Array.from({ length: UNROLL }, () => f.local('v128'));
    const outside = sizes.map(() => f.local('v128'));
    const [lows, highs, unsigned, below, above, side] = [0, 1, 2, 3, 4, 5].map(() => f.local('v128'));
    const start = f.local(address.type);
    const lanes = f.local('i32');
    const look = (i: number, dead: boolean) => {
      const counted = (lanes: Vector) => (dead ? v128.and(lanes, FIRST_LANE) : lanes);
      f.set(sizes[i], v128.and(value, unsigned));
      f.set(outside[i], counted(i32x4.ltS(sizes[i], lows)));
      f.set(below, i32x4.sub(below, outside[i]));
      f.set(side, counted(i32x4.gtS(sizes[i], highs)));
      f.set(above, i32x4.sub(above, side));
      const either = v128.or(outside[i], side);
      f.set(outside[i], dead ? v128.or(either, DEAD_LANES) : either);
    };
    /**
     * Writes every lane, and goes on from those that are inside: four stores cost
     * less than a wrong guess of a branch.
     */
    const put = (i: number) => {
      f.set(side, i32x4.sub(sizes[i], lows));
      const inside = i32.xor(i32x4.bitmask(outside[i]), i32.const(15));
      f.set(lanes, i32.shl(inside, i32.const(2)));
      for (const lane of [0, 1, 2, 3]) {
        f.storeLane(to, side, lane);
        const bytes = i32.and(i32.shrU(lanes, i32.const(lane)), i32.const(4));
        f.set(to, address.add(to, address.extend(bytes)));
      }
    };
    /** Puts the vectors aside if one has something inside and there is room. */
    const ask = (vectors: readonly number[]) => {
      const allOutside = vectors.map((i): Vector => outside[i]).reduce((a, b) => v128.and(a, b));
      f.when(i32.and(i32.eqz(i32x4.allTrue(allOutside)), address.ltU(to, end)), () => vectors.forEach(put));
    };
    return {
      setup() {
        f.set(lows, i32x4.splat(low));
        f.set(highs, i32x4.splat(high));
        f.set(unsigned, WITHOUT_SIGN);
        f.set(start, to);
      },
      // One question for several vectors: most have nothing inside.
      vector(i) {
        look(i, false);
        if ((i + 1) % ASKED === 0) ask(sizes.map((_, k) => k).slice(i + 1 - ASKED, i + 1));
      },
      single() {
        look(0, true);
        ask([0]);
      },
      finish() {
        f.result(sumOfLanes(below));
        f.result(sumOfLanes(above));
        f.result(address.wrap(address.sub(to, start)));
      },
    };
  },
};
