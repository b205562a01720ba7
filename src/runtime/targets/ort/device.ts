// Devices through ONNX Runtime's execution providers: tensors from the provider's allocator,
// runs that leave them there.
import { UserError } from '../../../core/errors.ts';
import { encodeGraph } from '../../../graph/onnx/encode.ts';
import { input } from '../../../graph/ops/source.ts';
import { type Shape, sizeOf } from '../../../graph/tensor.ts';
import type { Buffer } from '../../backend.ts';
import type { Bound, Device, DeviceName, DeviceSession, DeviceTensor } from '../gpu/device.ts';
import { cStrings, made, ortLibrary } from './library.ts';
import { cpuTensor, createSession, ELEMENT, MEM_TYPE_DEFAULT, yieldNow } from './session.ts';

/** A device that cannot be opened: why, and what to do about it. */
export class NoDeviceError extends UserError {
  readonly reason: string;
  readonly help: string;
  constructor(device: DeviceName, reason: string, help: string) {
    super(`device ${device} cannot be opened: ${reason}; ${help}`);
    this.reason = reason;
    this.help = help;
  }
}

interface Provider {
  /** Name of its memory. */
  memory: string;
  lacks: readonly string[];
  provide?(options: bigint): void;
  /** What to do when it cannot be had. */
  help: string;
}

const providers: Record<DeviceName, Provider> = {
  // The same path without a device: what the others are tested against.
  cpu: { memory: 'Cpu', lacks: [], help: '' },
  webgpu: {
    memory: 'WebGPU_Buf',
    lacks: ['FusedMatMul', 'LayerNormalization', 'SimplifiedLayerNormalization'],
    provide(options) {
      // Compiled kernels outlive the session: the next run of a study does not compile them again.
      const [keys, values] = [cStrings(['preserveDevice']), cStrings(['1'])];
      ortLibrary().api.SessionOptionsAppendExecutionProvider(
        options,
        'WebGPU',
        keys.pointers,
        values.pointers,
        1,
      );
    },
    help: 'it needs a graphics card with its driver, on Linux also the Vulkan loader (Debian package libvulkan1)',
  },
};

/** Opens a device. Throws UserError, with what is missing, when there is none. */
export function openDevice(name: DeviceName): Device {
  const { api } = ortLibrary();
  const { memory, lacks, provide, help } = providers[name];
  const sessions: bigint[] = [];
  const owner = { values: [] as bigint[], open: true };
  let bytes = 0;
  const session = (model: Uint8Array): bigint => {
    const handle = createSession(model, 1, provide);
    sessions.push(handle);
    return handle;
  };
  const { info, allocator } = (() => {
    try {
      // An allocator belongs to a session.
      const first = session(encodeGraph({ y: input('x', [1]) }));
      const found = made((out) => api.CreateMemoryInfo(memory, 0, 0, MEM_TYPE_DEFAULT, out));
      return { info: found, allocator: made((out) => api.CreateAllocator(first, found, out)) };
    } catch (error) {
      for (const handle of sessions) api.ReleaseSession(handle);
      throw new NoDeviceError(name, reasonOf(error as Error), help);
    }
  })();

  // Copies are runs, too: of a graph with one node, one graph for each shape.
  const copies = new Map<string, bigint>();
  function copy(from: DeviceTensor | Buffer, to: DeviceTensor | Buffer, shape: Shape): void {
    const key = shape.join();
    let handle = copies.get(key);
    if (handle === undefined) copies.set(key, (handle = session(encodeGraph({ to: input('from', shape) }))));
    const run = { values: [] as bigint[], open: owner.open };
    try {
      bindRun(handle, { from }, { to }, run)();
    } finally {
      for (const value of run.values) api.ReleaseValue(value);
    }
  }

  return {
    name,
    lacks,
    tensor(shape): DeviceTensor {
      const dims = BigInt64Array.from(shape, BigInt);
      const handle = made((out) =>
        api.CreateTensorAsOrtValue(allocator, dims, dims.length, ELEMENT.float32, out),
      );
      owner.values.push(handle);
      bytes += 4 * sizeOf(shape);
      return { shape, id: owner.values.length, handle };
    },
    write: (from, to) => copy({ data: from, shape: to.shape }, to, to.shape),
    read: (from, to) => copy(from, { data: to, shape: from.shape }, from.shape),
    open(model): DeviceSession {
      const handle = session(model);
      return { bind: (inputs, outputs) => bindRun(handle, inputs, outputs, owner) };
    },
    bytes: () => bytes,
    turn: yieldNow,
    close() {
      if (!owner.open) return;
      owner.open = false;
      for (const handle of owner.values.splice(0)) api.ReleaseValue(handle);
      api.ReleaseAllocator(allocator);
      api.ReleaseMemoryInfo(info);
      for (const handle of sessions.splice(0)) api.ReleaseSession(handle);
    },
  };
}

/** The last part of ONNX Runtime's message, without the place in its source. */
function reasonOf({ message }: Error): string {
  const [line] = message.split('\n');
  return line.replace(/^.*was false\. /, '').replace(/^\[ONNXRuntimeError\] : \d+ : \w+ : /, '');
}

/** Unlike a binding, a plain run copies host inputs anew each time. */
function bindRun(
  session: bigint,
  inputs: Bound,
  outputs: Bound,
  owner: { values: bigint[]; open: boolean },
): () => void {
  const { api } = ortLibrary();
  // The memory behind the addresses: kept alive, and watched.
  const memories: ArrayBufferLike[] = [];
  const handles = (bound: Bound) =>
    BigUint64Array.from(Object.values(bound), (one) => {
      if ('handle' in one) return one.handle as bigint;
      const value = cpuTensor(one);
      owner.values.push(value);
      memories.push(one.data.buffer);
      return value;
    });
  const names = [cStrings(Object.keys(inputs)), cStrings(Object.keys(outputs))];
  const [ins, outs] = [handles(inputs), handles(outputs)];
  return () => {
    if (!owner.open) throw new Error('the device is closed');
    if (memories.some((memory) => 'detached' in memory && memory.detached))
      throw new Error('a bound buffer was given away (transferred, or its memory has grown)');
    api.Run(session, null, names[0].pointers, ins, ins.length, names[1].pointers, outs.length, outs);
  };
}
