// A batch in pieces: the graph of a micro-batch is built once for each size, and its
// gradients are written or added to the flat gradient buffer by the graph itself.
import type { Tensor } from '../graph/tensor.ts';
import type { ModelConfig } from '../model/config.ts';
import { createInputs, exampleWidth } from '../model/objectives/registry.ts';
import { type Parameter, parameters } from '../model/parameters.ts';
import { type Backend, type Buffers, openGraph } from './backend.ts';
import { defaultMicroBatch, kernelPiece } from './micro-batch.ts';
import { BASE, type GradientMode, trainingGraph } from './training-graph.ts';

interface PiecesConfig {
  model: ModelConfig;
  /** Sequences given to the graph at once, at most. */
  microBatch: number;
  threads: number;
  /** Keep few activations and compute the others again: the same bits, less memory, a third more time. */
  recompute?: boolean;
  /** Flat buffers of the parameters and of their gradients. */
  params: Float32Array;
  grads: Float32Array;
}

export interface Pieces {
  /**
   * Fills the gradient buffer: gradient of the summed (not averaged) sequence losses. Returns the mean loss.
   */
  gradient(sequences: Int32Array, count: number): Promise<number>;
  /** Mean loss over `count` sequences. */
  loss(sequences: Int32Array, count: number): Promise<number>;
  close(): Promise<void>;
}

interface Piece {
  run(sequences: Int32Array, from: number): Promise<number>;
  /** Parameters whose gradients it adds to the buffer. */
  adds: Parameter[];
}

const GRAD = 'grad:';

export function createPieces(config: PiecesConfig, backend: Backend): Pieces {
  const { model, microBatch, threads, params, grads } = config;
  const table = parameters(model);
  const width = exampleWidth(model);
  const closers: (() => Promise<void>)[] = [];

  const part = (flat: Float32Array, { offset, size }: Parameter) => flat.subarray(offset, offset + size);
  const buffers = (flat: Float32Array, prefix: string, of: Parameter[]): Buffers =>
    Object.fromEntries(of.map((p) => [prefix + p.name, { data: part(flat, p), shape: p.shape }]));

  async function open(size: number, mode: GradientMode): Promise<Piece> {
    const kernels = backend.kernels?.(threads);
    const graph = trainingGraph(model, size, {
      mode,
      hasKernel: kernels && ((node) => !!kernels.of(node)),
      recompute: config.recompute,
    });
    const adds = graph.adds.map((i) => table[i]);
    const outputs: Record<string, Tensor> = { loss: graph.loss };
    graph.gradients.forEach((gradient, i) => {
      outputs[GRAD + table[i].name] = gradient;
    });
    const inOrder = config.recompute && mode !== 'loss';
    const session = await openGraph(backend, outputs, threads, { inOrder, kernels });
    closers.push(session.close);
    const examples = createInputs(model, size);
    const value = new Float32Array(1);
    const run = session.bind(
      {
        ...examples.inputs,
        ...buffers(params, '', table),
        // The same memory is read as the base and written as the gradient; see accumulate.ts.
        ...buffers(grads, BASE, adds),
      },
      { loss: { data: value, shape: [] }, ...(mode === 'loss' ? {} : buffers(grads, GRAD, table)) },
    );
    return {
      adds,
      async run(sequences, from) {
        examples.fill(sequences, from);
        await run();
        return value[0];
      },
    };
  }

  const opened = new Map<string, Promise<Piece>>();
  function piece(size: number, mode: GradientMode): Promise<Piece> {
    const key = `${mode} ${size}`;
    let made = opened.get(key);
    if (!made) opened.set(key, (made = open(size, mode)));
    return made;
  }

  /** Runs `total` sequences, `most` at a time (the last may be fewer); returns their mean loss. */
  async function over(
    sequences: Int32Array,
    total: number,
    most: number,
    mode: GradientMode,
  ): Promise<number> {
    if (sequences.length < total * width)
      throw new RangeError(`${total} sequences need ${total * width} integers, not ${sequences.length}`);
    let sum = 0;
    for (let from = 0; from < total; from += most) {
      const size = Math.min(most, total - from);
      const { run, adds } = await piece(size, mode);
      if (from === 0) for (const p of adds) part(grads, p).fill(0);
      sum += size * (await run(sequences, from));
    }
    return sum / total;
  }

  const fastest = backend.kernels?.(threads) ? kernelPiece(model) : Number.POSITIVE_INFINITY;
  const most = Math.min(microBatch, fastest);
  return {
    // One graph, which adds, serves all pieces. Another graph for the first piece
    // would hold activations of its own.
    gradient: (sequences, total) => over(sequences, total, most, total > most ? 'add' : 'write'),
    loss: (sequences, total) =>
      over(sequences, total, Math.min(defaultMicroBatch(model, total), fastest), 'loss'),
    async close() {
      await Promise.all(closers.splice(0).map((close) => close()));
    },
  };
}
