// What probes ask of a model at one point of parameter space: losses by token, gradients,
// Hessian-vector products. Beside the training engine, never in it: graphs are opened when first asked for.
import { gradients } from '../graph/grad.ts';
import { softmax } from '../graph/ops/attention.ts';
import type { Tensor } from '../graph/tensor.ts';
import type { ModelConfig } from '../model/config.ts';
import { rowOf } from '../model/objectives/objective.ts';
import { createInputs, exampleWidth, objectiveOf, predictionsOf } from '../model/objectives/registry.ts';
import { parameterCount, parameters } from '../model/parameters.ts';
import { type TransformerGraph, transformer } from '../model/transformer.ts';
import { type Backend, type Buffers, type GraphSession, openGraph } from './backend.ts';
import { type HessianAt, openHessian, type Sequences } from './hessian.ts';
import { defaultMicroBatch } from './micro-batch.ts';
import { inputsOf, partsOf } from './parts.ts';

export interface ProbeModel {
  model: ModelConfig;
  /** The flat parameters that everything below is computed at; read at every call. */
  params: Float32Array;
  /** Mean loss, nats per prediction. */
  loss(batch: Sequences): Promise<number>;
  /**
   * Loss of each token that is to be predicted, sequence by sequence: count * seqLen values (of each target,
   * elsewhere).
   */
  tokenLosses(batch: Sequences): Promise<Float32Array>;
  /** Share of the targets that are the most probable entry. */
  accuracy(batch: Sequences): Promise<number>;
  /** Writes the gradient of the mean loss into `out`; gives that loss. */
  gradient(batch: Sequences, out: Float32Array): Promise<number>;
  /**
   * The Hessian of the mean loss over the batch at the present parameters, which
   * must not change while it is used. `block` is the place of a parameter in `parameters(model)`;
   * the Hessian is then that diagonal block. To be closed.
   */
  hessian(batch: Sequences, block?: number): Promise<HessianAt>;
  close(): Promise<void>;
}

/** A graph of so many sequences with buffers of its own: fill `ids`, call `run`, read `outputs`. */
interface Piece {
  session: GraphSession;
  fill(batch: Sequences, from: number): void;
  run(): Promise<void>;
  /** Buffers by the name of the output. */
  outputs: Record<string, Float32Array>;
}

/** Smallest normal float32, as the loss has it: a probability below counts as this. */
const TINY = 1.1754943508222875e-38;

/** `params` may be the training engine's own view: nothing here writes to it. */
export function createProbeModel(
  { model, params, threads }: { model: ModelConfig; params: Float32Array; threads: number },
  backend: Backend,
): ProbeModel {
  const table = parameters(model);
  const total = parameterCount(model);
  const width = exampleWidth(model);
  // Gradients, at the same places as in `params`.
  const result = new Float32Array(total);
  const opened = new Map<string, Promise<Piece>>();
  async function open(
    size: number,
    build: (graph: TransformerGraph) => Record<string, Tensor>,
    inputs: Buffers,
    outputs: Buffers,
  ): Promise<Piece> {
    const wanted = build(transformer(model, size));
    const session = await openGraph(backend, wanted, threads);
    const examples = createInputs(model, size);
    const all: Buffers = {
      ...examples.inputs,
      ...partsOf(params, '', table),
      ...inputs,
    };
    const run = session.bind(inputsOf(Object.values(wanted), all), outputs);
    return {
      session,
      run,
      fill: (batch, from) => examples.fill(batch.ids, from),
      outputs: Object.fromEntries(
        Object.entries(outputs).map(([name, { data }]) => [name, data as Float32Array]),
      ),
    };
  }

  /**
   * Runs the batch in pieces of at most `most` sequences; `each` sees every piece's outputs,
   * and its share of the batch.
   */
  async function over(
    key: string,
    { ids, count }: Sequences,
    most: number,
    make: (size: number) => Promise<Piece>,
    each: (piece: Piece, share: number, from: number, size: number) => void,
  ): Promise<void> {
    if (count < 1 || ids.length < count * width)
      throw new RangeError(`${count} sequences need ${count * width} integers, not ${ids.length}`);
    for (let from = 0; from < count; from += most) {
      const size = Math.min(most, count - from);
      const name = `${key}:${size}`;
      let opening = opened.get(name);
      if (!opening) opened.set(name, (opening = make(size)));
      const piece = await opening;
      piece.fill({ ids, count }, from);
      await piece.run();
      each(piece, size / count, from, size);
    }
  }

  const scalar = () => ({ data: new Float32Array(1), shape: [] });
  const most = (batch: Sequences) => defaultMicroBatch(model, batch.count);

  /** Calls `each` with every target, and with the probabilities of the entries in its place. */
  async function overTargets(
    batch: Sequences,
    each: (index: number, target: number, probabilities: Float32Array) => void,
  ): Promise<void> {
    const { vocabSize } = model;
    const { at, count } = objectiveOf(model).targets(model);
    await over(
      'tokens',
      batch,
      most(batch),
      (size) => {
        const shape = [size * count, vocabSize];
        const probabilities = { data: new Float32Array(shape[0] * shape[1]), shape };
        return open(size, ({ logits }) => ({ probabilities: softmax(logits) }), {}, { probabilities });
      },
      ({ outputs: { probabilities } }, _, from, size) => {
        for (let s = 0; s < size; s++)
          for (let t = 0; t < count; t++) {
            const row = rowOf(size, s, t) * vocabSize;
            const target = batch.ids[(from + s) * width + at + t];
            each((from + s) * count + t, target, probabilities.subarray(row, row + vocabSize));
          }
      },
    );
  }

  return {
    model,
    params,
    async loss(batch) {
      let sum = 0;
      await over(
        'loss',
        batch,
        most(batch),
        (size) => open(size, ({ loss }) => ({ loss }), {}, { loss: scalar() }),
        ({ outputs }, share) => (sum += share * outputs.loss[0]),
      );
      return sum;
    },
    async tokenLosses(batch) {
      const losses = new Float32Array(batch.count * predictionsOf(model));
      await overTargets(batch, (i, target, p) => (losses[i] = -Math.log(Math.max(p[target], TINY))));
      return losses;
    },
    async accuracy(batch) {
      let right = 0;
      await overTargets(
        batch,
        (_, target, p) => (right += +p.every((x, j) => j === target || x < p[target])),
      );
      return right / (batch.count * predictionsOf(model));
    },
    async gradient(batch, out) {
      let sum = 0;
      out.fill(0);
      const make = (size: number) =>
        open(
          size,
          ({ loss, parameters: wrt }) => {
            const grads = gradients(loss, wrt);
            return { loss, ...Object.fromEntries(table.map((p, i) => [`out:${p.name}`, grads[i]])) };
          },
          {},
          { loss: scalar(), ...partsOf(result, 'out:', table) },
        );
      await over('gradient', batch, most(batch), make, ({ outputs: { loss } }, share) => {
        sum += share * loss[0];
        for (let i = 0; i < total; i++) out[i] += share * result[i];
      });
      return sum;
    },
    hessian: (batch, block) =>
      openHessian(
        { model, params, threads, batch, of: block === undefined ? table : [table[block]] },
        backend,
      ),
    async close() {
      const pieces = await Promise.allSettled(opened.values());
      opened.clear();
      for (const piece of pieces) if (piece.status === 'fulfilled') await piece.value.session.close();
    },
  };
}
