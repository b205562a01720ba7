// What the engine relies on when it hands addresses to ONNX Runtime: memory stays in place,
// mistakes become errors.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { encodeGraph } from '../../../graph/onnx/encode.ts';
import { scale } from '../../../graph/ops/elementwise.ts';
import { gather } from '../../../graph/ops/lookup.ts';
import { input } from '../../../graph/ops/source.ts';
import type { Buffer } from '../../backend.ts';
import { ortLibrary } from './library.ts';
import { openSession } from './session.ts';

const doubling = encodeGraph({ y: scale(input('x', [3]), 2) });
const of = (...values: number[]): Buffer => ({ data: Float32Array.from(values), shape: [values.length] });

async function withSession(f: (session: Awaited<ReturnType<typeof openSession>>) => Promise<void>) {
  const session = await openSession(doubling, 1);
  try {
    await f(session);
  } finally {
    await session.close();
  }
}

test('the library says which version it is', () => assert.match(ortLibrary().version, /^1\.\d+\.\d+$/));

test('small arrays stay where they are, whatever the garbage collector does', () =>
  withSession(async (session) => {
    setFlagsFromString('--expose-gc');
    const gc = runInNewContext('gc') as () => void;
    // Young, and small enough that V8 keeps their bytes inside the objects, which move when they grow old.
    const [x, y] = [of(0, 0, 0), of(0, 0, 0)];
    const run = session.bind({ x }, { y });
    for (let i = 1; i <= 6; i++) {
      x.data.fill(i as never);
      await run();
      assert.deepEqual([...y.data], [2 * i, 2 * i, 2 * i]);
      Array.from({ length: 1000 }, () => new Float32Array(3));
      gc();
    }
  }));

test('memory beyond 4 GiB', () =>
  withSession(async (session) => {
    const pages = BigInt(2 ** 16 + 1);
    const options = { initial: pages, maximum: pages, address: 'i64' };
    const memory = new WebAssembly.Memory(options as never as WebAssembly.MemoryDescriptor);
    const at = (offset: number) => ({ data: new Float32Array(memory.buffer, offset, 3), shape: [3] });
    const [x, y, low] = [at(2 ** 32 + 64), at(2 ** 32 + 128), at(64)];
    x.data.set([1, 2, 3]);
    await session.bind({ x }, { y })();
    assert.deepEqual([...y.data], [2, 4, 6]);
    await session.bind({ x: y }, { y: low })();
    assert.deepEqual([...low.data], [4, 8, 12]);
  }));

test('buffers that do not fit the graph are refused, with the reason', () =>
  withSession(async (session) => {
    assert.throws(() => session.bind({ z: of(1, 2, 3) }, { y: of(0, 0, 0) }), /z/);
    assert.throws(
      () => session.bind({ x: { data: new Float32Array(2), shape: [3] } }, {}),
      /not enough space/,
    );
    const ids = { data: new BigInt64Array(3), shape: [3] };
    await assert.rejects(session.bind({ x: ids }, { y: of(0, 0, 0) })(), /[Uu]nexpected input data type/);
    await assert.rejects(session.bind({ x: of(1, 2) }, { y: of(0, 0) })(), /[Dd]imensions|[Ss]hape/);
  }));

test('a run that fails says why', async () => {
  const rows = gather(input('table', [3, 2]), input('ids', [1], 'int64'));
  const session = await openSession(encodeGraph({ rows }), 1);
  const ids = { data: BigInt64Array.of(7n), shape: [1] };
  const run = session.bind(
    { table: { data: new Float32Array(6), shape: [3, 2] }, ids },
    { rows: { data: new Float32Array(2), shape: [1, 2] } },
  );
  await assert.rejects(run(), /indices element out of data bounds/);
  ids.data[0] = 2n;
  await run();
  await session.close();
});

test('a buffer given away, or a closed session, is an error and not a crash', () =>
  withSession(async (session) => {
    const [x, y] = [of(1, 2, 3), of(0, 0, 0)];
    const run = session.bind({ x }, { y });
    (x.data.buffer as ArrayBuffer).transfer();
    await assert.rejects(run(), /given away/);
    const again = session.bind({ x: y }, { y: of(0, 0, 0) });
    await session.close();
    await session.close();
    await assert.rejects(again(), /closed/);
    assert.throws(() => session.bind({}, {}), /closed/);
  }));

test('long work lets the event loop have its turn', () =>
  withSession(async (session) => {
    const run = session.bind({ x: of(1, 2, 3) }, { y: of(0, 0, 0) });
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    const until = performance.now() + 200;
    while (performance.now() < until) await run();
    clearInterval(timer);
    assert.ok(turns >= 1);
  }));
