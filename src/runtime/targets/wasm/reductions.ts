// Sums and norms over flat f32 buffers in a WebAssembly memory. Sums are accumulated in float64,
// always in the same order: accurate to the last bits of a double, and the same
// on every machine (not across different splits).
import {
  type Address,
  type Code,
  countedLoop,
  f32,
  f32x4,
  f64,
  f64x2,
  local,
  v128,
} from '../../../assembly/wasm/code.ts';
import { type FunctionSpec, instantiate } from '../../../assembly/wasm/module.ts';
import type { BufferPlace } from '../../passes/pass.ts';
import { linkFunction } from '../x64/passes/function.ts';
import { emitSumSquares } from '../x64/passes/sum-squares.ts';

export interface Reductions {
  /**
   * Sum of squares of `count` f32 at byte offset `ptr`; non-finite exactly when one of them is. 0 when empty.
   */
  sumSquares(ptr: number, count: number): number;
  /** Sum of products of two buffers. */
  dot(a: number, b: number, count: number): number;
  /** Largest absolute value; NaN when one of them is NaN; 0 when empty. */
  maxAbs(ptr: number, count: number): number;
}

/**
 * Independent accumulators: enough that an addition need not wait for the one before
 * it (latency 3 to 4 cycles).
 */
const ACCUMULATORS = 8;

/**
 * Sum in f64x2 lanes of what `product` leaves from two loads (parameters: `pointers` pointers, then count).
 */
function sum(
  address: Address,
  name: string,
  pointers: number[],
  product: (load: (pointer: number) => Code) => Code,
): FunctionSpec {
  const count = pointers.length;
  const acc = Array.from({ length: ACCUMULATORS }, (_, i) => count + 1 + i);
  const accumulate = (a: number, load: (pointer: number) => Code) => [
    ...local.get(a),
    ...product(load),
    ...f64x2.add,
    ...local.set(a),
  ];
  const promote = (p: number, load: Code): Code => [...local.get(p), ...load, ...f64x2.promoteLow];
  return {
    name,
    params: [...pointers.map(() => address.type), address.type],
    results: ['f64'],
    locals: acc.map(() => 'v128' as const),
    body: [
      ...countedLoop(
        address,
        count,
        2 * ACCUMULATORS,
        pointers,
        acc.flatMap((a, i) => accumulate(a, (p) => promote(p, v128.load64(8 * i)))),
      ),
      ...countedLoop(
        address,
        count,
        1,
        pointers,
        accumulate(acc[0], (p) => promote(p, v128.load32())),
      ),
      ...acc.flatMap((a, i) => [...local.get(a), ...(i > 0 ? f64x2.add : [])]),
      ...[...local.set(acc[0]), ...local.get(acc[0]), ...f64x2.extractLane(0)],
      ...[...local.get(acc[0]), ...f64x2.extractLane(1), ...f64.add],
    ],
  };
}

function square(address: Address): FunctionSpec {
  // Parameters (ptr, count); the value is needed twice, so it goes through the local after the accumulators.
  const value = 2 + ACCUMULATORS;
  const spec = sum(address, 'sumSquares', [0], (load) => [
    ...[...load(0), ...local.set(value)],
    ...[...local.get(value), ...local.get(value), ...f64x2.mul],
  ]);
  return { ...spec, locals: [...spec.locals, 'v128'] };
}

const dot = (address: Address): FunctionSpec =>
  sum(address, 'dot', [0, 1], (load) => [...load(0), ...load(1), ...f64x2.mul]);

function maxAbs(address: Address): FunctionSpec {
  const [ptr, count] = [0, 1];
  const best = Array.from({ length: ACCUMULATORS }, (_, i) => 2 + i);
  const take = (into: number, load: Code): Code => [
    ...[...local.get(into), ...local.get(ptr), ...load],
    ...[...f32x4.abs, ...f32x4.max, ...local.set(into)],
  ];
  const vectors = best.flatMap((into, i) => take(into, v128.load(16 * i)));
  return {
    name: 'maxAbs',
    params: [address.type, address.type],
    results: ['f32'],
    locals: best.map(() => 'v128' as const),
    body: [
      ...countedLoop(address, count, 4 * ACCUMULATORS, [ptr], vectors),
      ...countedLoop(address, count, 1, [ptr], take(best[0], v128.load32())),
      ...best.flatMap((from, i) => [...local.get(from), ...(i > 0 ? f32x4.max : [])]),
      ...local.set(best[0]),
      ...[0, 1, 2, 3].flatMap((i) => [
        ...[...local.get(best[0]), ...f32x4.extractLane(i)],
        ...(i > 0 ? f32.max : []),
      ]),
    ],
  };
}

/** Reductions over a memory (byte offsets are multiples of 4). The code is compiled once. */
export function compileReductions({ memory, machineCode }: BufferPlace): Reductions {
  const reductions = instantiate(memory, 'reductions', (address) =>
    [square, dot, maxAbs].map((emit) => emit(address)),
  ) as unknown as Reductions;
  if (!machineCode) return reductions;
  const { results, call } = linkFunction(emitSumSquares(), memory, machineCode);
  return {
    ...reductions,
    sumSquares(ptr, count) {
      call([ptr], count);
      return results[0];
    },
  };
}
