// The numbers behind the code that instructions read: golden bytes only show where they are.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Assembler } from './assembler.ts';
import { avx2 } from './avx2.ts';
import { avx512 } from './avx512.ts';
import type { VectorSet, Vectors } from './vectors.ts';

/** 32-bit words behind the code. */
function behind(set: VectorSet, emit: (v: Vectors) => void): number[] {
  const a = new Assembler();
  emit(set.create(a));
  const start = 64 * Math.ceil(a.size / 64);
  const bytes = a.finish();
  return [...new Int32Array(bytes.buffer, start, (bytes.length - start) / 4)];
}

const eight = (word: number) => Array(8).fill(word);
const one = 0x3f800000;

test('numbers for all lanes', () => {
  assert.deepEqual(
    behind(avx2, (v) => v.constant(1)),
    eight(one),
  );
  assert.deepEqual(
    behind(avx512, (v) => v.constant(1)),
    [one],
  );
  assert.deepEqual(
    behind(avx2, (v) => v.fill(v.file.take(), 1)),
    [one],
  );
});

test('the first lanes', () => {
  for (const lanes of [1, 5, 7]) {
    const mask = eight(0).map((_, i) => (i < lanes ? -1 : 0));
    assert.deepEqual(
      behind(avx2, (v) => v.tail(16 + lanes)),
      mask,
    );
    assert.deepEqual(
      behind(avx512, (v) => v.tail(16 + lanes)),
      [2 ** lanes - 1],
    );
  }
  for (const set of [avx2, avx512])
    assert.deepEqual(
      behind(set, (v) => v.tail(32)),
      [],
    );
  assert.deepEqual(
    behind(avx2, (v) => v.growingTail()),
    [...eight(-1), ...eight(0)],
  );
});

test('what powers of two are made with', () => {
  const words = (emit: (v: Vectors, registers: number[]) => void, set = avx2) =>
    behind(set, (v) => emit(v, v.file.takeAll(3)));
  // 12582912 + 127: its lowest bits are the exponent of 2^0.
  assert.deepEqual(
    words((v, [x, p, n]) => v.scale(x, p, n)),
    eight(0x4b40007f),
  );
  assert.deepEqual(
    words((v, [e, m, x]) => v.splitExponent(e, m, x)),
    eight(0x3f400000),
  );
  assert.deepEqual(
    words((v, [e, m, x]) => v.splitExponent(e, m, x), avx512),
    [0x3faaaaab],
  );
});
