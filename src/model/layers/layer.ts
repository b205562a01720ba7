// What a kind of layer is: the parameters that it asks for, and the graph made of them,
// in one file and in the same order.
import { matmul } from '../../graph/ops/matmul.ts';
import type { Tensor } from '../../graph/tensor.ts';
import type { ModelConfig } from '../config.ts';

export type ParameterKind = 'embedding' | 'norm' | 'attention' | 'mlp' | 'head';

/** A parameter before it has a place in the flat buffer. */
export interface ParameterSpec {
  name: string;
  kind: ParameterKind;
  /** Weights are [out, in], as in PyTorch; those of norms a row [1, D]. */
  shape: readonly number[];
  /** Initial values are normal with this standard deviation; 0: all are `mean`. */
  std: number;
  mean?: number;
  /**
   * Names in files: Llama's where Llama has such a tensor. Several are equal parts one after the other,
   * each a matrix of its own (a stack of rows).
   */
  stored: readonly string[];
  /** Shape of a part in files, where it is not `shape` with a share of the rows. */
  storedShape?: readonly number[];
}

/** Names of what belongs to a layer: ours begin with `name`, those in files with `stored`. */
export interface LayerNames {
  name: string;
  stored: string;
}

/** The next parameters, in the order of the table. */
export type NextParameter = () => Tensor;

export interface Norm {
  parameters(config: ModelConfig, place: LayerNames): ParameterSpec[];
  /** Takes the parameters; the function norms the rows of [N, D]. */
  open(take: NextParameter, config: ModelConfig): (x: Tensor) => Tensor;
}

export interface Mlp {
  parameters(config: ModelConfig, place: LayerNames): ParameterSpec[];
  /**
   * Takes the parameters; the function is given (normed) rows [N, D] and the residual
   * that its result is added to.
   */
  open(take: NextParameter, config: ModelConfig): (x: Tensor, residual: Tensor) => MlpResult;
}

export interface MlpResult {
  /** [N, D], the residual included. */
  out: Tensor;
  /** A scalar that training adds to the loss. */
  penalty?: Tensor;
}

export interface Positions {
  parameters(config: ModelConfig): ParameterSpec[];
  /** Takes the parameters. */
  open(
    take: NextParameter,
    config: ModelConfig,
  ): {
    /** Embedded tokens x [T * batch, D], time outermost, as they enter the first layer. */
    place(x: Tensor): Tensor;
    /** Queries or keys [T, N, 1, d] as attention compares them. */
    turn(x: Tensor): Tensor;
  };
}

/** x [N, in] through a weight [out, in], added to `residual` where there is one: [N, out]. */
export const linear = (x: Tensor, weight: Tensor, residual?: Tensor): Tensor =>
  matmul(x, weight, { transB: true, plus: residual });

/**
 * Outputs into the residual stream are scaled so that its variance does not grow with depth (GPT-2; plainLM).
 */
export const residualStd = ({ initStd, layers }: ModelConfig): number => initStd / Math.sqrt(2 * layers);
