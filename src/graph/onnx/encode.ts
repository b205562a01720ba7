// Graph to ONNX: walks the nodes needed for the outputs and lets each operation write itself.
import { type Emitter, type Node, reachable, type Shape, sameShape, type Tensor } from '../tensor.ts';
import { without } from './portable.ts';
import { CUSTOM, encodeModel, type NodeProto, type TensorProto, type ValueProto } from './proto.ts';
import { schedule } from './schedule.ts';

/**
 * The custom operation that does a node: its type, and sizes of what it puts out beyond the node's outputs.
 */
export type NodeKernels = (node: Node) => { type: string; scratch: readonly number[] } | undefined;

export interface EncodeGraphOptions {
  lacks?: readonly string[];
  inOrder?: boolean;
  kernels?: NodeKernels;
}

/**
 * ONNX bytes computing the named `outputs`; inputs keep the names they were made with.
 * Names beginning with `$` are the encoder's own. Node types that the backend `lacks` are spelled
 * out in others. With `inOrder`, ONNX Runtime will run the nodes in about the order in which they were made,
 * otherwise in one of its own. Nodes that `kernels` knows become custom operations.
 * Throws when two inputs, or an input and an output, have the same name.
 */
export function encodeGraph(
  outputs: Record<string, Tensor>,
  { lacks = [], inOrder = false, kernels }: EncodeGraphOptions = {},
): Uint8Array<ArrayBuffer> {
  const nodes: NodeProto[] = [];
  const inputs: ValueProto[] = [];
  const initializers: TensorProto[] = [];
  const names = new Map<Tensor, string>();
  let count = 0;

  const columns = new Map<string, string>();
  const constant = (dtype: TensorProto['dtype'], shape: Shape, raw: Uint8Array): string => {
    const same = (t: TensorProto) =>
      t.dtype === dtype && sameShape(t.shape, shape) && t.raw.every((byte, i) => byte === raw[i]);
    const existing = initializers.find(same);
    if (existing) return existing.name;
    const name = `$c${initializers.length}`;
    initializers.push({ name, dtype, shape, raw });
    return name;
  };
  const base: Emitter = {
    node: (type, ins, outs, attrs = {}, domain = '') =>
      nodes.push({ type, inputs: ins, outputs: outs, attrs, domain }),
    temp: () => `$t${count++}`,
    floats: (shape, values) => constant('float32', shape, new Uint8Array(Float32Array.from(values).buffer)),
    ints: (values, shape = [values.length]) =>
      constant('int64', shape, new Uint8Array(BigInt64Array.from(values, BigInt).buffer)),
    column(ids, n) {
      const made = columns.get(ids);
      if (made) return made;
      const name = base.temp();
      columns.set(ids, name);
      base.node('Reshape', [ids, base.ints([n, 1])], [name]);
      return name;
    },
  };
  /** Results of custom operations: nobody else could tell their shapes. */
  const values: Tensor[] = [];
  const rankOf = (name: string) => {
    for (const [t, its] of names) if (its === name) return t.shape.length;
    throw new Error(`nothing is known of the shape of "${name}"`);
  };
  const emit = without(lacks, base, rankOf);

  const wanted = new Map(Object.entries(outputs).map(([name, t]) => [t, name]));
  for (const node of reachable(Object.values(outputs))) {
    if (node.op.name === 'input') {
      const { name } = node.attrs as { name: string };
      const [t] = node.outputs;
      if (inputs.some((other) => other.name === name)) throw new Error(`two inputs are named "${name}"`);
      if (Object.hasOwn(outputs, name)) throw new Error(`an input and an output are named "${name}"`);
      inputs.push({ name, dtype: t.dtype, shape: t.shape });
      names.set(t, name);
      continue;
    }
    for (const t of node.outputs) names.set(t, wanted.get(t) ?? emit.temp());
    const [ins, outs] = [node.inputs, node.outputs].map((side) => side.map((t) => names.get(t)!));
    const kernel = kernels?.(node);
    if (kernel) {
      emit.node(kernel.type, ins, [...outs, ...kernel.scratch.map(() => emit.temp())], {}, CUSTOM);
      values.push(...node.outputs.filter((t) => !wanted.has(t)));
    } else node.op.onnx(emit, ins, outs, node, node.attrs);
  }
  const results: ValueProto[] = [];
  for (const [name, t] of Object.entries(outputs)) {
    // An input, or one tensor under two names, needs a copy to become an output of its own.
    if (names.get(t) !== name) emit.node('Identity', [names.get(t)!], [name]);
    results.push({ name, dtype: t.dtype, shape: t.shape });
  }
  const shapes = values.map((t) => ({ ...t, name: names.get(t)! }));
  const ordered = inOrder ? schedule(nodes) : nodes;
  return encodeModel({ nodes: ordered, inputs, outputs: results, initializers, shapes });
}
