// What probes ask of a model at one point of parameter space: losses by token, gradients, Hessian-vector products.
// Beside the training engine, never in it: graphs are opened when first asked for.
import { gradients } from '../graph/grad.ts';
import { hessianVector } from '../graph/hessian.ts';
import { encodeGraph } from '../graph/onnx/encode.ts';
import { softmax } from '../graph/ops/attention.ts';
import { input } from '../graph/ops/source.ts';
import { reachable, type Tensor } from '../graph/tensor.ts';
import type { ModelConfig } from '../model/config.ts';
import { defaultMicroBatch } from '../model/micro-batch.ts';
import { parameterCount, parameters } from '../model/parameters.ts';
import { type TransformerGraph, transformer } from '../model/transformer.ts';
import type { Buffers, GraphSession, OpenSession } from './backend.ts';
import { createTokens, rowOf } from './tokens.ts';

/** `count` sequences of seqLen + 1 ids. */
export interface Sequences {
  ids: Int32Array;
  count: number;
}

export interface ProbeModel {
  model: ModelConfig;
  /** The flat parameters that everything below is computed at; read at every call. */
  params: Float32Array;
  /** Mean loss, nats per token. */
  loss(batch: Sequences): Promise<number>;
  /** Loss of each token that is to be predicted, sequence by sequence: count * seqLen values. */
  tokenLosses(batch: Sequences): Promise<Float32Array>;
  /** Writes the gradient of the mean loss into `out`; gives that loss. */
  gradient(batch: Sequences, out: Float32Array): Promise<number>;
  /**
   * Writes H v into `out`, H the Hessian of the mean loss over the batch. With `block`, the place of a parameter in
   * `parameters(model)`: the product with that diagonal block, v and out being of its size.
   */
  hessianVector(batch: Sequences, v: Float32Array, out: Float32Array, block?: number): Promise<void>;
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
  openSession: OpenSession,
): ProbeModel {
  const table = parameters(model);
  const total = parameterCount(model);
  // What v and the results are read from and written to: the same places as in `params`.
  const along = new Float32Array(total);
  const result = new Float32Array(total);
  const opened = new Map<string, Promise<Piece>>();
  const views = (flat: Float32Array, prefix: string, of = table): Buffers =>
    Object.fromEntries(
      of.map((p) => [prefix + p.name, { data: flat.subarray(p.offset, p.offset + p.size), shape: p.shape }]),
    );

  async function open(
    size: number,
    build: (graph: TransformerGraph) => Record<string, Tensor>,
    inputs: Buffers,
    outputs: Buffers,
  ): Promise<Piece> {
    const wanted = build(transformer(model, size));
    const session = await openSession(encodeGraph(wanted), threads);
    const tokens = createTokens(model, size);
    const all: Buffers = {
      ...tokens.inputs,
      ...views(params, ''),
      ...inputs,
    };
    // A graph for losses by token knows no targets, one for a block perhaps not all parameters: a session refuses what it has no use for.
    const used = reachable(Object.values(wanted)).filter(({ op }) => op.name === 'input');
    const names = used.map(({ attrs }) => (attrs as { name: string }).name);
    const run = session.bind(Object.fromEntries(names.map((name) => [name, all[name]])), outputs);
    return {
      session,
      run,
      fill: (batch, from) => tokens.fill(batch.ids, from),
      outputs: Object.fromEntries(
        Object.entries(outputs).map(([name, { data }]) => [name, data as Float32Array]),
      ),
    };
  }

  /** Runs the batch in pieces of at most `most` sequences; `each` sees every piece's outputs, and its share of the batch. */
  async function over(
    key: string,
    { ids, count }: Sequences,
    most: number,
    make: (size: number) => Promise<Piece>,
    each: (piece: Piece, share: number, from: number, size: number) => void,
  ): Promise<void> {
    if (count < 1 || ids.length < count * (model.seqLen + 1))
      throw new RangeError(`${count} sequences need ${count * (model.seqLen + 1)} ids, not ${ids.length}`);
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
      const { seqLen, vocabSize } = model;
      const losses = new Float32Array(batch.count * seqLen);
      await over(
        'tokens',
        batch,
        most(batch),
        (size) => {
          const shape = [size * seqLen, vocabSize];
          const probabilities = { data: new Float32Array(shape[0] * shape[1]), shape };
          return open(size, ({ logits }) => ({ probabilities: softmax(logits) }), {}, { probabilities });
        },
        ({ outputs: { probabilities } }, _, from, size) => {
          for (let s = 0; s < size; s++)
            for (let t = 0; t < seqLen; t++) {
              const target = batch.ids[(from + s) * (seqLen + 1) + t + 1];
              const p = probabilities[rowOf(size, s, t) * vocabSize + target];
              losses[(from + s) * seqLen + t] = -Math.log(Math.max(p, TINY));
            }
        },
      );
      return losses;
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
          { loss: scalar(), ...views(result, 'out:') },
        );
      await over('gradient', batch, most(batch), make, ({ outputs: { loss } }, share) => {
        sum += share * loss[0];
        for (let i = 0; i < total; i++) out[i] += share * result[i];
      });
      return sum;
    },
    async hessianVector(batch, v, out, block) {
      const of = block === undefined ? table : [table[block]];
      const from = of[0].offset;
      along.set(v, from);
      out.fill(0);
      const make = (size: number) =>
        open(
          size,
          (graph) => {
            const wrt = block === undefined ? graph.parameters : [graph.parameters[block]];
            const products = hessianVector(
              graph.loss,
              wrt,
              of.map((p) => input(`along:${p.name}`, p.shape)),
            );
            return Object.fromEntries(of.map((p, i) => [`out:${p.name}`, products[i]]));
          },
          views(along, 'along:', of),
          views(result, 'out:', of),
        );
      // Half the usual pieces: twice as many tensors of the logits' size are alive, and they should stay in the cache.
      const piece = Math.max(1, Math.floor(most(batch) / 2));
      await over(`hessian${block ?? ''}`, batch, piece, make, (_, share) => {
        for (let i = 0; i < out.length; i++) out[i] += share * result[from + i];
      });
    },
    async close() {
      const pieces = await Promise.allSettled(opened.values());
      opened.clear();
      for (const piece of pieces) if (piece.status === 'fulfilled') await piece.value.session.close();
    },
  };
}
