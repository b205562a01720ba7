// A compiled pass, and what it is run on.
import { instantiate } from '../../core/wasm-module.ts';
import type { MachineCode } from '../backend.ts';
import { emitPass } from './emit.ts';
import type { Pass } from './program.ts';
import { emitMachinePass, type Layout } from './x64.ts';

/** Elements from `offset` on. */
export interface Range {
  offset: number;
  size: number;
}
/** Scalars, or addresses of buffers, by name. */
export type Values = Record<string, number>;
/** Runs a pass over a range; `more` are the parameters of what is taken of sizes. */
export type RunPass = (at: Values, range: Range, scalars: Values, more?: readonly number[]) => number[];

/** What kernels work in. */
export interface Place {
  memory: WebAssembly.Memory;
  /** Without it, or where a pass cannot be written in it, passes are WebAssembly: the same bits. */
  machineCode?: MachineCode;
}

export const compilePass = (pass: Pass, place: Place): RunPass =>
  inMachineCode(pass, place) ?? inWebAssembly(pass, place);

function inWebAssembly(pass: Pass, { memory }: Place): RunPass {
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

const linked = new Map<string, (argument: number) => void>();

function inMachineCode(pass: Pass, { memory, machineCode }: Place): RunPass | undefined {
  const emitted = machineCode && emitMachinePass(pass);
  if (!emitted) return undefined;
  const { pointers, scalars: names, constants, layout } = emitted;
  let run = linked.get(emitted.key);
  if (!run) linked.set(emitted.key, (run = machineCode.link(Uint8Array.from(emitted.code))));
  const call = run;
  const block = blockOf(layout, machineCode);
  block.floats.set(constants, layout.scalars / 4 + names.length);
  let [buffer, base] = [memory.buffer, machineCode.address(memory.buffer)];
  return (at, { offset, size }, scalars) => {
    if (memory.buffer !== buffer) [buffer, base] = [memory.buffer, machineCode.address(memory.buffer)];
    block.whole(layout.count, size);
    for (let k = 0; k < pointers.length; k++) {
      const first = at[pointers[k]] + 4 * offset;
      // Nothing else would stop it: in WebAssembly the same is a trap.
      if (!(first >= 0 && first + 4 * size <= buffer.byteLength))
        throw new WebAssembly.RuntimeError('memory access out of bounds');
      block.whole(layout.pointers + 8 * k, base + first);
    }
    for (let k = 0; k < names.length; k++) block.floats[layout.scalars / 4 + k] = scalars[names[k]];
    call(block.address);
    return [...block.results];
  };
}

/** What function and caller share, at a cache line. */
function blockOf(layout: Layout, machineCode: MachineCode) {
  const memory = new ArrayBuffer(layout.size + LINE);
  const skipped = -machineCode.address(memory) & (LINE - 1);
  const words = new Uint32Array(memory, skipped, layout.size >> 2);
  return {
    address: machineCode.address(memory) + skipped,
    floats: new Float32Array(memory, skipped, layout.size >> 2),
    results: new Float64Array(memory, skipped + layout.results, layout.sums),
    /** Writes a whole number below 2^53 as 64 bits. */
    whole(at: number, value: number) {
      words[at / 4] = value;
      words[at / 4 + 1] = value / 2 ** 32;
    },
  };
}

const LINE = 64;
