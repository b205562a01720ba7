// What the engine for devices needs of one: tensors that stay in its memory, and graphs
// that read and write them.
import type { Shape } from '../../../graph/tensor.ts';
import type { Buffer } from '../../backend.ts';

export const deviceNames = ['cpu', 'webgpu'] as const;
export type DeviceName = (typeof deviceNames)[number];

/** A float32 tensor in a device's memory; its first contents are arbitrary. */
export interface DeviceTensor {
  readonly shape: Shape;
  /** Tells it from others of the same device. */
  readonly id: number;
  /** The backend's own. */
  readonly handle: unknown;
}

/** Inputs or outputs of a graph by name: on the device, or in host memory (then copied by each run). */
export type Bound = Record<string, DeviceTensor | Buffer>;

export interface DeviceSession {
  /** A function that computes `outputs` from `inputs`. No tensor may be both. */
  bind(inputs: Bound, outputs: Bound): () => void;
}

export interface Device {
  readonly name: DeviceName;
  /** ONNX node types that it lacks or gets wrong (graph/onnx/portable.ts). */
  readonly lacks: readonly string[];
  tensor(shape: Shape): DeviceTensor;
  /** Copies from and to the host, all elements in row-major order. */
  write(from: Float32Array, to: DeviceTensor): void;
  read(from: DeviceTensor, to: Float32Array): void;
  open(model: Uint8Array): DeviceSession;
  /** Bytes of all tensors. */
  bytes(): number;
  /** Lets the event loop have its turn, after long work. */
  turn(): Promise<void>;
  /** Releases all tensors and sessions. */
  close(): void;
}
