// One model in memory: parameters, gradients and optimizer state as views of one
// WebAssembly memory, gradients from ONNX Runtime, updates from the fused kernel.
// Everything between "a batch of token ids" and "a step taken".
import type { ModelConfig } from '../model/config.ts';
import { exampleWidth } from '../model/objectives/registry.ts';
import { initialize, modelTensors, parameterCount, parameters } from '../model/parameters.ts';
import { gradientScale } from '../optim/clip.ts';
import { optimizer } from '../optim/registry.ts';
import { tensorsOf } from '../optim/rule.ts';
import type { Backend } from './backend.ts';
import { allocate } from './passes/memory.ts';
import { compileUpdate, scratchBytes } from './passes/update.ts';
import { createPieces } from './pieces.ts';
import { addMicroBatch, asSum, squaresWanted } from './squares.ts';
import { compileReductions } from './targets/wasm/reductions.ts';

export interface EngineConfig {
  model: ModelConfig;
  optimizer: { name: string; hyper: Record<string, number> };
  /** Sequences given to the graph at once, at most. */
  microBatch: number;
  /** Threads of ONNX Runtime. */
  threads: number;
  /** Keep few activations and compute the others again: the same bits, less memory, a third more time. */
  recompute?: boolean;
}

/**
 * One update. `tokens`: training tokens before the step and of it, which only half-lives
 * in tokens need to know; by default all steps have been like this one.
 */
interface UpdateAt {
  lr: number;
  step: number;
  clip: number | null;
  tokens?: { seen: number; now: number };
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
  /**
   * Gradient over `count` sequences, as the model's objective writes them (seqLen + 1 ids
   * each for a language model). Returns the mean loss in nats per prediction.
   */
  gradient(sequences: Int32Array, count: number): Promise<number>;
  /** Clips the last gradient by its global norm and applies one update. Returns the norm before clipping. */
  update(at: UpdateAt): { gradNorm: number; clipped: boolean };
  /** Euclidean norm of the gradient of the mean loss, of the last `gradient` call. */
  gradNorm(): number;
  /** Mean loss over `count` sequences, nothing changed. */
  loss(sequences: Int32Array, count: number): Promise<number>;
  /**
   * Where the memory computed in is not that of these buffers (a GPU): `pull` before reading them,
   * `push` after writing parameters or state. `initialize` pushes.
   */
  pull(): Promise<void>;
  push(): Promise<void>;
  close(): Promise<void>;
}

/** Builds the engine; parameters are zero until `initialize` or until the caller fills them. */
export async function createEngine(config: EngineConfig, backend: Backend): Promise<Engine> {
  const { model } = config;
  const count = parameterCount(model);
  // Buffers start at multiples of 64 bytes, a cache line.
  const stride = Math.ceil((count * 4) / 64) * 64;
  const def = optimizer(config.optimizer.name);
  const stateNames = def.state(config.optimizer.hyper);
  const { hyper } = config.optimizer;
  const tensors = tensorsOf(modelTensors(parameters(model)));
  const wanted = squaresWanted(def, hyper);
  // The sum over micro-batches is apart from the gradient of one.
  const buffers = stride * (2 + stateNames.length + (wanted ? 1 : 0));
  const memory = allocate(buffers + scratchBytes(def, hyper, count, tensors));
  const at = {
    param: 0,
    grad: stride,
    state: stateNames.map((_, i) => (2 + i) * stride),
    sum: stride * (2 + stateNames.length),
    scratch: buffers,
  };
  const view = (offset: number) => new Float32Array(memory.buffer, offset, count);
  const params = view(at.param);
  const grads = view(at.grad);
  const state = Object.fromEntries(stateNames.map((name, i) => [name, view(at.state[i])]));
  const place = { memory, machineCode: backend.machineCode?.() };
  const kernel = compileUpdate(def, hyper, place, tensors);
  const reduce = compileReductions(place);
  const pieces = createPieces({ ...config, params, grads }, backend);

  const adding = wanted && compileUpdate(addMicroBatch, {}, place);
  const addSquares = (param: number) =>
    adding!.run({
      ...asSum,
      param,
      grad: at.grad,
      state: [at.state[stateNames.indexOf(wanted!.buffers[0])]],
      count,
    });
  /** Micro-batches whose squares the state holds: none where somebody else wrote the gradient. */
  let microBatches = 0;
  const width = exampleWidth(model);
  /** The gradient in micro-batches, for a rule that wants their squares. */
  async function gradientInParts(sequences: Int32Array, total: number, most: number): Promise<number> {
    const sum = view(at.sum).fill(0);
    for (const name of wanted!.buffers) state[name].fill(0);
    let loss = 0;
    for (let from = 0; from < total; from += most) {
      const size = Math.min(most, total - from);
      loss += size * (await pieces.gradient(sequences.subarray(from * width, (from + size) * width), size));
      addSquares(at.sum);
    }
    grads.set(sum);
    for (const name of wanted!.buffers.slice(1)) state[name].set(state[wanted!.buffers[0]]);
    microBatches = total / most;
    return loss / total;
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
      return wanted ? gradientInParts(sequences, total, wanted.sequences) : pieces.gradient(sequences, total);
    },
    gradNorm: () => Math.sqrt(sumSquares()) / sequencesInGradient,
    update({ lr, step, clip, tokens }) {
      const { gradNorm, factor, gradScale } = gradientScale(sumSquares(), sequencesInGradient, clip);
      const now = sequencesInGradient * model.seqLen;
      if (wanted && microBatches === 0) {
        // A gradient that did not come from here is one micro-batch.
        for (const name of wanted.buffers) state[name].fill(0);
        addSquares(at.sum);
        microBatches = 1;
      }
      const length = { lr, step, gradScale, tokens: tokens ?? { seen: step * now, now } };
      kernel.run({ ...at, count, ...length, ...(wanted ? { microBatches } : {}) });
      microBatches = 0;
      return { gradNorm, clipped: factor < 1 };
    },
    loss: pieces.loss,
    async pull() {},
    async push() {},
    close: pieces.close,
  };
}
