import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createRng } from './rng.ts';

test('fillNormal has the bits of normal, in pieces of any length, and leaves the stream where it would be', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(9), { maxLength: 8 }), fc.nat(), (lengths, seed) => {
      const [one, bulk] = [createRng(seed, 'stream'), createRng(seed, 'stream')];
      for (const length of lengths) {
        const out = new Float32Array(length);
        bulk.fillNormal(out, 0.02);
        assert.deepEqual(
          out,
          Float32Array.from({ length }, () => 0.02 * one.normal()),
        );
      }
      assert.equal(bulk.normal(), one.normal());
      assert.equal(bulk.uint32(), one.uint32());
    }),
  );
});

test('normal numbers have mean 0 and variance 1', () => {
  const out = new Float32Array(100_000);
  createRng(3, 'moments').fillNormal(out, 2);
  const mean = out.reduce((sum, x) => sum + x, 0) / out.length;
  const variance = out.reduce((sum, x) => sum + x * x, 0) / out.length;
  // Four standard errors: 4 x 2 / sqrt(n), and 4 x 4 sqrt(2 / n).
  assert.ok(Math.abs(mean) < 0.026 && Math.abs(variance - 4) < 0.072, `${mean}, ${variance}`);
});
