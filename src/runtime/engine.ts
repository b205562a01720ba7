// One model in memory: parameters, gradients and optimizer state as views of one WebAssembly memory, gradients from
// ONNX Runtime, updates from the fused kernel. Everything between "a batch of token ids" and "a step taken".
import { gradients } from '../graph/grad.ts';
import { encodeGraph } from '../graph/onnx/encode.ts';
import { scale } from '../graph/ops/elementwise.ts';
import type { Tensor } from '../graph/tensor.ts';
import type { ModelConfig } from '../model/config.ts';
import { defaultMicroBatch } from '../model/micro-batch.ts';
import { initialize, parameterCount, parameters } from '../model/parameters.ts';
import { transformer } from '../model/transformer.ts';
import { gradientScale } from '../optim/clip.ts';
import { optimizer } from '../optim/registry.ts';
import type { Buffers, OpenSession } from './backend.ts';
import { allocate } from './kernels/memory.ts';
import { compileReductions } from './kernels/reductions.ts';
import { compileUpdate } from './kernels/update.ts';

export interface EngineConfig {
  model: ModelConfig;
  optimizer: { name: string; hyper: Record<string, number> };
  /** Sequences given to the graph at once. */
  microBatch: number;
  /** Threads of ONNX Runtime. */
  threads: number;
}

export interface Engine {
  /** The flat buffer of parameters, in the order of `parameters(model)`. */
  params: Float32Array;
  /** Gradient of the summed (not averaged) sequence losses of the last `gradient` call, in the same order. */
  grads: Float32Array;
  /** Optimizer state by name, in the same order. */
  state: Record<string, Float32Array>;
  /** Fills the parameters with initial values of `seed` and clears the state. */
  initialize(seed: number): void;
  /** Gradient over `count` sequences of seqLen + 1 ids. Returns the mean loss in nats per token. */
  gradient(sequences: Int32Array, count: number): Promise<number>;
  /** Clips the last gradient by its global norm and applies one update. Returns the norm before clipping. */
  update(at: { lr: number; step: number; clip: number | null }): { gradNorm: number; clipped: boolean };
  /** Euclidean norm of the gradient of the mean loss, of the last `gradient` call. */
  gradNorm(): number;
  /** Mean loss over `count` sequences, nothing changed. */
  loss(sequences: Int32Array, count: number): Promise<number>;
  close(): Promise<void>;
}

type Piece = (sequences: Int32Array, from: number) => Promise<number>;

