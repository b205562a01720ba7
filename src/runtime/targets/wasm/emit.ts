// Turns per-coordinate expressions into SIMD passes over flat f32 buffers: new values written in place,
// and what is taken of values on the way.

import {
  type Address,
  type Code,
  countedLoop,
  f32,
  f32x4,
  local,
  type ValueType,
  v128,
} from '../../../assembly/wasm/code.ts';
import type { FunctionSpec } from '../../../assembly/wasm/module.ts';
import type { Instruction } from '../../../optim/expr.ts';
import { type Pass, programOf } from '../../passes/program.ts';
import { LANES, UNROLL } from '../../passes/tap.ts';
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
  const pointer = (name: string) => 1 + pointers.indexOf(name);
  const firstScalar = 1 + pointers.length;

  const spec = (address: Address): FunctionSpec => {
    const params: ValueType[] = [
      address.type,
      ...pointers.map(() => address.type),
      ...scalars.map(() => 'f32' as const),
    ];
    const firsts = taps.map(({ tap }) => params.push(...tap.params(address)) - tap.params(address).length);
    const locals: ValueType[] = [];
    const newLocal = (type: ValueType) => params.length + locals.push(type) - 1;
    const results = instructions.map(() => newLocal('v128'));
    const resultOf = (index: number) => local.get(results[index]);
    const tapped = taps.map(({ tap, of }, k) =>
      tap.emit({
        address,
        count: local.get(0),
        value: resultOf(of),
        parameter: (index) => firsts[k] + index,
        local: newLocal,
      }),
    );

    const compute = (at: Instruction, load: (pointer: number) => Code): Code => {
      const args = at.args.map((arg) => local.get(results[arg]));
      switch (at.op) {
        case 'const':
          return [...f32.const(at.value!), ...f32x4.splat];
        case 'scalar':
          return [...local.get(firstScalar + scalars.indexOf(at.name!)), ...f32x4.splat];
        case 'buffer':
          return load(pointer(at.name!));
        case 'select': {
          const [mask, yes, no] = args;
          return [...yes, ...no, ...mask, ...v128.bitselect];
        }
        case 'sign':
        case 'nonzero':
          throw new Error(`a plain program has no ${at.op}`);
        default:
          return [...args.flat(), ...f32x4[at.op]];
      }
    };
    const block = (uniform: boolean, load: (pointer: number) => Code): Code =>
      instructions.flatMap((at, index) =>
        at.uniform === uniform ? [...compute(at, load), ...local.set(results[index])] : [],
      );
    const step = (load: (pointer: number) => Code, store: Code): Code => [
      ...block(false, load),
      ...buffers.flatMap((name, k) => [...local.get(pointer(name)), ...resultOf(outputs[k]), ...store]),
    ];

    const vectors = Array.from({ length: UNROLL }, (_, i) => [
      ...step((p) => [...local.get(p), ...v128.load(16 * i)], v128.store(16 * i)),
      ...tapped.flatMap((tap) => tap.vector(i)),
    ]).flat();
    // The tail does the same vector arithmetic for one coordinate at a time. So
    // a coordinate gets the same bits wherever it lies in a vector or in a part of the range.
    const single = [
      ...step((p) => [...local.get(p), ...v128.load32()], v128.store32()),
      ...tapped.flatMap((tap) => tap.single),
    ];
    const all = pointers.map((_, k) => 1 + k);
    const body = [
      ...block(true, () => []),
      ...tapped.flatMap(({ setup = [] }) => setup),
      ...countedLoop(address, 0, UNROLL * LANES, all, vectors),
      ...countedLoop(address, 0, 1, all, single),
      ...tapped.flatMap((tap) => tap.results),
    ];
    return { name: 'run', params, results: taps.flatMap(({ tap }) => tap.results), locals, body };
  };

  return {
    pointers,
    scalars,
    key: JSON.stringify([taps.map(({ tap }) => tap.name), key]),
    spec,
  };
}
