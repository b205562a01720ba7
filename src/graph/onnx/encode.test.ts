// Encoded graphs as ONNX Runtime sees them, and the parts of the encoding that are easy to get wrong:
// names, copies, constants.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runGraph } from '../../runtime/run-graph.testing.ts';
import { host } from '../../runtime/targets/host.ts';
import { add, mul, offset, scale } from '../ops/elementwise.ts';
import { gather } from '../ops/lookup.ts';
import { split } from '../ops/shape.ts';
import { constant, fill, input } from '../ops/source.ts';
import { encodeGraph } from './encode.ts';

const x = input('x', [3]);
const feeds = { x: [1, 2, 3], ids: [2, 0] };

test('an output may be an input, and one tensor may have several names', async () => {
  const twice = scale(x, 2);
  const found = await runGraph({ copy: x, again: x, twice, double: twice, four: scale(twice, 2) }, feeds);
  assert.deepEqual([...found.copy], [1, 2, 3]);
  assert.deepEqual([...found.again], [1, 2, 3]);
  assert.deepEqual([...found.twice], [2, 4, 6]);
  assert.deepEqual([...found.double], [2, 4, 6]);
  assert.deepEqual([...found.four], [4, 8, 12]);
});

test('an output may feed other operations, and a node may have outputs that nobody asked for', async () => {
  const squares = mul(x, x);
  const [, middle] = split(squares, 0, [1, 1, 1]);
  const found = await runGraph({ squares, middle, more: offset(middle, 1) }, feeds);
  assert.deepEqual([...found.squares], [1, 4, 9]);
  assert.deepEqual([...found.middle], [4]);
  assert.deepEqual([...found.more], [5]);
});

test('outputs without any input', async () => {
  const found = await runGraph(
    { filled: fill([2, 2], 7), one: fill([], 3), given: constant([2], [4, 5]) },
    {},
  );
  assert.deepEqual([...found.filled], [7, 7, 7, 7]);
  assert.deepEqual([...found.one], [3]);
  assert.deepEqual([...found.given], [4, 5]);
});

test('int64 inputs', async () => {
  const found = await runGraph(
    { rows: gather(input('table', [3, 2]), input('ids', [2], 'int64')) },
    {
      ...feeds,
      table: [1, 2, 3, 4, 5, 6],
    },
  );
  assert.deepEqual([...found.rows], [5, 6, 1, 2]);
});

test('equal constants are stored once, different ones apart', () => {
  const table = Float32Array.from({ length: 1000 }, (_, i) => i);
  const sizeWith = (...tables: Float32Array[]) => {
    const long = input('x', [1000]);
    return encodeGraph({ y: tables.reduce((sum, t) => add(sum, constant([1000], t)), long) }).length;
  };
  const one = sizeWith(table);
  assert.ok(one > 4000);
  assert.ok(sizeWith(table, table.slice(), table) < one + 300);
  assert.ok(sizeWith(table, table.with(999, 0)) > one + 4000);
});

test('constants with the same bytes and another shape or type are not confused', async () => {
  // 1.4e-45 and 1n have the same low bytes, [2, 1] and [1, 2] the same values.
  const column = constant([2, 1], [5, 7]);
  const row = constant([1, 2], [5, 7]);
  assert.deepEqual([...(await runGraph({ y: add(column, row) }, {})).y], [10, 12, 12, 14]);
});

test('names that an encoder might use itself are left to the graph', async () => {
  const [t0, c0] = [input('t0', [1]), input('c0', [1])];
  const found = await runGraph(
    { t1: add(mul(t0, t0), scale(c0, 3)), c1: offset(t0, 1) },
    { t0: [2], c0: [10] },
  );
  assert.deepEqual([...found.t1, ...found.c1], [34, 3]);
});

test('a name taken twice is an error', () => {
  assert.throws(() => encodeGraph({ y: add(x, input('x', [3])) }), /two inputs are named "x"/);
  assert.throws(() => encodeGraph({ x: scale(x, 2) }), /an input and an output are named "x"/);
  assert.throws(() => encodeGraph({ x }), /an input and an output are named "x"/);
});

test('a session runs again on what its buffers hold by then, and refuses bytes that are no model', async () => {
  const session = await host.open(encodeGraph({ y: scale(x, 2) }), 1);
  const [data, y] = [Float32Array.of(1, 2, 3), new Float32Array(3)];
  const run = session.bind({ x: { data, shape: [3] } }, { y: { data: y, shape: [3] } });
  await run();
  assert.deepEqual([...y], [2, 4, 6]);
  data.fill(5);
  await run();
  assert.deepEqual([...y], [10, 10, 10]);
  await session.close();
  await assert.rejects(run(), 'a closed session does not run');
  await assert.rejects(host.open(Uint8Array.of(1, 2, 3), 1));
});
