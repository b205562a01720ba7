// Statements of the builder, run over a memory; and what it refuses.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { memories } from '../../runtime/passes/bed.testing.ts';
import { FunctionBuilder } from './function.ts';
import { LaneBuilder } from './lanes.ts';
import { instantiate } from './module.ts';
import { f32, f32x4, i32, i32x4, v128 } from './operations.ts';

for (const [kind, memory] of Object.entries(memories())) {
  const words = new Int32Array(memory.buffer);

  test(`${kind}: a counted loop runs as often as whole steps fit, and moves its pointers`, () => {
    const { run } = instantiate(memory, 'test of counted loops', (address) => {
      const f = new FunctionBuilder(address);
      const [pointer, count] = [f.parameter(address.type), f.parameter(address.type)];
      f.countedLoop(count, 3, [pointer], () => f.increment(pointer));
      f.result(address.wrap(count));
      return [f.finish('run')];
    });
    fc.assert(
      fc.property(fc.nat(40), (count) => {
        words.fill(0, 0, 64);
        assert.equal(run(8, count), count % 3);
        const steps = Math.floor(count / 3);
        const at = (_: unknown, k: number) => Number(k >= 2 && (k - 2) % 3 === 0 && k < 2 + 3 * steps);
        assert.deepEqual([...words.subarray(0, 64)], Array.from({ length: 64 }, at));
      }),
    );
  });
}

const memory = new WebAssembly.Memory({ initial: 1 });
const lanes = new Float32Array(memory.buffer, 0, 4);

test('a value is what its local holds when it is read; results may have statements between them', () => {
  const { run } = instantiate(memory, 'test of results', () => {
    const f = new FunctionBuilder();
    const x = f.parameter('i32');
    const before = f.keep(x);
    f.when(i32.ltU(x, i32.const(5)), () => f.set(x, i32.const(9)));
    f.result(x);
    f.set(x, i32.const(7));
    f.result(before);
    f.result(x);
    return [f.finish('run')];
  });
  assert.deepEqual(run(3) as unknown, [9, 3, 7]);
  assert.deepEqual(run(6) as unknown, [6, 6, 7]);
});

test('lanes are stored whole and one by one; equal constants are made once, before loops', () => {
  const k = new LaneBuilder();
  const at = k.int(0);
  const turn = k.int(0);
  const end = k.int(3);
  k.loopBelow(turn, end, () => {
    k.store(at, k.add(k.load(at), k.f32(1.5)));
    k.store(at, k.sub(k.load(at), k.f32(1)));
    k.advance(turn, 1);
  });
  k.storeLane(at, k.mul(k.load(at), k.f32(1.5)), 2);
  const spec = k.finish('run');
  const constants = [1.5, 1].map((x) =>
    v128.const(Array(4).fill(new Int32Array(Float32Array.of(x).buffer)[0])),
  );
  for (const { code } of constants)
    assert.equal(spec.body.join().split(code.join()).length, 2, 'a constant stands in the code once');
  lanes.set([1, 2, 3, 4]);
  instantiate(memory, 'test of lanes', () => [spec]).run();
  // Half a unit more three times; then the third lane, times 1.5, where the first was.
  assert.deepEqual([...lanes], [4.5 * 1.5, 3.5, 4.5, 5.5]);
});

test('lanes are taken apart as they lie', () => {
  const { run } = instantiate(memory, 'test of lanes apart', () => {
    const f = new FunctionBuilder();
    const four = f.keep(v128.load(i32.const(0)));
    f.result(f32x4.extractLane(four, 1));
    f.result(f32.max(f32x4.extractLane(four, 0), f32x4.extractLane(four, 3)));
    f.result(i32x4.bitmask(f32x4.lt(four, f32x4.splat(f32.const(2.5)))));
    f.result(f32x4.extractLane(v128.upper(four), 1));
    return [f.finish('run')];
  });
  lanes.set([1, 2, 3, 4]);
  assert.deepEqual(run() as unknown, [2, 4, 0b0011, 4]);
});

test('a parameter after a local, and a local of another function, are refused', () => {
  const [f, g] = [new FunctionBuilder(), new FunctionBuilder()];
  const own = f.local('i32');
  assert.throws(() => f.parameter('i32'), /a parameter after a local/);
  assert.throws(() => g.set(own, i32.const(1)), /a local of another function/);
});
