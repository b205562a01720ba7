// The graph of a training step: loss of a piece of the batch, and what is done with its gradients.
// Pure; every target runs it.
import { accumulate, startsFromZeros } from '../graph/accumulate.ts';
import { gradients } from '../graph/grad.ts';
import { scale } from '../graph/ops/elementwise.ts';
import { input } from '../graph/ops/source.ts';
import { fuseOperations } from '../graph/passes/fused/registry.ts';
import { fuseResiduals } from '../graph/passes/fused/rms-norm.ts';
import { recompute } from '../graph/passes/recompute.ts';
import type { Node, Tensor } from '../graph/tensor.ts';
import type { ModelConfig } from '../model/config.ts';
import { parameters } from '../model/parameters.ts';
import { transformer } from '../model/transformer.ts';

/** What a graph does with gradients: none, written, or added to what there is. */
export type GradientMode = 'loss' | 'write' | 'add';

/** Prefix of inputs that gradients are added to. */
export const BASE = 'base:';

export interface TrainingGraph {
  /** Mean loss over the sequences. */
  loss: Tensor;
  /**
   * Of every parameter, in the order of `parameters(model)`: of the summed, not averaged,
   * sequence losses. None for `loss`.
   */
  gradients: Tensor[];
  /** Indices of the parameters whose gradient is added to an input `base:<name>`. */
  adds: number[];
}

interface TrainingGraphOptions {
  mode: GradientMode;
  /** Whether a node has a kernel: such operations then do the work of many. */
  hasKernel?(node: Node): boolean;
  /** Keep few activations and compute the others again. */
  recompute?: boolean;
}

/** For `size` sequences. */
export function trainingGraph(
  model: ModelConfig,
  size: number,
  { mode, hasKernel, recompute: again }: TrainingGraphOptions,
): TrainingGraph {
  const graph = transformer(model, size);
  let [loss, objective] = [graph.loss, graph.objective];
  if (hasKernel) [loss, objective] = fuseOperations([loss, objective], hasKernel);
  const adds: number[] = [];
  // Summed over sequences: pieces of any size then add up without weights.
  const made = mode === 'loss' ? [] : gradients(scale(objective, size), graph.parameters);
  const added = made.map((gradient, i) => {
    if (mode !== 'add' && !startsFromZeros(gradient)) return gradient;
    adds.push(i);
    const { name, shape } = parameters(model)[i];
    return accumulate(input(BASE + name, shape), gradient);
  });
  let outputs = [loss, ...added];
  if (hasKernel) outputs = fuseResiduals(outputs);
  if (again && mode !== 'loss') outputs = recompute(objective, outputs);
  return { loss: outputs[0], gradients: outputs.slice(1), adds };
}
