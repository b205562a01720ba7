// A pass puts the few sizes |x| within a bracket aside on its way. A quantile is then selected among them.
import { type Code, i32, i32x4, local, v128, when } from '../../../assembly/wasm/code.ts';
import { type Tap, UNROLL } from '../../passes/tap.ts';
import { sumOfLanes, withoutSign } from './histogram.ts';

/** Vectors that are asked about at once. */
const ASKED = 4;
/** Bytes after its end that may be written to. */
export const BRACKET_SLACK = 16 * ASKED;

const FIRST_LANE = [-1, 0, 0, 0];
const DEAD_LANES = [0, -1, -1, -1];

/**
 * Puts sizes within a bracket aside, as the distances of their bits from its lower end, one after the other.
 * Parameters: the bits of the smallest and of the largest float in the bracket, the address to write to,
 * and that from which on nothing more is put aside. Results: how many sizes are below the bracket,
 * how many above, and bytes written; if they reach the end, something may have been left out.
 */
export const bracket: Tap = {
  name: 'bracket',
  params: (address) => ['i32', 'i32', address.type, address.type],
  results: ['i32', 'i32', 'i32'],
  emit({ address, value, parameter, local: newLocal }) {
    const [low, high, to, end] = [0, 1, 2, 3].map(parameter);
    const sizes = Array.from({ length: UNROLL }, () => newLocal('v128'));
    const outside = sizes.map(() => newLocal('v128'));
    const [lows, highs, unsigned, below, above, side] = [0, 1, 2, 3, 4, 5].map(() => newLocal('v128'));
    const start = newLocal(address.type);
    const lanes = newLocal('i32');
    const countSide = (sum: number, dead: boolean): Code => [
      ...(dead ? [...v128.const(FIRST_LANE), ...v128.and] : []),
      ...[...local.set(side), ...local.get(sum), ...local.get(side), ...i32x4.sub, ...local.set(sum)],
      ...local.get(side),
    ];
    const look = (i: number, dead: boolean): Code => [
      ...[...value, ...local.get(unsigned), ...v128.and, ...local.set(sizes[i])],
      ...[...local.get(sizes[i]), ...local.get(lows), ...i32x4.ltS, ...countSide(below, dead)],
      ...[...local.get(sizes[i]), ...local.get(highs), ...i32x4.gtS, ...countSide(above, dead)],
      ...[...v128.or, ...(dead ? [...v128.const(DEAD_LANES), ...v128.or] : []), ...local.set(outside[i])],
    ];
    /**
     * Writes every lane, and goes on from those that are inside: four stores cost
     * less than a wrong guess of a branch.
     */
    const put = (i: number): Code => [
      ...[...local.get(sizes[i]), ...local.get(lows), ...i32x4.sub, ...local.set(side)],
      ...[...local.get(outside[i]), ...i32x4.bitmask, ...i32.const(15), ...i32.xor],
      ...[...i32.const(2), ...i32.shl, ...local.set(lanes)],
      ...[0, 1, 2, 3].flatMap((lane) => [
        ...[...local.get(to), ...local.get(side), ...v128.store32(0, lane)],
        ...[...local.get(to), ...local.get(lanes), ...i32.const(lane), ...i32.shrU],
        ...[...i32.const(4), ...i32.and, ...address.extend, ...address.add, ...local.set(to)],
      ]),
    ];
    /** Puts the vectors aside if one has something inside and there is room. */
    const ask = (vectors: readonly number[]): Code => [
      ...vectors.flatMap((i, nth) => [...local.get(outside[i]), ...(nth > 0 ? v128.and : [])]),
      ...[...i32x4.allTrue, ...i32.eqz, ...local.get(to), ...local.get(end), ...address.ltU, ...i32.and],
      ...when(vectors.flatMap(put)),
    ];
    return {
      setup: [
        ...[...local.get(low), ...i32x4.splat, ...local.set(lows)],
        ...[...local.get(high), ...i32x4.splat, ...local.set(highs), ...withoutSign(unsigned)],
        ...[...local.get(to), ...local.set(start)],
      ],
      // One question for several vectors: most have nothing inside.
      vector: (i) => [
        ...look(i, false),
        ...((i + 1) % ASKED === 0 ? ask(sizes.map((_, k) => k).slice(i + 1 - ASKED, i + 1)) : []),
      ],
      single: [...look(0, true), ...ask([0])],
      results: [
        ...[...sumOfLanes(below), ...sumOfLanes(above)],
        ...[...local.get(to), ...local.get(start), ...address.sub, ...address.wrap],
      ],
    };
  },
};
