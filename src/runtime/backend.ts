// What the engine needs of a platform: a way to open a graph and to run it on buffers that exist beforehand.
// Node (targets/host.ts) and the browser each have theirs; the engine itself imports neither.
import type { Convention } from '../assembly/x64/convention.ts';
import type { VectorSet } from '../assembly/x64/vectors.ts';
import { encodeGraph, type NodeKernels } from '../graph/onnx/encode.ts';
import type { Tensor } from '../graph/tensor.ts';

export interface Buffer {
  data: Float32Array | BigInt64Array;
  shape: readonly number[];
}
/** Every input (or output) of a graph by name. */
export type Buffers = Record<string, Buffer>;

export interface GraphSession {
  /** A function that computes `outputs` from `inputs`, reading and writing those buffers in place. */
  bind(inputs: Buffers, outputs: Buffers): () => Promise<void>;
  close(): Promise<void>;
}

/**
 * The system gives no more memory for machine code, or lets none be executed. From
 * then on kernels are made without.
 */
export class MachineCodeError extends Error {
  override name = 'MachineCodeError';
}

/** Functions in instructions of the processor: of one argument, an address in this process. */
export interface MachineCode {
  /** Instruction sets that this processor has and GAPLAB_KERNELS allows, the best first. */
  sets: readonly VectorSet[];
  /** The one that kernels of graph nodes are written in; undefined where ONNX Runtime is to compute them. */
  nodes?: VectorSet;
  /** How functions are called here. */
  convention: Convention;
  /** The address of `code`, for x64 with AVX2, made executable. It stays until the process ends. */
  place(code: Uint8Array): number;
  /** `code` for x64 with AVX2, called as `convention` has it. It stays until the process ends. */
  link(code: Uint8Array): (argument: number) => void;
  /** Where the memory begins; it stays there until it grows. */
  address(memory: ArrayBufferLike): number;
}

/** Operations that the backend can do in one, and collects for the session that will. */
export interface GraphKernels {
  of: NodeKernels;
}

/** What computes graphs, and what updates are compiled for. */
export interface Backend {
  /** Loads ONNX bytes; `threads` work inside one operation. */
  open(model: Uint8Array, threads: number, kernels?: GraphKernels): Promise<GraphSession>;
  /** Kernels of its own for nodes of a graph: one graph's. Undefined where it has none. */
  kernels?(threads: number): GraphKernels | undefined;
  /**
   * ONNX node types that this backend lacks or gets wrong: graphs for it spell them
   * out (graph/onnx/portable.ts).
   */
  lacks?: readonly string[];
  /** Where the processor's own instructions can be had: passes are written in them, else in WebAssembly. */
  machineCode?(): MachineCode | undefined;
}

/**
 * Nodes that ONNX Runtime (1.30) gets wrong on several threads: ScatterND adds rows of one index
 * at the same time and loses some of them (measured: a gradient of the head 9% off, another one each run).
 * ScatterElements works on one thread.
 */
const RACES = ['ScatterND'];

/** A session for the named tensors. With `inOrder`, as in `encodeGraph`. */
export async function openGraph(
  backend: Backend,
  outputs: Record<string, Tensor>,
  threads: number,
  {
    inOrder = false,
    kernels = backend.kernels?.(threads),
  }: { inOrder?: boolean; kernels?: GraphKernels } = {},
): Promise<GraphSession> {
  const model = encodeGraph(outputs, { lacks: lacksOf(backend, threads), inOrder, kernels: kernels?.of });
  return backend.open(model, threads, kernels);
}

/** Node types to be spelled out in others for sessions with so many threads. */
const lacksOf = (backend: Backend, threads: number): readonly string[] => [
  ...(backend.lacks ?? []),
  ...(threads > 1 ? RACES : []),
];
