// Gradients on a device: the graph of a micro-batch writes its gradients to one set of tensors, or adds them
// to what another set holds. Two sets take turns, because a kernel of a device may not read what it writes.
import { encodeGraph } from '../../../graph/onnx/encode.ts';
import { add, mul, scale } from '../../../graph/ops/elementwise.ts';
import { sumAll } from '../../../graph/ops/reduce.ts';
import { reshape } from '../../../graph/ops/shape.ts';
import { input } from '../../../graph/ops/source.ts';
import type { Tensor } from '../../../graph/tensor.ts';
import type { ModelConfig } from '../../../model/config.ts';
import type { ExampleInputs } from '../../../model/objectives/objective.ts';
import { createInputs, exampleWidth } from '../../../model/objectives/registry.ts';
import { type Parameter, parameters } from '../../../model/parameters.ts';
import { defaultMicroBatch } from '../../micro-batch.ts';
import { BASE, type GradientMode, trainingGraph } from '../../training-graph.ts';
import type { Bound, Device, DeviceSession, DeviceTensor } from './device.ts';

/** A tensor for each parameter, in the order of `parameters(model)`. */
export type TensorSet = DeviceTensor[];

export interface DeviceGradient {
  /**
   * Summed over sequences, by the last `gradient` call; the mean loss and the sum of the gradient's squares.
   */
  gradient(sequences: Int32Array, count: number): Promise<{ loss: number; squares: number }>;
  /** Where it lies. */
  tensors(): TensorSet;
  /** The sum of the squares of the gradients of micro-batches, where they were asked for. */
  squares(): TensorSet;
  loss(sequences: Int32Array, count: number): Promise<number>;
}

const GRAD = 'grad:';
const SQUARES = 'squares:';
/** Prefix of sums over the micro-batches before. */
const SUM = 'sum:';

interface Piece {
  session: DeviceSession;
  /** Takes sequences from index `from` on. */
  examples: ExampleInputs;
  /** Loss of the piece, in host memory, of graphs without gradients. */
  loss: Float32Array;
  /** Indexes of the parameters whose gradient is added to a base. */
  adds: number[];
  /** The piece's own gradient is not added to the sum, but kept apart from it. */
  apart: boolean;
}

