// Nodes spelled out compute what the nodes themselves do.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openSession } from '../../runtime/session.ts';
import { gradients } from '../grad.ts';
import { mul } from '../ops/elementwise.ts';
import { rmsNorm } from '../ops/norm.ts';
import { sumAll } from '../ops/reduce.ts';
import { input } from '../ops/source.ts';
import { encodeGraph } from './encode.ts';

test('RMSNorm and its gradient are the same without SimplifiedLayerNormalization', async () => {
  const [x, w, c] = [input('x', [3, 8]), input('w', [8]), input('c', [3, 8])];
  const y = rmsNorm(x, w, 1e-3);
  // The gradient reads the second output.
  const graph = { y, dx: gradients(sumAll(mul(y, c)), [x])[0] };
  const values = (n: number, from: number) => Float32Array.from({ length: n }, (_, i) => Math.sin(from + i));
  const run = async (lacks: string[]) => {
    const bytes = encodeGraph(graph, lacks);
    assert.equal(new TextDecoder('latin1').decode(bytes).includes('SimplifiedLayer'), lacks.length === 0);
    const session = await openSession(bytes, 1);
    const [outY, outDx] = [new Float32Array(24), new Float32Array(24)];
    const inputs = {
      x: { data: values(24, 1), shape: [3, 8] },
      w: { data: values(8, 2), shape: [8] },
      c: { data: values(24, 3), shape: [3, 8] },
    };
    await session.bind(inputs, { y: { data: outY, shape: [3, 8] }, dx: { data: outDx, shape: [3, 8] } })();
    await session.close();
    return [...outY, ...outDx];
  };
  const native = await run([]);
  const spelled = await run(['SimplifiedLayerNormalization']);
  native.forEach((value, i) => assert.ok(Math.abs(value - spelled[i]) < 1e-5, `${value} ${spelled[i]}`));
});

test('a node type that cannot be spelled out is named', () => {
  assert.throws(
    () => encodeGraph({ y: rmsNorm(input('x', [3, 8]), input('w', [8]), 1e-3) }, ['Gemm']),
    /Gemm/,
  );
});
