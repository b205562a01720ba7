// Sizes |x| that a pass counts on its way: floats of one sign are ordered as their bits are.
import { type Code, count1, i32, i32x4, local, v128, when } from '../../../assembly/wasm/code.ts';
import { type Tap, UNROLL } from '../../passes/tap.ts';

export const HISTOGRAM_BINS = 2048;

/** The same integer in all lanes. */
const every = (lane: number): Code => v128.const([lane, lane, lane, lane]);

/**
 * Sets a local to all bits but the sign, before the loop: within it a constant would
 * be built anew at every use.
 */
export const withoutSign = (mask: number): Code => [...every(0x7fffffff), ...local.set(mask)];

/** Leaves the sum of the four integers in a local. */
export const sumOfLanes = (of: number): Code =>
  [0, 1, 2, 3].flatMap((lane) => [
    ...[...local.get(of), ...i32x4.extractLane(lane), ...(lane > 0 ? i32.add : [])],
  ]);

/**
 * Counts sizes into HISTOGRAM_BINS bins of 32 bits each. Parameters: the bits `low` of the smallest
 * float to count, `shift` (bin k has the floats whose bits are low + k 2^shift and so on), and the address
 * of the bins, zero at first, with one more after them for anything. Result: how many are below `low`.
 */
export const histogram: Tap = {
  name: 'histogram',
  params: (address) => ['i32', 'i32', address.type],
  results: ['i32'],
  emit({ address, value, parameter, local: newLocal }) {
    const [low, shift, bins] = [parameter(0), parameter(1), parameter(2)];
    const distance = Array.from({ length: UNROLL }, () => newLocal('v128'));
    const [below, lows, last, unsigned, places] = [0, 1, 2, 3, 4].map(() => newLocal('v128'));
    const place = newLocal(address.type);
    /** Leaves the lanes that are counted in a bin. Dead lanes of the tail are neither there nor below. */
    const classify = (i: number, dead: boolean): Code => [
      ...[...value, ...local.get(unsigned), ...v128.and, ...local.get(lows), ...i32x4.sub],
      ...(dead ? [...v128.const([0, 0x7fffffff, 0x7fffffff, 0x7fffffff]), ...v128.or] : []),
      ...(dead ? [...v128.const([-1, 0x7fffffff, 0x7fffffff, 0x7fffffff]), ...v128.and] : []),
      ...[...local.set(distance[i]), ...local.get(below), ...local.get(distance[i])],
      ...[...i32.const(31), ...i32x4.shrS, ...i32x4.sub, ...local.set(below)],
      ...[...local.get(distance[i]), ...local.get(last), ...i32x4.leU],
    ];
    /** Counts the lanes of a vector; those that are in no bin go where nothing is read. */
    const enter = (i: number): Code => [
      ...[...local.get(distance[i]), ...local.get(shift), ...i32x4.shrU],
      ...[...every(HISTOGRAM_BINS), ...i32x4.minU],
      ...[...i32.const(2), ...i32x4.shl, ...local.set(places)],
      ...[0, 1, 2, 3].flatMap((lane) => [
        ...[...local.get(places), ...i32x4.extractLane(lane), ...address.extend],
        ...[...local.get(bins), ...address.add, ...count1(place)],
      ]),
    ];
    return {
      setup: [
        ...[...local.get(low), ...i32x4.splat, ...local.set(lows), ...withoutSign(unsigned)],
        ...[...i32.const(HISTOGRAM_BINS), ...local.get(shift), ...i32.shl, ...i32.const(1), ...i32.sub],
        ...[...i32x4.splat, ...local.set(last)],
      ],
      // One question for two vectors, whether any lane is to be counted: fewer branches.
      vector: (i) => [
        ...classify(i, false),
        ...(i % 2 === 1 ? [...v128.or, ...v128.anyTrue, ...when([...enter(i - 1), ...enter(i)])] : []),
      ],
      single: [...classify(0, true), ...v128.anyTrue, ...when(enter(0))],
      results: sumOfLanes(below),
    };
  },
};
