// What a model costs: parameters by kind, arithmetic per token, memory of a training process.
import { gradients } from '../graph/grad.ts';
import { recompute } from '../graph/passes/recompute.ts';
import { reachable, sizeOf, type Tensor } from '../graph/tensor.ts';
import type { ModelConfig } from './config.ts';
import { predictionsOf } from './objectives/registry.ts';
import { type ParameterKind, parameterCount, parameters } from './parameters.ts';
import { transformer } from './transformer.ts';

const FLOAT = 4;

/**
 * Bytes that ONNX Runtime holds for every byte of activations alive at once: what
 * its arena loses between blocks, and what its own order of nodes keeps longer.
 * Measured 0.9 to 1.3, nano to 1b, batch 1 and 16 (node bench/memory.ts).
 */
const ARENA = 1.25;

/** Elements of every kind of parameter, in the order in which the kinds appear. */
export function countByKind(config: ModelConfig): Record<ParameterKind, number> {
  const counts: Record<ParameterKind, number> = { embedding: 0, norm: 0, attention: 0, mlp: 0, head: 0 };
  for (const { kind, size } of parameters(config)) counts[kind] += size;
  return counts;
}

export interface Flop {
  /**
   * Parameters that multiply: all but the embedding (a lookup) and the norm weights. Per token:
   * where only some positions predict, that share of the head. The matrix of an image's patches counts.
   */
  matmulParameters: number;
  /**
   * FLOP per token: two for each of those, and 4 T D per layer for q kT and p v over the whole T x T square.
   */
  forward: number;
  /** Twice the forward pass: every product A B has the gradients G BT and AT G. */
  backward: number;
  total: number;
  /** The part of `total` that is attention's T x T products, which no parameter counts. */
  attention: number;
}

/**
 * FLOP per trained token: 6 N + 12 L T D, N the parameters in matrix products (arXiv 2204.02311, appendix B;
 * the 6 N of arXiv 2001.08361, section 2.1). By convention the whole square is
 * counted, although long sequences skip part of its masked half (causalAttention).
 * Norms, activations, softmax and the update are left out; they cost time, but hardly any arithmetic.
 */
export function flopPerToken(config: ModelConfig): Flop {
  const { attention, mlp, head } = countByKind(config);
  const patches = config.objective === 'classify' ? parameters(config)[0].size : 0;
  const share = predictionsOf(config) / config.seqLen;
  const matmulParameters = patches + attention + mlp + head * share;
  const square = 4 * config.layers * config.seqLen * config.dim;
  const forward = 2 * matmulParameters + square;
  return { matmulParameters, forward, backward: 2 * forward, total: 3 * forward, attention: 3 * square };
}

export interface MemoryOptions {
  /** Buffers of optimizer state per parameter: `state(hyper).length` of the optimizer. */
  stateBuffers: number;
  batchSize: number;
  /** Sequences per micro-batch. */
  microBatch: number;
  /** Whether activations are computed again in the backward pass (graph/passes/recompute.ts). */
  recompute?: boolean;
}

/** Bytes of a training process that grow with the model. */
export interface Memory {
  weights: number;
  gradients: number;
  state: number;
  /** What ONNX Runtime holds for one micro-batch: an estimate; see `activations` and ARENA. */
  activations: number;
  total: number;
}

/** Memory of training, without the 0.14 GiB or so of Node and ONNX Runtime themselves. */
export function memory(
  config: ModelConfig,
  { stateBuffers, batchSize, microBatch, recompute }: MemoryOptions,
): Memory {
  const buffer = FLOAT * parameterCount(config);
  const state = stateBuffers * buffer;
  const held = ARENA * activations(config, Math.min(microBatch, batchSize), recompute).peak;
  return { weights: buffer, gradients: buffer, state, activations: held, total: 2 * buffer + state + held };
}

export interface Activations {
  /** Bytes made by the forward pass and read by the backward pass. */
  kept: number;
  /** Most bytes alive at once: what is kept, and what the backward pass makes on its way. */
  peak: number;
}

/** Operations whose result lies where their first input does. */
const ALIASES = ['reshape', 'after'];

/**
 * Activations of a micro-batch of `size` sequences, from the lifetimes of the tensors
 * of the gradient graph in the order in which it is built; `again`: of a graph that computes them twice.
 * Parameters and gradients are not counted: they have buffers of their own.
 */
export function activations(config: ModelConfig, size: number, again = false): Activations {
  const graph = transformer(config, size);
  const made = [graph.loss, ...gradients(graph.objective, graph.parameters)];
  const results = again ? recompute(graph.objective, made) : made;
  const nodes = reachable(results);
  // A second name of the same memory.
  const origin = (t: Tensor): Tensor => (ALIASES.includes(t.node.op.name) ? origin(t.node.inputs[0]) : t);
  const lastUse = new Map<Tensor, number>();
  for (const node of nodes) for (const t of node.inputs) lastUse.set(origin(t), node.id);
  const elsewhere = new Set(results.map(origin));
  const bytes = (t: Tensor) => (elsewhere.has(t) ? 0 : FLOAT * sizeOf(t.shape));
  const lossId = graph.objective.node.id;
  let [alive, peak, kept] = [0, 0, 0];
  for (const node of nodes) {
    if (node.op.name === 'input' || ALIASES.includes(node.op.name)) continue;
    for (const t of node.outputs) {
      alive += bytes(t);
      if (node.id <= lossId && (lastUse.get(t) ?? 0) > lossId) kept += bytes(t);
    }
    peak = Math.max(peak, alive);
    const done = new Set([...node.inputs.map(origin), ...node.outputs]);
    for (const t of done)
      if (t.node.op.name !== 'input' && (lastUse.get(t) ?? node.id) <= node.id) alive -= bytes(t);
  }
  return { kept, peak };
}
