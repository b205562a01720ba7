// Turns per-coordinate expressions into SIMD passes over flat f32 buffers: new values written in place,
// and what is taken of values on the way.

import { FunctionBuilder, type FunctionSpec } from '../../../assembly/wasm/function.ts';
import { type Address, f32, f32x4, type Vector, v128 } from '../../../assembly/wasm/operations.ts';
import type { Instruction } from '../../../optim/expr.ts';
import { type Pass, programOf } from '../../passes/program.ts';
import { UNROLL, WASM_LANES } from '../../passes/tap.ts';
import { bracket } from './bracket.ts';
import { histogram } from './histogram.ts';
import { sum } from './sums.ts';

/** The compiled shape of a pass: parameters are (count, one byte offset per pointer, one f32 per scalar). */
export interface EmittedPass {
  /** The function for pointers of a width. */
  spec(address: Address): FunctionSpec;
  pointers: string[];
  scalars: string[];
  /** Equal for passes that compile to the same code. */
  key: string;
}

/** Emits the pass as an exported function `run`. */
export function emitPass(pass: Pass): EmittedPass {
  const { buffers, values, histogram: counted, bracket: put } = pass;
  const sizes = [
    ...(counted ? [{ tap: histogram, value: counted }] : []),
    ...(put ? [{ tap: bracket, value: put }] : []),
  ];
  const program = programOf(pass, { more: sizes.map(({ value }) => value), plain: true });
  const { instructions, outputs, pointers, scalars, key } = program;
  const taps = [
    ...program.squares.map((of) => ({ tap: sum, of })),
    ...sizes.map(({ tap }, k) => ({ tap, of: outputs[values.length + k] })),
  ];
  const spec = (address: Address): FunctionSpec => {
    const f = new FunctionBuilder(address);
    const count = f.parameter(address.type);
    const pointer = byName(pointers, () => f.parameter(address.type));
    const scalar = byName(scalars, () => f.parameter('f32'));
    const parameters = taps.map(({ tap }) => tap.params(address).map((type) => f.parameter(type)));
    const results = instructions.map(() => f.local('v128'));
    const tapped = taps.map(({ tap, of }, k) =>
      tap.emit(f, { count, value: results[of], parameters: parameters[k] }),
    );

    const compute = (at: Instruction, load: (name: string) => Vector): Vector => {
      const args = at.args.map((arg) => results[arg]);
      switch (at.op) {
        case 'const':
          return f32x4.splat(f32.const(at.value!));
        case 'scalar':
          return f32x4.splat(scalar[at.name!]);
        case 'buffer':
          return load(at.name!);
        case 'select': {
          const [mask, yes, no] = args;
          return v128.bitselect(yes, no, mask);
        }
        case 'sign':
        case 'nonzero':
          throw new Error(`a plain program has no ${at.op}`);
        default:
          return (f32x4[at.op] as (...args: Vector[]) => Vector)(...args);
      }
    };
    const block = (uniform: boolean, load: (name: string) => Vector) =>
      instructions.forEach((at, index) => {
        if (at.uniform === uniform) f.set(results[index], compute(at, load));
      });
    const step = (load: (name: string) => Vector, store: (name: string, value: Vector) => void) => {
      block(false, load);
      buffers.forEach((name, k) => {
        store(name, results[outputs[k]]);
      });
    };

    block(true, () => {
      throw new Error('a value that is the same for all coordinates has no buffer');
    });
    for (const tap of tapped) tap.setup?.();
    const walking = Object.values(pointer);
    f.countedLoop(count, UNROLL * WASM_LANES, walking, () => {
      for (let i = 0; i < UNROLL; i++) {
        step(
          (name) => v128.load(pointer[name], 16 * i),
          (name, value) => f.store(pointer[name], value, 16 * i),
        );
        for (const tap of tapped) tap.vector(i);
      }
    });
    // The tail does the same vector arithmetic for one coordinate at a time. So
    // a coordinate gets the same bits wherever it lies in a vector or in a part of the range.
    f.countedLoop(count, 1, walking, () => {
      step(
        (name) => v128.load32(pointer[name]),
        (name, value) => f.storeLane(pointer[name], value),
      );
      for (const tap of tapped) tap.single();
    });
    for (const tap of tapped) tap.finish();
    return f.finish('run');
  };

  return {
    pointers,
    scalars,
    key: JSON.stringify([taps.map(({ tap }) => tap.name), key]),
    spec,
  };
}

const byName = <T>(names: readonly string[], make: () => T): Record<string, T> =>
  Object.fromEntries(names.map((name) => [name, make()]));
