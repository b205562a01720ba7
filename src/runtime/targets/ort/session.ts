// A session of ONNX Runtime through its C API, on buffers that exist beforehand:
// they are bound once, and a run is then one foreign call that copies and allocates nothing.
import { setImmediate } from 'node:timers/promises';
import { YIELD_MS } from '../../../core/yield.ts';
import type { Backend, Buffer, Buffers } from '../../backend.ts';
import koffi from '../../ffi.ts';
import { type CustomKernels, createDomain } from './custom-op.ts';
import { made, ortLibrary } from './library.ts';

/** Values of the C API's enumerations. */
export const ELEMENT = { float32: 1, int64: 7 };
const ARENA_ALLOCATOR = 1;
export const MEM_TYPE_DEFAULT = 0;
const SEQUENTIAL = 0;
const OPTIMIZE_BASIC = 1;
const LOG_ERRORS = 3;

let yielded = performance.now();

const entries = {
  // Masked attention scores become denormal probabilities, on which processors are 100 times slower:
  // flush them to zero.
  'session.set_denormal_as_zero': '1',
  // Threads that wait for work in a loop take the processor from other runs: on a busy
  // machine twice the time of a step.
  'session.intra_op.allow_spinning': '0',
};

/**
 * A session's handle; `provide` adds to its options: devices it may use beside the CPU,
 * operations it may find in the graph.
 */
export function createSession(
  model: Uint8Array,
  threads: number,
  provide?: (options: bigint) => void,
): bigint {
  const { api, env } = ortLibrary();
  const options = made((out) => api.CreateSessionOptions(out));
  try {
    api.SetSessionExecutionMode(options, SEQUENTIAL);
    api.SetIntraOpNumThreads(options, threads);
    api.SetInterOpNumThreads(options, 1);
    // The graph is already fused where it matters; further rewriting only costs start-up (see docs/log.md).
    api.SetSessionGraphOptimizationLevel(options, OPTIMIZE_BASIC);
    api.SetSessionLogSeverityLevel(options, LOG_ERRORS);
    // A plan of all buffers at once holds more memory than the arena's reuse, and is no faster.
    api.DisableMemPattern(options);
    for (const [key, value] of Object.entries(entries)) api.AddSessionConfigEntry(options, key, value);
    provide?.(options);
    return made((out) => api.CreateSessionFromArray(env, model, model.byteLength, options, out));
  } finally {
    api.ReleaseSessionOptions(options);
  }
}

/** Lets the event loop have its turn when it has not had one for long. */
export async function yieldNow(): Promise<void> {
  const now = performance.now();
  if (now - yielded < YIELD_MS) return;
  await setImmediate();
  yielded = performance.now();
}

/** Sessions for the CPU; `configure` may add to their options. */
export const sessionsWith =
  (configure?: (options: bigint) => void): Backend['open'] =>
  async (model, threads, kernels) => {
    const { api } = ortLibrary();
    const domain = kernels && createDomain((kernels as CustomKernels).used);
    const release = () => domain && api.ReleaseCustomOpDomain(domain);
    let session: bigint;
    try {
      session = createSession(model, threads, (options) => {
        if (domain) api.AddCustomOpDomain(options, domain);
        configure?.(options);
      });
    } catch (error) {
      release();
      throw error;
    }
    const bindings: Binding[] = [];
    let open = true;
    const ifOpen = () => {
      if (!open) throw new Error('the session is closed');
    };
    return {
      bind(inputs, outputs) {
        ifOpen();
        const binding = bindAll(session, inputs, outputs);
        bindings.push(binding);
        return async () => {
          ifOpen();
          if (binding.memories.some((memory) => memory.detached))
            throw new Error('a bound buffer was given away (transferred, or its memory has grown)');
          api.RunWithBinding(session, null, binding.handle);
          await yieldNow();
        };
      },
      async close() {
        if (!open) return;
        open = false;
        for (const binding of bindings.splice(0)) binding.release();
        api.ReleaseSession(session);
        release();
      },
    };
  };

/** Loads ONNX bytes for the CPU; `threads` work inside one operation. */
export const openSession: Backend['open'] = sessionsWith();

interface Binding {
  handle: bigint;
  /** The memory behind the bound addresses: kept alive, and watched. */
  memories: ArrayBuffer[];
  release(): void;
}

function bindAll(session: bigint, inputs: Buffers, outputs: Buffers): Binding {
  const { api } = ortLibrary();
  const handle = made((out) => api.CreateIoBinding(session, out));
  const values: bigint[] = [];
  const release = () => {
    api.ReleaseIoBinding(handle);
    for (const value of values.splice(0)) api.ReleaseValue(value);
  };
  try {
    for (const [buffers, bind] of [
      [inputs, api.BindInput],
      [outputs, api.BindOutput],
    ] as const)
      for (const [name, buffer] of Object.entries(buffers)) {
        const value = cpuTensor(buffer);
        values.push(value);
        bind(handle, name, value);
      }
  } catch (error) {
    release();
    throw error;
  }
  const all = [...Object.values(inputs), ...Object.values(outputs)];
  return { handle, memories: [...new Set(all.map(({ data }) => data.buffer as ArrayBuffer))], release };
}

let memoryInfo: bigint | undefined;

/** An OrtValue on the memory of `buffer` itself. */
export function cpuTensor({ data, shape }: Buffer): bigint {
  const { api } = ortLibrary();
  memoryInfo ??= made((out) => api.CreateCpuMemoryInfo(ARENA_ALLOCATOR, MEM_TYPE_DEFAULT, out));
  const info = memoryInfo;
  // Asking for the address moves the few bytes that V8 keeps inside the object of a small
  // array to memory of their own, which stays where it is until it is given away or collected.
  const address = koffi.address(data);
  const dims = BigInt64Array.from(shape, BigInt);
  const type = data instanceof Float32Array ? ELEMENT.float32 : ELEMENT.int64;
  return made((out) =>
    api.CreateTensorWithDataAsOrtValue(info, address, data.byteLength, dims, dims.length, type, out),
  );
}
