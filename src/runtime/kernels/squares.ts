// Sums of squares that a pass takes on its way.

import { type Code, f32x4, f64, f64x2, local, v128, when } from '../../core/wasm-code.ts';
import { LANES, type Tap, UNROLL } from './tap.ts';

/** Iterations of which squares are added in float32. */
const BLOCK = 4;

/**
 * Sum of squares, always in the same order: in float32 those of a block, 32 to a lane, then in float64. That costs half of
 * what float64 throughout does, and is good to eight digits; squares must stay between 1e-38 and 1e36.
 */
export const squareSum: Tap = {
  name: 'squares',
  params: () => [],
  results: ['f64'],
  emit({ address, value, count, local: newLocal }) {
    const block = newLocal('v128');
    const halves = [newLocal('v128'), newLocal('v128')];
    const [tail, one] = [newLocal('f64'), newLocal('f64')];
    const of = local.get(block);
    const flush = halves.flatMap((sum, half) => [
      ...[...of, ...(half ? [...of, ...v128.upper] : []), ...f64x2.promoteLow],
      ...[...local.get(sum), ...f64x2.add, ...local.set(sum)],
    ]);
    const blockEnds: Code = [
      ...[...count, ...address.const((BLOCK - 1) * UNROLL * LANES), ...address.and, ...address.eqz],
    ];
    const zero = [...v128.const([0, 0, 0, 0]), ...local.set(block)];
    return {
      vector: (i): Code => [
        ...[...value, ...value, ...f32x4.mul, ...of, ...f32x4.add, ...local.set(block)],
        ...(i < UNROLL - 1 ? [] : [...blockEnds, ...when([...flush, ...zero])]),
      ],
      single: [
        ...[...value, ...f32x4.extractLane(0), ...f64.promote, ...local.set(one)],
        ...[...local.get(one), ...local.get(one), ...f64.mul, ...local.get(tail), ...f64.add],
        ...local.set(tail),
      ],
      results: [
        ...flush,
        ...[...local.get(halves[0]), ...local.get(halves[1]), ...f64x2.add, ...local.set(block)],
        ...[...of, ...f64x2.extractLane(0), ...of, ...f64x2.extractLane(1), ...f64.add],
        ...[...local.get(tail), ...f64.add],
      ],
    };
  },
};
