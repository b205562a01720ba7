// Kernels of ours as operations of ONNX Runtime: what goes wrong inside is said, and sessions come and go.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scatterRows } from '../../graph/ops/lookup.ts';
import { matmul } from '../../graph/ops/matmul.ts';
import { sumAll } from '../../graph/ops/reduce.ts';
import { input } from '../../graph/ops/source.ts';
import { openGraph } from '../backend.ts';
import { openSession } from '../session.ts';
import { runGraph } from '../testing.ts';

const skip = openSession.kernels?.(1) ? false : 'kernels need AVX-512';

test('a result that there is no memory for is an error, not a crash', { skip }, async () => {
  const rows = scatterRows(input('x', [1, 1]), input('ids', [1], 'int64'), 2 ** 42);
  await assert.rejects(runGraph({ sum: sumAll(rows) }, { x: [1], ids: [0] }), /alloc|memory/i);
});

test('sessions with one kernel, at the same time and one after the other', { skip }, async () => {
  const y = matmul(input('a', [2, 3]), input('b', [3, 2]));
  const open = async (scale: number) => {
    const session = await openGraph(openSession, { y }, 1);
    const buffer = (values: number[], shape: number[]) => ({ data: Float32Array.from(values), shape });
    const out = buffer([0, 0, 0, 0], [2, 2]);
    const [a, b] = [buffer([1, 2, 3, 4, 5, 6], [2, 3]), buffer([scale, 0, 0, scale, 1, 1], [3, 2])];
    return { session, run: session.bind({ a, b }, { y: out }), out: out.data };
  };
  const [first, second] = [await open(1), await open(10)];
  for (let i = 0; i < 3; i++) {
    await first.run();
    await second.run();
    assert.deepEqual([...first.out], [4, 5, 10, 11]);
    assert.deepEqual([...second.out], [13, 23, 46, 56]);
  }
  await first.session.close();
  await second.run();
  const third = await open(2);
  await third.run();
  assert.deepEqual([...third.out], [5, 7, 14, 16]);
  await second.session.close();
  await third.session.close();
});
