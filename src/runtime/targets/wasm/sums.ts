// Sums of squares that a pass takes on its way. Their terms are not negative.
import { f32x4, f64, f64x2, v128 } from '../../../assembly/wasm/operations.ts';
import { type Tap, UNROLL, WASM_LANES } from '../../passes/tap.ts';

/**
 * Iterations of which terms are added in float32: a block ends with the iteration
 * in which these bits of the count are zero.
 */
const BLOCK = 8;
export const BLOCK_BITS = (BLOCK - 1) * UNROLL * WASM_LANES;

/**
 * A sum, always in the same order: in float32 the terms of a block, 32 to each of eight lanes,
 * then in float64. That costs half of what float64 throughout does, and is good to eight digits;
 * terms must stay between 1e-38 and 1e36.
 */
export const sum: Tap = {
  name: 'sum',
  params: () => [],
  emit(f, { value, count }) {
    const { address } = f;
    // Eight lanes: even vectors and odd ones; of each a lower and an upper half.
    const parts = [0, 1].map(() => ({ block: f.local('v128'), halves: [f.local('v128'), f.local('v128')] }));
    const tail = f.local('f64');
    const flush = () => {
      for (const { block, halves } of parts) {
        halves.forEach((sum, half) => {
          f.set(sum, f64x2.add(f64x2.promoteLow(half ? v128.upper(block) : block), sum));
        });
        f.set(block, v128.const([0, 0, 0, 0]));
      }
    };
    return {
      vector(i) {
        const { block } = parts[i % 2];
        f.set(block, f32x4.add(value, block));
        if (i === UNROLL - 1) f.when(address.eqz(address.and(count, address.const(BLOCK_BITS))), flush);
      },
      single: () => f.set(tail, f64.add(f64.promote(f32x4.extractLane(value, 0)), tail)),
      finish() {
        flush();
        const [even, odd] = parts;
        const [low, high] = [0, 1].map((half) => f64x2.add(even.halves[half], odd.halves[half]));
        const all = even.block;
        f.set(all, f64x2.add(low, high));
        f.result(f64.add(f64.add(f64x2.extractLane(all, 0), f64x2.extractLane(all, 1)), tail));
      },
    };
  },
};