/** Builds the engine; parameters are zero until `initialize` or until the caller fills them. */
export async function createEngine(config: EngineConfig, openSession: OpenSession): Promise<Engine> {
  const { model, microBatch, threads } = config;
  const table = parameters(model);
  const count = parameterCount(model);
  // Buffers start at multiples of 64 bytes, a cache line.
  const stride = Math.ceil((count * 4) / 64) * 64;
  const def = optimizer(config.optimizer.name);
  const stateNames = def.state(config.optimizer.hyper);
  const memory = allocate(stride * (3 + stateNames.length));
  const at = { param: 0, grad: stride, piece: 2 * stride, state: stateNames.map((_, i) => (3 + i) * stride) };
  const view = (offset: number) => new Float32Array(memory.buffer, offset, count);
  const params = view(at.param);
  const grads = view(at.grad);
  const state = Object.fromEntries(stateNames.map((name, i) => [name, view(at.state[i])]));
  const kernel = compileUpdate(def, config.optimizer.hyper, memory);
  const reduce = compileReductions(memory);
  const closers: (() => Promise<void>)[] = [];

  const parts = (flat: Float32Array, prefix: string): Buffers =>
    Object.fromEntries(
      table.map((p) => [
        prefix + p.name,
        { data: flat.subarray(p.offset, p.offset + p.size), shape: p.shape },
      ]),
    );

  /** A graph for `size` sequences: its loss, and with `into` its gradients written there. */
  async function openPiece(size: number, into: Float32Array[]): Promise<Piece[]> {
    const graph = transformer(model, size);
    const outputs: Record<string, Tensor> = { loss: graph.loss };
    if (into.length > 0) {
      // Summed over sequences: pieces of any size then add up without weights.
      const grads = gradients(scale(graph.loss, size), graph.parameters);
      table.forEach((p, i) => (outputs[`grad:${p.name}`] = grads[i]));
    }
    const session = await openSession(encodeGraph(outputs, openSession.lacks), threads);
    closers.push(session.close);
    const positions = size * model.seqLen;
    const ids = new BigInt64Array(positions);
    const targets = new BigInt64Array(positions);
    // Ids are below 2^31, so only the low halves of the int64 values are ever written.
    const [idsLow, targetsLow] = [new Int32Array(ids.buffer), new Int32Array(targets.buffer)];
    const loss = new Float32Array(1);
    const inputs: Buffers = {
      ids: { data: ids, shape: [positions] },
      targets: { data: targets, shape: [positions] },
      ...parts(params, ''),
    };
    const runs = (into.length > 0 ? into : [undefined]).map((flat) =>
      session.bind(inputs, { loss: { data: loss, shape: [] }, ...(flat ? parts(flat, 'grad:') : {}) }),
    );
    return runs.map((run) => async (sequences, from) => {
      const width = model.seqLen + 1;
      for (let s = 0; s < size; s++)
        for (let t = 0; t < model.seqLen; t++) {
          const at = 2 * (t * size + s);
          idsLow[at] = sequences[(from + s) * width + t];
          targetsLow[at] = sequences[(from + s) * width + t + 1];
        }
      await run();
      return loss[0];
    });
  }

  const pieces = new Map<string, Promise<Piece[]>>();
  function piece(size: number, into: Float32Array[]): Promise<Piece[]> {
    const key = `${size}:${into.length}`;
    let opened = pieces.get(key);
    if (!opened) pieces.set(key, (opened = openPiece(size, into)));
    return opened;
  }

  /** Runs `count` sequences in micro-batches (the last may be smaller); returns their mean loss. */
  async function over(sequences: Int32Array, total: number, into: Float32Array[]): Promise<number> {
    if (sequences.length < total * (model.seqLen + 1))
      throw new RangeError(
        `${total} sequences need ${total * (model.seqLen + 1)} ids, not ${sequences.length}`,
      );
    const most = into.length > 0 ? microBatch : defaultMicroBatch(model, total);
    let sum = 0;
    for (let from = 0; from < total; from += most) {
      const size = Math.min(most, total - from);
      const runs = await piece(size, into);
      sum += size * (await runs[from === 0 ? 0 : runs.length - 1](sequences, from));
      if (from > 0 && into.length > 0) reduce.addInto(at.grad, at.piece, count);
    }
    return sum / total;
  }

  let sequencesInGradient = 1;
  // Taken once per gradient: both the check for divergence and the clip ask for it.
  let squares: number | undefined;
  const sumSquares = () => (squares ??= reduce.sumSquares(at.grad, count));
  return {
    params,
    grads,
    state,
    initialize(seed) {
      initialize(model, seed, params);
      for (const buffer of Object.values(state)) buffer.fill(0);
    },
    async gradient(sequences, total) {
      sequencesInGradient = total;
      squares = undefined;
      return over(sequences, total, [grads, view(at.piece)]);
    },
    gradNorm: () => Math.sqrt(sumSquares()) / sequencesInGradient,
    update({ lr, step, clip }) {
      const { gradNorm, factor, gradScale } = gradientScale(sumSquares(), sequencesInGradient, clip);
      kernel.run({ param: at.param, grad: at.grad, state: at.state, count, lr, step, gradScale });
      return { gradNorm, clipped: factor < 1 };
    },
    loss: (sequences, total) => over(sequences, total, []),
    async close() {
      await Promise.all(closers.splice(0).map((close) => close()));
    },
  };
}
