// The Hessian of a batch at one point, as products with vectors. A third of a product's work, the forward and
// the backward pass at these parameters, comes before the vector: it is done once, and its tensors are kept.
import { accumulate } from '../graph/accumulate.ts';
import { hessianVector } from '../graph/hessian.ts';
import { scale } from '../graph/ops/elementwise.ts';
import { input } from '../graph/ops/source.ts';
import { cutBefore } from '../graph/passes/cut.ts';
import { sizeOf, type Tensor } from '../graph/tensor.ts';
import type { ModelConfig } from '../model/config.ts';
import { createInputs } from '../model/objectives/registry.ts';
import { type Parameter, parameters } from '../model/parameters.ts';
import { transformer } from '../model/transformer.ts';
import { type Backend, type Buffers, type GraphSession, openGraph } from './backend.ts';
import { defaultMicroBatch } from './micro-batch.ts';
import { inputsOf, partsOf } from './parts.ts';

/** `count` examples, as the model's objective writes them: seqLen + 1 ids each for a language model. */
export interface Sequences {
  ids: Int32Array;
  count: number;
}

export interface HessianAt {
  /** Writes H v into `out`. */
  times(v: Float32Array, out: Float32Array): Promise<void>;
  close(): Promise<void>;
}

interface HessianOptions {
  model: ModelConfig;
  /** The flat parameters. They must not change between products. */
  params: Float32Array;
  threads: number;
  batch: Sequences;
  /** Consecutive parameters: all of them, or a block. */
  of: readonly Parameter[];
  /**
   * Bytes that may be kept (default: 1 GiB); pieces of the batch beyond them are computed
   * anew for every product.
   */
  mostKept?: number;
}

/** A piece of the batch, with room for what is kept of it. */
interface Piece {
  fill(from: number): void;
  /** Up to the vector, and from there on. */
  first(): Promise<void>;
  second(): Promise<void>;
}

/** The Hessian of the batch's mean loss at `params`, in the parameters `of`. To be closed. */
export async function openHessian(options: HessianOptions, backend: Backend): Promise<HessianAt> {
  const { model, params, threads, batch, of, mostKept = 2 ** 30 } = options;
  const from = of[0].offset;
  const along = new Float32Array(params.length);
  const result = new Float32Array(params.length);
  const sessions: GraphSession[] = [];

  /** Graphs for `size` sequences: bytes to keep, and a piece with buffers of its own. */
  async function openGraphs(size: number): Promise<{ bytes: number; piece(): Piece }> {
    const graph = transformer(model, size);
    const table = parameters(model);
    const wrt = of.map(({ offset }) => graph.parameters[table.findIndex((p) => p.offset === offset)]);
    const late = of.map((p) => input(`along:${p.name}`, p.shape));
    // Summed over sequences, and added to what the pieces before have left, as in pieces.ts.
    const products = hessianVector(scale(graph.loss, size), wrt, late);
    const sums = of.map((p, i) => accumulate(input(`base:${p.name}`, p.shape), products[i]));
    const { kept, outputs } = cutBefore(sums, late);
    const named = Object.fromEntries(of.map((p, i): [string, Tensor] => [`out:${p.name}`, outputs[i]]));
    const [first, second] = [
      await openGraph(backend, kept, threads),
      await openGraph(backend, named, threads),
    ];
    sessions.push(first, second);
    const piece = (): Piece => {
      const examples = createInputs(model, size);
      const room: Buffers = Object.fromEntries(
        Object.entries(kept).map(([name, { shape }]) => [
          name,
          { data: new Float32Array(sizeOf(shape)), shape },
        ]),
      );
      const all = {
        ...examples.inputs,
        ...partsOf(params, '', table),
        ...partsOf(along, 'along:', of),
        ...partsOf(result, 'base:', of),
        ...room,
      };
      return {
        fill: (at) => examples.fill(batch.ids, at),
        first: first.bind(inputsOf(Object.values(kept), all), room),
        second: second.bind(inputsOf(outputs, all), partsOf(result, 'out:', of)),
      };
    };
    return { bytes: 4 * Object.values(kept).reduce((sum, { shape }) => sum + sizeOf(shape), 0), piece };
  }

  // Half the usual pieces: twice as many tensors of the logits' size are alive,
  // and they should stay in the cache.
  const most = Math.max(1, Math.floor(defaultMicroBatch(model, batch.count) / 2));
  const graphs = new Map<number, Awaited<ReturnType<typeof openGraphs>>>();
  const spare = new Map<number, Piece>();
  const pieces: { piece: Piece; at: number; again: boolean }[] = [];
  let kept = 0;
  try {
    for (let at = 0; at < batch.count; at += most) {
      const size = Math.min(most, batch.count - at);
      const graph = graphs.get(size) ?? (await openGraphs(size));
      graphs.set(size, graph);
      kept += graph.bytes;
      const again = kept > mostKept;
      const piece = (again && spare.get(size)) || graph.piece();
      if (again) spare.set(size, piece);
      else {
        piece.fill(at);
        await piece.first();
      }
      pieces.push({ piece, at, again });
    }
  } catch (error) {
    await close();
    throw error;
  }

  async function close() {
    for (const session of sessions.splice(0)) await session.close();
  }
  return {
    async times(v, out) {
      along.set(v, from);
      result.fill(0);
      for (const { piece, at, again } of pieces) {
        if (again) {
          piece.fill(at);
          await piece.first();
        }
        await piece.second();
      }
      for (let i = 0; i < out.length; i++) out[i] = result[from + i] / batch.count;
    },
    close,
  };
}
