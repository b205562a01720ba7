// ONNX Runtime sessions on buffers that exist beforehand: a run copies nothing and allocates nothing of ours.
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import type { Buffer, Buffers, OpenSession } from './backend.ts';

const toTensor = ({ data, shape }: Buffer) =>
  data instanceof Float32Array ? new OrtTensor('float32', data, shape) : new OrtTensor('int64', data, shape);

const toTensors = (buffers: Buffers) =>
  Object.fromEntries(Object.entries(buffers).map(([name, buffer]) => [name, toTensor(buffer)]));

/** Loads ONNX bytes for the CPU; `threads` work inside one operation. */
export const openSession: OpenSession = async (model, threads) => {
  const session = await InferenceSession.create(model, {
    executionProviders: ['cpu'],
    executionMode: 'sequential',
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    // The graph is already fused where it matters; further rewriting only costs start-up (see docs/log.md).
    graphOptimizationLevel: 'basic',
    logSeverityLevel: 3,
    // Masked attention scores become denormal probabilities, on which processors are 100 times slower: flush them to zero.
    extra: { session: { set_denormal_as_zero: '1' } },
  });
  return {
    bind(inputs, outputs) {
      const feeds = toTensors(inputs);
      const fetches = toTensors(outputs);
      return async () => {
        const results = await session.run(feeds, fetches);
        // The binding also returns a copy of every output: let go of them at once, the garbage collector does so
        // late (a fifth of a small step).
        for (const [name, { data }] of Object.entries(results))
          if (data !== fetches[name].data && 'buffer' in data) (data.buffer as ArrayBuffer).transfer(0);
      };
    },
    close: () => session.release(),
  };
};
