import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findMachineCode } from './pages.ts';

const { machineCode, why } = findMachineCode();

test('a function of bytes runs on memory that it is given the address of, and is apart from others', {
  skip: why,
}, () => {
  const { link, address } = machineCode!;
  // movl $value, offset(%rdi); ret
  const store = (offset: number, value: number) =>
    link(Uint8Array.of(0xc7, 0x47, offset, value, 0, 0, 0, 0xc3));
  const memory = new WebAssembly.Memory({ initial: 1 });
  const [first, second] = [store(4, 42), store(8, 7)];
  first(address(memory.buffer));
  second(address(memory.buffer) + 4);
  assert.deepEqual([...new Int32Array(memory.buffer, 0, 4)], [0, 42, 0, 7]);
});

test('code longer than a page is all there', { skip: why }, () => {
  // addl $1, (%rdi), three thousand times
  const code = new Uint8Array(9001).fill(0xc3);
  for (let i = 0; i < 3000; i++) code.set([0x83, 0x07, 1], 3 * i);
  const count = new Int32Array(16);
  machineCode!.link(code)(machineCode!.address(count.buffer));
  assert.equal(count[0], 3000);
});

test('where there is none, a reason stands in its place', () => {
  assert.equal(typeof why, machineCode ? 'undefined' : 'string');
});
