import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { assemble, i32, local, unsigned } from './wasm.ts';

test('unsigned LEB128', () => {
  assert.deepEqual(unsigned(0), [0]);
  assert.deepEqual(unsigned(624485), [0xe5, 0x8e, 0x26]);
  assert.deepEqual(unsigned(2 ** 32 - 1), [0xff, 0xff, 0xff, 0xff, 0x0f]);
});

test('any 32-bit constant survives, and a module may export several functions', () => {
  fc.assert(
    fc.property(fc.integer(), (value) => {
      const bytes = assemble([
        { name: 'constant', params: [], results: ['i32'], locals: [], body: i32.const(value) },
        { name: 'same', params: ['i32'], results: ['i32'], locals: ['f64', 'v128'], body: local.get(0) },
      ]);
      const memory = new WebAssembly.Memory({ initial: 0 });
      const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
      const { constant, same } = exports as Record<string, (x?: number) => number>;
      assert.equal(constant(), value);
      assert.equal(same(value), value);
    }),
  );
});

test('a shared memory must be declared, and the other way round', () => {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 2, shared: true });
  const link = (shared: boolean) =>
    new WebAssembly.Instance(new WebAssembly.Module(assemble([], { shared })), { env: { memory } });
  assert.doesNotThrow(() => link(true));
  assert.throws(() => link(false), WebAssembly.LinkError);
});
