// How functions of machine code are called: they share a block of memory with the caller,
// whose address is their only argument.
import { type At, rdi } from '../../../../assembly/x64/operands.ts';
import type { MachineCode } from '../../../backend.ts';

/** Where in the block things are, in bytes. */
export interface Layout {
  /** How many elements there are, and addresses of buffers, 64 bits each. */
  count: number;
  pointers: number;
  /** float32. */
  scalars: number;
  /** float64, as many as `sums`. */
  results: number;
  sums: number;
  size: number;
}

export interface MachineFunction {
  code: Uint8Array;
  layout: Layout;
  /** Equal for functions of the same code. */
  key: string;
}

/** At an offset in the block. */
export const inBlock = (offset: number): At => ({ base: rdi, offset });

const linked = new Map<string, (argument: number) => void>();

export function linkFunction(
  { code, layout, key }: MachineFunction,
  memory: WebAssembly.Memory,
  machineCode: MachineCode,
) {
  let run = linked.get(key);
  if (!run) linked.set(key, (run = machineCode.link(code)));
  const start = run;
  const block = blockOf(layout, machineCode);
  let [buffer, base] = [memory.buffer, machineCode.address(memory.buffer)];
  return {
    floats: block.floats,
    /** What the last call left. */
    results: block.results,
    /** Runs over `size` float32 of buffers at byte offsets; throws where one does not lie in the memory. */
    call(offsets: readonly number[], size: number): void {
      if (memory.buffer !== buffer) [buffer, base] = [memory.buffer, machineCode.address(memory.buffer)];
      block.whole(layout.count, size);
      for (let k = 0; k < offsets.length; k++) {
        // Nothing else would stop it: in WebAssembly the same is a trap.
        if (!(offsets[k] >= 0 && offsets[k] + 4 * size <= buffer.byteLength))
          throw new WebAssembly.RuntimeError('memory access out of bounds');
        block.whole(layout.pointers + 8 * k, base + offsets[k]);
      }
      start(block.address);
    },
  };
}

/** A block at a cache line. */
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
