import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Assembler } from './assembler.ts';
import { avx2 } from './avx2.ts';
import { avx512 } from './avx512.ts';
import { RegisterFile } from './registers.ts';

test('a register is given out once, and again after its scope', () => {
  const file = new RegisterFile('test', [3, 5]);
  const first = file.take();
  file.scope(() => {
    assert.equal(file.take(), 5);
    assert.equal(file.free, 0);
    assert.throws(() => file.take(), /no test register is free/);
    assert.throws(() => file.claim(5), /test register 5 is in use/);
  });
  assert.equal(first, 3);
  assert.equal(file.claim(5), 5);
  file.release(3);
  assert.throws(() => file.release(3), /test register 3 was not taken/);
  assert.throws(() => file.claim(4), /there is no test register 4/);
  assert.throws(() => file.scope(() => file.release(5)), /released inside a scope/);
});

test('an instruction that touches a register nobody has taken is refused', () => {
  for (const set of [avx2, avx512]) {
    const v = set.create(new Assembler());
    const [x, y] = v.file.takeAll(2);
    v.add(x, y, y);
    for (const wrong of [
      () => v.add(2, x, y),
      () => v.mul(x, 2, y),
      () => v.addProduct(x, y, 2),
      () => v.load(2, { base: 7, offset: 0 }),
      () => v.store({ base: 7, offset: 0 }, 2),
      () => v.zero(2),
      () => v.round(x, 2),
    ])
      assert.throws(wrong, /vector register 2 was not taken/, set.name);
  }
});
