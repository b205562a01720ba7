// What a rule does to whole matrices, as data: the graph of the map for each shape, as a list of nodes.
import { input } from '../graph/ops/source.ts';
import { apply, type Op, reachable, type Tensor } from '../graph/tensor.ts';
import type { TensorMap, TensorShape } from '../optim/expr.ts';
import type { TensorSpec } from '../optim/rule.ts';

interface GraphNode {
  op: string;
  /** Places of earlier nodes. */
  inputs: number[];
  attrs: Record<string, unknown>;
}

/**
 * The graph of each shape; its input and its result are [tensors, rows, columns],
 * the result is the last node.
 */
export type MapJson = (Omit<TensorShape, 'matrix'> & {
  /** Places in the group. */
  tensors: number[];
  graph: GraphNode[];
})[];

const never = () => {
  throw new Error('atLeast is for updates that are handed over');
};
const atLeastOp: Op<{ floor: number }> = {
  name: 'atLeast',
  infer: ([x]) => [{ shape: x.shape }],
  ...{ onnx: never, grad: never, evaluate: never },
};
const tools = { atLeast: (x: Tensor, floor: number) => apply(atLeastOp, [x], { floor })[0] };

export function mapJson(map: TensorMap, tensors: readonly TensorSpec[]): MapJson {
  const shapes = new Map<string, { shape: TensorShape; tensors: number[] }>();
  tensors.forEach(({ shape }, i) => {
    const key = JSON.stringify(shape);
    const there = shapes.get(key);
    if (there) there.tensors.push(i);
    else shapes.set(key, { shape, tensors: [i] });
  });
  return [...shapes.values()].map(({ shape, tensors: places }) => {
    const { rows, columns } = shape;
    const x = input('x', [places.length, rows, columns]);
    return { rows, columns, tensors: places, graph: graphJson(map.graph(x, shape, tools)) };
  });
}

function graphJson(result: Tensor): GraphNode[] {
  const nodes: GraphNode[] = [];
  const places = new Map<Tensor, number>();
  const add = (tensor: Tensor, index?: number) => {
    const { op, inputs, attrs } = tensor.node;
    const { values, ...rest } = (attrs ?? {}) as { values?: ArrayLike<number> } & Record<string, unknown>;
    const all = {
      ...rest,
      ...(values ? { values: Array.from(values) } : {}),
      ...(index === undefined ? {} : { index }),
    };
    places.set(
      tensor,
      nodes.push({ op: op.name, inputs: inputs.map((t) => places.get(t)!), attrs: all }) - 1,
    );
  };
  for (const { outputs } of reachable([result]))
    if (outputs.length === 1) add(outputs[0]);
    else outputs.forEach(add);
  // Of several outputs the result need not be the last.
  if (places.get(result) !== nodes.length - 1)
    nodes.push({ op: 'reshape', inputs: [places.get(result)!], attrs: { shape: result.shape } });
  return nodes;
}
