// The update on a device: an optimizer's rule as one graph over all parameters.
// Two sets of parameters and state take turns, because a kernel of a device may not read what it writes.
import { encodeGraph } from '../../../graph/onnx/encode.ts';
import { input } from '../../../graph/ops/source.ts';
import type { Tensor } from '../../../graph/tensor.ts';
import type { Parameter } from '../../../model/parameters.ts';
import {
  GRAD,
  GRAD_SCALE,
  LR,
  type Moment,
  type OptimizerDef,
  PARAM,
  type TensorGroup,
} from '../../../optim/rule.ts';
import type { Bound, Device, DeviceTensor } from './device.ts';
import { element, lowerToGraph, type Stack } from './lower.ts';

/** Values by the name of the parameter, then of the buffer (the parameter itself, or one of its state). */
export type DeviceValues = Record<string, Record<string, DeviceTensor>>;

interface UpdateRule {
  def: OptimizerDef;
  hyper: Record<string, number>;
  groups: readonly TensorGroup[];
}

const inName = (parameter: string, buffer: string) => `${buffer} ${parameter}`;
const outName = (parameter: string, buffer: string) => `new ${buffer} ${parameter}`;
const momentOf = (hyper: Record<string, number>): Moment => ({
  lr: 1,
  step: 0,
  hyper,
  tokens: { seen: 0, now: 1 },
});

/**
 * A function that makes side `to` of side `from` and a gradient (of the sum, to be
 * multiplied by `gradScale`).
 */
export function createDeviceUpdate(
  device: Device,
  table: readonly Parameter[],
  { def, hyper, groups }: UpdateRule,
) {
  const names = [...Object.keys(def.scalars(momentOf(hyper))), LR, GRAD_SCALE];
  const values = new Float32Array(names.length);
  const parameterAt = new Map(table.flatMap((p) => p.llama.map(({ offset }) => [offset, p] as const)));
  // Not split: a kernel with an output for each would have more buffers than a GPU binds at once.
  const vector = input('scalars', [names.length]);
  const scalars = names.map((_, i) => element(vector, i));
  const outputs: Record<string, Tensor> = {};
  const reads = new Set<string>();
  for (const { tensors, buffers, values: expressions } of groups) {
    // The tensors of a parameter follow one rule: they are of one kind and shape.
    const stacks = new Map<Parameter, Stack>();
    for (const { offset, shape } of tensors) {
      const parameter = parameterAt.get(offset)!;
      stacks.set(parameter, { ...shape, count: (stacks.get(parameter)?.count ?? 0) + 1 });
    }
    const members = [...stacks.keys()];
    const leaves = new Map<string, Tensor>();
    const made = lowerToGraph(expressions, {
      shapes: members.map(({ shape }) => shape),
      stacks: [...stacks.values()],
      scalar: (name) => scalars[names.indexOf(name)],
      buffer(buffer, t) {
        const name = inName(members[t].name, buffer);
        let leaf = leaves.get(name);
        if (!leaf) leaves.set(name, (leaf = input(name, members[t].shape)));
        reads.add(name);
        return leaf;
      },
    });
    buffers.forEach((buffer, v) =>
      members.forEach((p, t) => {
        outputs[outName(p.name, buffer)] = made[v][t];
      }),
    );
  }
  const session = device.open(encodeGraph(outputs, { lacks: device.lacks }));

  /** Binds the four parts. There are few sides and gradients, so the caller keeps every binding. */
  function bind(from: DeviceValues, to: DeviceValues, grads: readonly DeviceTensor[]): () => void {
    const inputs: Bound = { scalars: { data: values, shape: [names.length] } };
    const results: Bound = {};
    table.forEach((p, i) => {
      const all: Record<string, DeviceTensor> = { ...from[p.name], [GRAD]: grads[i] };
      for (const [buffer, tensor] of Object.entries(all))
        if (reads.has(inName(p.name, buffer))) inputs[inName(p.name, buffer)] = tensor;
      for (const [buffer, tensor] of Object.entries(to[p.name])) results[outName(p.name, buffer)] = tensor;
    });
    return session.bind(inputs, results);
  }
  return {
    bind,
    /** The uniforms of the next run. */
    set(at: Omit<Moment, 'hyper'>, gradScale: number): void {
      const now: Record<string, number> = {
        ...def.scalars({ ...at, hyper }),
        [LR]: at.lr,
        [GRAD_SCALE]: gradScale,
      };
      names.forEach((name, i) => (values[i] = now[name]));
    },
  };
}

/** Buffers of each parameter that the rule writes: the parameter, and its state. */
export function writtenBuffers(table: readonly Parameter[], groups: readonly TensorGroup[]): string[][] {
  const at = new Map(groups.flatMap(({ tensors, buffers }) => tensors.map((t) => [t.offset, buffers])));
  return table.map(({ offset }) => at.get(offset) ?? [PARAM]);
}
