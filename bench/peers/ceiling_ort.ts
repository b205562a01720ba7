// What the processor can do, through ONNX Runtime and Node: products of square matrices, and copies of typed
// arrays. Speaks as serve.ts does, with `{"setup": {"product": n}}` or `{"setup": {"copy": n}}` (n float32).
import { parseArgs } from 'node:util';
import { encodeGraph } from '../../src/graph/onnx/encode.ts';
import { matmul } from '../../src/graph/ops/matmul.ts';
import { input } from '../../src/graph/ops/source.ts';
import { host } from '../../src/runtime/targets/host.ts';
import { serve } from '../serve.ts';

const { values: flags } = parseArgs({ options: { threads: { type: 'string', default: '1' } } });

async function product(size: number) {
  const shape = [size, size];
  const filled = () => ({
    data: Float32Array.from({ length: size * size }, () => Math.random() - 0.5),
    shape,
  });
  const c = { data: new Float32Array(size * size), shape };
  const session = await host.open(
    encodeGraph({ c: matmul(input('a', shape), input('b', shape)) }),
    Number(flags.threads),
  );
  return session.bind({ a: filled(), b: filled() }, { c });
}

function copy(length: number) {
  const source = new Float32Array(length).fill(1);
  const target = new Float32Array(length);
  return () => target.set(source);
}

await serve({}, async (setup) => {
  const wanted = setup as unknown as { product?: number; copy?: number };
  const work = wanted.product ? await product(wanted.product) : copy(wanted.copy!);
  const step = async () => {
    await work();
    return 0;
  };
  return { loss: 0, way: 'ONNX Runtime', recipe: null, step };
});
