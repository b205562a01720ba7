// Nodes spelled out compute what the nodes themselves do.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { host } from '../../runtime/targets/host.ts';
import { gradients } from '../grad.ts';
import { mul } from '../ops/elementwise.ts';
import { type MatmulOptions, matmul } from '../ops/matmul.ts';
import { layerNorm, rmsNorm } from '../ops/norm.ts';
import { sumAll } from '../ops/reduce.ts';
import { input } from '../ops/source.ts';
import { sizeOf, type Tensor } from '../tensor.ts';
import { encodeGraph } from './encode.ts';

const waves = (n: number, from: number) => Float32Array.from({ length: n }, (_, i) => Math.sin(from + i));

for (const [type, norm] of [
  ['SimplifiedLayerNormalization', (x, w) => rmsNorm(x, w, 1e-3)],
  ['LayerNormalization', (x, w) => layerNorm(x, w, mul(w, w), 1e-3)],
] as [string, (x: Tensor, w: Tensor) => Tensor][])
  test(`a norm and its gradient are the same without ${type}`, async () => {
    const [x, w, c] = [input('x', [3, 8]), input('w', [1, 8]), input('c', [3, 8])];
    const y = norm(x, w);
    // The gradient reads the other outputs.
    const graph = { y, dx: gradients(sumAll(mul(y, c)), [x])[0] };
    const run = async (lacks: string[]) => {
      const bytes = encodeGraph(graph, { lacks });
      assert.equal(new TextDecoder('latin1').decode(bytes).includes('LayerNorm'), lacks.length === 0);
      const session = await host.open(bytes, 1);
      const [outY, outDx] = [new Float32Array(24), new Float32Array(24)];
      const inputs = {
        x: { data: waves(24, 1), shape: [3, 8] },
        w: { data: waves(8, 2), shape: [1, 8] },
        c: { data: waves(24, 3), shape: [3, 8] },
      };
      await session.bind(inputs, { y: { data: outY, shape: [3, 8] }, dx: { data: outDx, shape: [3, 8] } })();
      await session.close();
      return [...outY, ...outDx];
    };
    const [native, spelled] = [await run([]), await run([type])];
    native.forEach((value, i) => assert.ok(Math.abs(value - spelled[i]) < 1e-5, `${value} ${spelled[i]}`));
  });

for (const options of [
  {},
  { alpha: -0.5 },
  { transA: true },
  { transB: true, alpha: 2 },
  { outerA: true, transB: true },
  { outerA: true, transA: true, outerB: true },
  { transA: true, outerB: true, transB: true },
])
  test(`a batched product is the same without FusedMatMul: ${JSON.stringify(options)}`, async () => {
    const { transA = false, transB = false, outerA = false, outerB = false } = options as MatmulOptions;
    const [batch, m, k, n] = [[2, 3], 4, 5, 6];
    const shapeOf = (rows: number, columns: number, outer: boolean) =>
      outer ? [rows, ...batch, columns] : [...batch, rows, columns];
    const [a, b] = [
      input('a', transA ? shapeOf(k, m, outerA) : shapeOf(m, k, outerA)),
      input('b', transB ? shapeOf(n, k, outerB) : shapeOf(k, n, outerB)),
    ];
    const y = matmul(a, b, options);
    const feeds = [a, b].map(({ shape }, i) => ({ data: waves(sizeOf(shape), i + 1), shape }));
    const run = async (lacks: string[]) => {
      const bytes = encodeGraph({ y }, { lacks });
      assert.equal(new TextDecoder('latin1').decode(bytes).includes('FusedMatMul'), lacks.length === 0);
      const session = await host.open(bytes, 1);
      const out = new Float32Array(sizeOf(y.shape));
      await session.bind({ a: feeds[0], b: feeds[1] }, { y: { data: out, shape: y.shape } })();
      await session.close();
      return [...out];
    };
    const [native, spelled] = [await run([]), await run(['FusedMatMul'])];
    native.forEach((value, i) => assert.ok(Math.abs(value - spelled[i]) < 1e-5, `${value} ${spelled[i]}`));
  });

test('a node type that cannot be spelled out is named', () => {
  assert.throws(
    () => encodeGraph({ y: rmsNorm(input('x', [3, 8]), input('w', [1, 8]), 1e-3) }, { lacks: ['Gemm'] }),
    /Gemm/,
  );
});
