// Symbolic tensors: a graph is nodes that apply an operation to tensors. Nothing is computed here; graphs are
// differentiated (grad.ts), evaluated in float64 (reference.ts) or encoded as ONNX (onnx/).

export type DType = 'float32' | 'int64';
export type Shape = readonly number[];

export interface Tensor {
  readonly shape: Shape;
  readonly dtype: DType;
  /** The node that makes this tensor, and which of its outputs it is. */
  readonly node: Node;
  readonly index: number;
}

export interface Node {
  /** Creation number: inputs always have a smaller one, so it is a topological order. */
  readonly id: number;
  readonly op: Op;
  readonly inputs: readonly Tensor[];
  readonly attrs: unknown;
  readonly outputs: readonly Tensor[];
}

/** Values of a tensor in the reference evaluator: row-major float64 whatever the dtype. */
export interface Values {
  readonly shape: Shape;
  readonly data: Float64Array;
}

/** What an operation needs to write itself as ONNX nodes; see onnx/encode.ts. */
export interface Emitter {
  node(
    type: string,
    inputs: string[],
    outputs: string[],
    attrs?: Record<string, OnnxAttr>,
    domain?: string,
  ): void;
  /** Name of a fresh intermediate value. */
  temp(): string;
  floats(shape: Shape, values: ArrayLike<number>): string;
  ints(values: readonly number[], shape?: Shape): string;
  /** The ids [N] of the value named `ids` as [N, 1]. */
  column(ids: string, n: number): string;
}
/** `{int}`, `{float}`, `{ints}` or `{string}`: ONNX keeps integers and floats apart, JavaScript does not. */
export type OnnxAttr = { int: number } | { float: number } | { ints: readonly number[] } | { string: string };

/** One operation: shape rule, ONNX form, gradient and float64 meaning, all in one place. */
export interface Op<A = unknown> {
  readonly name: string;
  /** Position of the input that holds int64 ids, if there is one; the others are float32. */
  readonly ids?: number;
  /**
   * Shapes (and dtypes, float32 unless said) of the outputs. Throws through `fail`,
   * which names operation and shapes.
   */
  infer(inputs: readonly Tensor[], attrs: A, fail: (why: string) => never): { shape: Shape; dtype?: DType }[];
  onnx(emit: Emitter, inputs: string[], outputs: string[], node: Node, attrs: A): void;
  /** Gradients of the inputs given those of the outputs (undefined: not reached), built from operations. */
  grad(node: Node, outputs: readonly (Tensor | undefined)[], attrs: A): (Tensor | undefined)[];
  evaluate(inputs: readonly Values[], attrs: A, outputs: readonly Tensor[]): Float64Array[];
}

/** A wrong combination of shapes; the message names the operation and the shapes. */
export class ShapeError extends Error {
  override name = 'ShapeError';
}

let nextId = 0;

/** Apply `op`: checks shapes and returns the output tensors. */
export function apply<A>(op: Op<A>, inputs: readonly Tensor[], attrs: A): readonly Tensor[] {
  const fail = (why: string): never => {
    throw new ShapeError(`${op.name}(${inputs.map((t) => `[${t.shape.join(', ')}]`).join(', ')}): ${why}`);
  };
  inputs.forEach(({ dtype }, i) => {
    const needed = i === op.ids ? 'int64' : 'float32';
    if (dtype !== needed) fail(`input ${i} is ${dtype}, not ${needed}`);
  });
  const inferred = op.infer(inputs, attrs, fail);
  const outputs: Tensor[] = [];
  const node: Node = { id: nextId++, op: op as Op, inputs, attrs, outputs };
  inferred.forEach(({ shape, dtype = 'float32' }, index) => {
    if (shape.some((n) => !Number.isInteger(n) || n < 1))
      fail(`impossible result shape [${shape.join(', ')}]`);
    outputs.push({ shape, dtype, node, index });
  });
  return outputs;
}

export const sizeOf = (shape: Shape): number => shape.reduce((a, b) => a * b, 1);
export const sameShape = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((n, i) => n === b[i]);

/** Nodes needed for `outputs`, inputs before users. */
export function reachable(outputs: readonly Tensor[]): Node[] {
  const seen = new Set<Node>();
  const stack = outputs.map((t) => t.node);
  while (stack.length > 0) {
    const node = stack.pop()!;
    if (seen.has(node)) continue;
    seen.add(node);
    for (const t of node.inputs) stack.push(t.node);
  }
  return [...seen].sort((a, b) => a.id - b.id);
}
