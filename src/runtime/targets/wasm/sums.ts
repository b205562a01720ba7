// Sums of squares that a pass takes on its way. Their terms are not negative.

import { type Code, f32x4, f64, f64x2, local, v128, when } from '../../../assembly/wasm/code.ts';
import { LANES, type Tap, UNROLL } from '../../passes/tap.ts';

/**
 * Iterations of which terms are added in float32: a block ends with the iteration
 * in which these bits of the count are zero.
 */
const BLOCK = 8;
export const BLOCK_BITS = (BLOCK - 1) * UNROLL * LANES;

/**
 * A sum, always in the same order: in float32 the terms of a block, 32 to each of eight lanes,
 * then in float64. That costs half of what float64 throughout does, and is good to eight digits;
 * terms must stay between 1e-38 and 1e36.
 */
export const sum: Tap = {
  name: 'sum',
  params: () => [],
  results: ['f64'],
  emit({ address, value, count, local: newLocal }) {
    // Eight lanes: even vectors and odd ones; of each a lower and an upper half.
    const parts = [0, 1].map(() => ({
      block: newLocal('v128'),
      halves: [newLocal('v128'), newLocal('v128')],
    }));
    const tail = newLocal('f64');
    const flush = parts.flatMap(({ block, halves }) => [
      ...halves.flatMap((sum, half) => [
        ...[...local.get(block), ...(half ? [...local.get(block), ...v128.upper] : []), ...f64x2.promoteLow],
        ...[...local.get(sum), ...f64x2.add, ...local.set(sum)],
      ]),
      ...[...v128.const([0, 0, 0, 0]), ...local.set(block)],
    ]);
    const blockEnds: Code = [...count, ...address.const(BLOCK_BITS), ...address.and, ...address.eqz];
    const [even, odd] = parts;
    return {
      vector(i): Code {
        const { block } = parts[i % 2];
        return [
          ...[...value, ...local.get(block), ...f32x4.add, ...local.set(block)],
          ...(i < UNROLL - 1 ? [] : [...blockEnds, ...when(flush)]),
        ];
      },
      single: [
        ...[...value, ...f32x4.extractLane(0), ...f64.promote, ...local.get(tail), ...f64.add],
        ...local.set(tail),
      ],
      results: [
        ...flush,
        ...[0, 1].flatMap((half) => [
          ...[...local.get(even.halves[half]), ...local.get(odd.halves[half]), ...f64x2.add],
          ...(half === 0 ? [] : f64x2.add),
        ]),
        ...local.set(even.block),
        ...[...local.get(even.block), ...f64x2.extractLane(0)],
        ...[...local.get(even.block), ...f64x2.extractLane(1), ...f64.add],
        ...[...local.get(tail), ...f64.add],
      ],
    };
  },
};
