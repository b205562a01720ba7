// Sums and norms over flat f32 buffers in a WebAssembly memory. Sums are accumulated in float64,
// always in the same order: accurate to the last bits of a double, and the same
// on every machine (not across different splits).
import { FunctionBuilder, type FunctionSpec, type Local } from '../../../assembly/wasm/function.ts';
import { instantiate } from '../../../assembly/wasm/module.ts';
import {
  type Address,
  f32,
  f32x4,
  f64,
  f64x2,
  type Int,
  type Vector,
  v128,
} from '../../../assembly/wasm/operations.ts';
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

/** A function that adds up, in float64, the products of what its first parameters point to. */
function sum(
  address: Address,
  name: string,
  pointers: number,
  productIn: (f: FunctionBuilder) => (...factors: Vector[]) => Vector,
): FunctionSpec {
  const f = new FunctionBuilder(address);
  const from = Array.from({ length: pointers }, () => f.parameter(address.type));
  const count = f.parameter(address.type);
  const sums = Array.from({ length: ACCUMULATORS }, () => f.local('v128'));
  const product = productIn(f);
  const accumulate = (sum: Local<'v128'>, load: (pointer: Int) => Vector) =>
    f.set(sum, f64x2.add(sum, product(...from.map((pointer) => f64x2.promoteLow(load(pointer))))));
  f.countedLoop(count, 2 * ACCUMULATORS, from, () => {
    sums.forEach((sum, i) => {
      accumulate(sum, (pointer) => v128.load64(pointer, 8 * i));
    });
  });
  const [all] = sums;
  f.countedLoop(count, 1, from, () => accumulate(all, (pointer) => v128.load32(pointer)));
  f.set(all, joined(sums, f64x2.add));
  f.result(f64.add(f64x2.extractLane(all, 0), f64x2.extractLane(all, 1)));
  return f.finish(name);
}

const joined = (values: readonly Vector[], join: (a: Vector, b: Vector) => Vector): Vector =>
  values.reduce((a, b) => join(a, b));

const square = (address: Address): FunctionSpec =>
  sum(address, 'sumSquares', 1, (f) => {
    const factor = f.local('v128');
    return (x) => {
      f.set(factor, x);
      return f64x2.mul(factor, factor);
    };
  });

const dot = (address: Address): FunctionSpec => sum(address, 'dot', 2, () => (x, y) => f64x2.mul(x, y));

function maxAbs(address: Address): FunctionSpec {
  const f = new FunctionBuilder(address);
  const [pointer, count] = [f.parameter(address.type), f.parameter(address.type)];
  const largest = Array.from({ length: ACCUMULATORS }, () => f.local('v128'));
  const take = (into: Local<'v128'>, value: Vector) => f.set(into, f32x4.max(into, f32x4.abs(value)));
  f.countedLoop(count, 4 * ACCUMULATORS, [pointer], () => {
    largest.forEach((into, i) => {
      take(into, v128.load(pointer, 16 * i));
    });
  });
  const [all] = largest;
  f.countedLoop(count, 1, [pointer], () => take(all, v128.load32(pointer)));
  f.set(all, joined(largest, f32x4.max));
  f.result([0, 1, 2, 3].map((lane) => f32x4.extractLane(all, lane)).reduce((a, b) => f32.max(a, b)));
  return f.finish('maxAbs');
}

/** Reductions over a memory (byte offsets are multiples of 4). The code is compiled once. */
export function compileReductions({ memory, machineCode }: BufferPlace): Reductions {
  const reductions = instantiate(memory, 'reductions', (address) =>
    [square, dot, maxAbs].map((emit) => emit(address)),
  ) as unknown as Reductions;
  if (!machineCode) return reductions;
  const { results, call } = linkFunction(emitSumSquares(machineCode.convention), memory, machineCode);
  return {
    ...reductions,
    sumSquares(ptr, count) {
      call([ptr], count);
      return results[0];
    },
  };
}
