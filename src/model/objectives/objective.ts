// What a model is trained to predict: how an example is written down, what of it goes into the graph,
// which rows of the graph's activations predict. An example is a row of integers,
// so that samplers, batches and micro-batches are the same for all.
import type { Tensor } from '../../graph/tensor.ts';
import type { ModelConfig } from '../config.ts';

/** Inputs of a graph of some number of examples, and what fills them. */
export interface ExampleInputs {
  /** By name, to be bound to the graph. */
  inputs: Record<string, { data: Float32Array | BigInt64Array; shape: readonly number[] }>;
  /** Writes examples `from`, `from + 1`, ... of `rows` into them. */
  fill(rows: Int32Array, from: number): void;
}

export interface Objective {
  /** One line for people. */
  summary: string;
  /** What the loss is the mean over: nats per ... */
  predicted: string;
  /** Every position sees every other; otherwise only itself and those before it. */
  bidirectional: boolean;
  /** Entries of embedding and head beyond those of the data. */
  extraEntries: number;
  /** Integers of an example. */
  width(model: ModelConfig): number;
  /**
   * Where among them the targets stand: `count` of them from `at` on. Every example has as many,
   * so means of parts add up.
   */
  targets(model: ModelConfig): { at: number; count: number };
  /** Rows that enter the first layer, [seqLen * batch, dim], time outermost, from the first parameter. */
  embed(table: Tensor, model: ModelConfig, batch: number): Tensor;
  /**
   * Rows that predict, [count * batch, dim] with row j * batch + b for target j of example b,
   * from those after the last layer.
   */
  select(x: Tensor, model: ModelConfig, batch: number): Tensor;
  createInputs(model: ModelConfig, size: number): ExampleInputs;
}

/** Row of position (or target) t of example s among `size`: time is outermost (see transformer.ts). */
export const rowOf = (size: number, s: number, t: number): number => t * size + s;

/** An int64 input of values below 2^31: `low` are the halves that are ever written, value i at 2 i. */
export function int64Input(length: number) {
  const data = new BigInt64Array(length);
  return { input: { data, shape: [length] }, low: new Int32Array(data.buffer) };
}
