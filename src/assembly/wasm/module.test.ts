import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { memories } from '../../runtime/passes/bed.testing.ts';
import { unsignedLeb } from './encoding.ts';
import { FunctionBuilder } from './function.ts';
import { assemble, instantiate, memoryKind } from './module.ts';
import { i32 } from './operations.ts';

test('unsigned LEB128', () => {
  assert.deepEqual(unsignedLeb(0), [0]);
  assert.deepEqual(unsignedLeb(624485), [0xe5, 0x8e, 0x26]);
  assert.deepEqual(unsignedLeb(2 ** 32 - 1), [0xff, 0xff, 0xff, 0xff, 0x0f]);
});

test('any 32-bit constant survives, and a module may export several functions', () => {
  fc.assert(
    fc.property(fc.integer(), (value) => {
      const memory = new WebAssembly.Memory({ initial: 0 });
      const { constant, same } = instantiate(memory, `constant ${value}`, () => {
        const [first, second] = [new FunctionBuilder(), new FunctionBuilder()];
        first.result(i32.const(value));
        second.result(second.parameter('i32'));
        return [first.finish('constant'), second.finish('same')];
      });
      assert.equal(constant(), value);
      assert.equal(same(value), value);
    }),
  );
});

test('a memory tells its kind', () => {
  const kinds = Object.values(memories()).map((memory) => {
    const { address, shared } = memoryKind(memory);
    return `${address.type} ${shared}`;
  });
  assert.deepEqual(kinds, ['i32 false', 'i64 false', 'i32 true', 'i64 true']);
});

test('a memory must be declared as it is, shared or not, 32 bits or 64', () => {
  const all = Object.values(memories());
  for (const kind of all.map(memoryKind))
    for (const memory of all) {
      const link = () =>
        new WebAssembly.Instance(new WebAssembly.Module(assemble([], kind)), { env: { memory } });
      const same = memoryKind(memory).address === kind.address && memoryKind(memory).shared === kind.shared;
      if (same) assert.doesNotThrow(link);
      else assert.throws(link, WebAssembly.LinkError);
    }
});
