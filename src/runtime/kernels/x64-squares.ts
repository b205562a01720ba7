// The sum of squares of reductions.ts in machine code: float64 throughout, the same order, the same bits.
import {
  type Code,
  countedLoop,
  FREE,
  f32,
  f32x8,
  f64,
  f64x2,
  f64x4,
  i64,
  leave,
} from '../../core/x64-code.ts';
import { inBlock, type MachineFunction } from './x64-function.ts';

const [COUNT, POINTER] = FREE;
/** Two of the eight accumulators there, each of two lanes. */
const PAIRS = [0, 1, 2, 3];
const T = 15;

export function emitSumSquares(): MachineFunction {
  const layout = { count: 0, pointers: 8, scalars: 16, results: 16, sums: 1, size: 64 };
  const addSquares = (pair: number): Code => [...f64x4.mul(T, T, T), ...f64x4.add(pair, pair, T)];
  const four = (pair: number): Code => f64x4.promote(T, { base: POINTER, offset: 16 * pair });
  const code = [
    ...PAIRS.flatMap((pair) => f32x8.xor(pair, pair, pair)),
    ...[...i64.load(COUNT, inBlock(layout.count)), ...i64.load(POINTER, inBlock(layout.pointers))],
    ...countedLoop(
      COUNT,
      4 * PAIRS.length,
      [POINTER],
      PAIRS.flatMap((pair) => [...four(pair), ...addSquares(pair)]),
    ),
    // The other lanes are zero, and so is what they add.
    ...countedLoop(
      COUNT,
      1,
      [POINTER],
      [...[...f32.load(T, { base: POINTER, offset: 0 }), ...f64x4.promote(T, T), ...addSquares(0)]],
    ),
    // One accumulator after the other, in the first.
    ...PAIRS.flatMap((pair) => [
      ...f32x8.upper(T, pair),
      ...(pair === 0 ? [] : f64x2.add(0, 0, pair)),
      ...f64x2.add(0, 0, T),
    ]),
    ...[...f64x2.upper(T, 0), ...f64.add(0, 0, T), ...f64.store(inBlock(layout.results), 0)],
    ...leave,
  ];
  return { code, layout, key: 'sum of squares' };
}