export function createDeviceGradient(
  device: Device,
  /** `squares`: sequences of a micro-batch whose squared gradients are added up besides. */
  { model, microBatch, squares }: { model: ModelConfig; microBatch: number; squares?: number },
  /** The set of parameters that is valid now. */
  params: () => TensorSet,
): DeviceGradient {
  const table = parameters(model);
  const width = exampleWidth(model);
  const tensorsLike = (of: readonly Parameter[]) => of.map((p) => device.tensor(p.shape));
  const made: { set: TensorSet; squares: TensorSet; loss: DeviceTensor }[] = [];
  const side = (i: number) =>
    (made[i] ??= {
      set: tensorsLike(table),
      squares: squares === undefined ? [] : tensorsLike(table),
      loss: device.tensor([1]),
    });
  const zeros = new Map<number, DeviceTensor>();
  let current = 0;

  function open(size: number, mode: GradientMode): Piece {
    // A gradient that is squared is not added to others before.
    const apart = squares !== undefined && mode === 'add';
    const graph = trainingGraph(model, size, { mode: apart ? 'write' : mode });
    const sum = reshape(scale(graph.loss, size), [1]);
    const outputs: Record<string, Tensor> = {
      loss: mode === 'add' ? add(sum, input(`${BASE}loss`, [1])) : sum,
    };
    graph.gradients.forEach((gradient, i) => {
      const { name, shape } = table[i];
      outputs[GRAD + name] = apart ? add(input(SUM + name, shape), gradient) : gradient;
      if (squares === undefined) return;
      const square = mul(gradient, gradient);
      outputs[SQUARES + name] = apart ? add(input(`${SUM}${SQUARES}${name}`, shape), square) : square;
    });
    return {
      session: device.open(encodeGraph(outputs, { lacks: device.lacks })),
      examples: createInputs(model, size),
      loss: new Float32Array(1),
      adds: graph.adds,
      apart,
    };
  }

  const pieces = new Map<string, Piece>();
  const runs = new Map<string, () => void>();
  function kept<T>(map: Map<string, T>, key: string, make: () => T): T {
    let value = map.get(key);
    if (value === undefined) map.set(key, (value = make()));
    return value;
  }

  const zero = (i: number): DeviceTensor => {
    let tensor = zeros.get(i);
    if (!tensor) {
      zeros.set(i, (tensor = device.tensor(table[i].shape)));
      device.write(new Float32Array(table[i].size), tensor);
    }
    return tensor;
  };

  /** A run of a piece, with the parameters that are valid now; gradients go to side `to`. */
  function runOf(piece: Piece, key: string, mode: GradientMode, to: number): () => void {
    const set = params();
    return kept(runs, `${key} ${to} ${set[0].id}`, () => {
      const inputs: Bound = { ...piece.examples.inputs };
      table.forEach((p, i) => (inputs[p.name] = set[i]));
      if (mode === 'loss') return piece.session.bind(inputs, { loss: { data: piece.loss, shape: [1] } });
      const outputs: Bound = { loss: side(to).loss };
      table.forEach((p, i) => {
        outputs[GRAD + p.name] = side(to).set[i];
        if (squares !== undefined) outputs[SQUARES + p.name] = side(to).squares[i];
        if (!piece.apart) return;
        inputs[SUM + p.name] = side(1 - to).set[i];
        inputs[`${SUM}${SQUARES}${p.name}`] = side(1 - to).squares[i];
      });
      for (const i of piece.adds)
        inputs[BASE + table[i].name] = mode === 'add' && !piece.apart ? side(1 - to).set[i] : zero(i);
      if (mode === 'add') inputs[`${BASE}loss`] = side(1 - to).loss;
      return piece.session.bind(inputs, outputs);
    });
  }

  async function over(sequences: Int32Array, total: number, most: number, withGradients: boolean) {
    if (sequences.length < total * width)
      throw new RangeError(`${total} sequences need ${total * width} integers, not ${sequences.length}`);
    let sum = 0;
    for (let from = 0; from < total; from += most) {
      const size = Math.min(most, total - from);
      const mode = !withGradients ? 'loss' : from === 0 ? 'write' : 'add';
      const key = `${mode} ${size}`;
      const piece = kept(pieces, key, () => open(size, mode));
      piece.examples.fill(sequences, from);
      if (withGradients) current = from === 0 ? 0 : 1 - current;
      runOf(piece, key, mode, current)();
      sum += piece.loss[0];
      await device.turn();
    }
    return sum / total;
  }

  // Loss and squares come back together: reading waits for the device.
  const measured = { loss: new Float32Array(1), squares: new Float32Array(1) };
  let measuring: DeviceSession | undefined;
  function measure(): void {
    const run = kept(runs, `measure ${current}`, () => {
      const grads = table.map((p) => input(GRAD + p.name, p.shape));
      measuring ??= device.open(
        encodeGraph(
          {
            loss: input('sum', [1]),
            squares: reshape(grads.map((g) => sumAll(mul(g, g))).reduce(add), [1]),
          },
          { lacks: device.lacks },
        ),
      );
      const inputs: Bound = { sum: side(current).loss };
      table.forEach((p, i) => (inputs[GRAD + p.name] = side(current).set[i]));
      return measuring.bind(inputs, {
        loss: { data: measured.loss, shape: [1] },
        squares: { data: measured.squares, shape: [1] },
      });
    });
    run();
  }

  return {
    async gradient(sequences, total) {
      await over(sequences, total, squares ?? microBatch, true);
      measure();
      return { loss: measured.loss[0] / total, squares: measured.squares[0] };
    },
    tensors: () => side(current).set,
    squares: () => side(current).squares,
    loss: (sequences, total) => over(sequences, total, defaultMicroBatch(model, total), false),
  };
}
