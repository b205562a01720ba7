// Kernels of ours as operations of ONNX Runtime: what goes wrong inside is said, and sessions come and go.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeGraph } from '../../../graph/onnx/encode.ts';
import { exp, log, scale } from '../../../graph/ops/elementwise.ts';
import { matmul } from '../../../graph/ops/matmul.ts';
import { reshape } from '../../../graph/ops/shape.ts';
import { input } from '../../../graph/ops/source.ts';
import type { Node } from '../../../graph/tensor.ts';
import { type GraphKernels, openGraph } from '../../backend.ts';
import { noKernels, vectorSets } from '../../run-graph.testing.ts';
import { host } from '../host.ts';
import { type Emit, type Kernel, pointers, slot } from '../x64/nodes/kernel.ts';
import { findMachineCode } from '../x64/pages.ts';
import { createOp } from './custom-op.ts';

const skip = noKernels;

test('memory that there is not is an error, not a crash', { skip }, async () => {
  const y = scale(input('x', [1]), 2);
  // Scratch of 16 TiB, and code that would fail at once.
  const trap: Emit = ({ a }) => a.byte(0x0f, 0x0b);
  const kernel = { tasks: [trap], scratch: [2 ** 42] };
  const op = createOp('trap', y.node, kernel, vectorSets[0], findMachineCode().machineCode!);
  const of = () => op;
  const session = await host.open(encodeGraph({ y }, { kernels: of }), 1, {
    of,
    used: new Set([op]),
  } as GraphKernels);
  const buffer = () => ({ data: new Float32Array(1), shape: [1] });
  await assert.rejects(session.bind({ x: buffer() }, { y: buffer() })(), /alloc|memory/i);
  await session.close();
});

test('an output is written where an input was, if nobody needs that any more', { skip }, async () => {
  const first = exp(input('x', [4]));
  const second = log(first);
  const y = reshape(second, [2, 2]);
  const { machineCode } = findMachineCode();
  // Writes where its input and its output are.
  const tell: Emit = (v) => {
    const [to] = pointers(v, 1);
    const from = v.a.registers.take();
    for (const i of [0, 1]) {
      v.a.load(from, slot(i));
      v.a.store({ base: to, offset: 8 * i }, from);
    }
  };
  const op = (name: string, node: Node, kernel: Kernel) =>
    createOp(name, node, kernel, vectorSets[0], machineCode!);
  const told = async (inPlace?: { input: number; output: number }) => {
    const name = `tell${inPlace ? 'InPlace' : ''}`;
    const ops = new Map([
      [first.node, op(`${name}First`, first.node, { tasks: [() => {}], scratch: [] })],
      [second.node, op(name, second.node, { tasks: [tell], scratch: [], inPlace })],
    ]);
    const of: GraphKernels['of'] = (node) => ops.get(node);
    const kernels = { of, used: new Set(ops.values()) } as GraphKernels;
    const session = await host.open(encodeGraph({ y }, { kernels: of }), 1, kernels);
    const out = new Float32Array(4);
    await session.bind(
      { x: { data: new Float32Array(4), shape: [4] } },
      { y: { data: out, shape: [2, 2] } },
    )();
    await session.close();
    return [...new BigUint64Array(out.buffer)];
  };
  const [from, to] = await told();
  assert.ok(from !== to && from > 0n);
  const [same, there] = await told({ input: 0, output: 0 });
  assert.equal(same, there);
});

test('sessions with one kernel, at the same time and one after the other', { skip }, async () => {
  const y = matmul(input('a', [2, 3]), input('b', [3, 2]));
  const open = async (scale: number) => {
    const session = await openGraph(host, { y }, 1);
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
