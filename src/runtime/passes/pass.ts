// A compiled pass, and what it is run on.
import { instantiate } from '../../assembly/wasm/module.ts';
import type { MachineCode } from '../backend.ts';
import { emitPass } from '../targets/wasm/emit.ts';
import { emitMachinePass } from '../targets/x64/passes/emit.ts';
import { linkFunction } from '../targets/x64/passes/function.ts';
import type { Pass } from './program.ts';

/** Elements from `offset` on. */
export interface Slice {
  offset: number;
  size: number;
}
/** Scalars, or addresses of buffers, by name. */
export type NamedNumbers = Record<string, number>;
/** Runs a pass over a range; `more` are the parameters of what is taken of sizes. */
export type RunPass = (
  at: NamedNumbers,
  range: Slice,
  scalars: NamedNumbers,
  more?: readonly number[],
) => number[];

/** What kernels work in. */
export interface BufferPlace {
  memory: WebAssembly.Memory;
  /** Without it, or where a pass cannot be written in it, passes are WebAssembly: the same bits. */
  machineCode?: MachineCode;
}

export const compilePass = (pass: Pass, place: BufferPlace): RunPass =>
  inMachineCode(pass, place) ?? inWebAssembly(pass, place);

function inWebAssembly(pass: Pass, { memory }: BufferPlace): RunPass {
  const { pointers, scalars: names, key, spec } = emitPass(pass);
  const { run } = instantiate(memory, key, (address) => [spec(address)]);
  return (at, { offset, size }, scalars, more = []) => {
    // Called for every tensor: a list that grows is cheaper than one made of lists.
    const args = [size];
    for (const name of pointers) args.push(at[name] + 4 * offset);
    for (const name of names) args.push(scalars[name]);
    for (const value of more) args.push(value);
    const result = run(...args) as number | number[] | undefined;
    return Array.isArray(result) ? result : [result ?? 0];
  };
}

function inMachineCode(pass: Pass, place: BufferPlace): RunPass | undefined {
  const emitted = place.machineCode && emitMachinePass(pass, place.machineCode.convention);
  if (!emitted) return undefined;
  const { pointers, scalars: names, layout } = emitted;
  const { floats, results, call } = linkFunction(emitted, place.memory, place.machineCode!);
  const offsets: number[] = new Array(pointers.length);
  return (at, { offset, size }, scalars) => {
    for (let k = 0; k < pointers.length; k++) offsets[k] = at[pointers[k]] + 4 * offset;
    for (let k = 0; k < names.length; k++) floats[layout.scalars / 4 + k] = scalars[names[k]];
    call(offsets, size);
    return [...results];
  };
}
