// What a pass counts and puts aside, against plain loops over the bits of the sizes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { bitsOf } from '../../../assembly/bits.ts';

import { abs, buffer, mul } from '../../../optim/expr.ts';
import { memories } from '../../passes/bed.testing.ts';
import { compilePass } from '../../passes/pass.ts';
import { BRACKET_SLACK } from './bracket.ts';
import { HISTOGRAM_BINS } from './histogram.ts';

const size = (x: number) => bitsOf(x) & 0x7fffffff;
const value = fc.oneof(
  fc.float(),
  fc.float({ min: 1, max: 2 }),
  fc.constantFrom(0, -0, 1e-45, Infinity, -Infinity, Number.NaN),
);
const values = fc.array(value.map(Math.fround), { maxLength: 70 });
const x = buffer('x');
const [X, Y, BINS, ASIDE] = [4, 2048, 4096, 16384];

for (const [kind, memory] of Object.entries(memories())) {
  const view = (at: number, count: number) => new Float32Array(memory.buffer, at, count);
  const words = (at: number, count: number) => new Uint32Array(memory.buffer, at, count);

  test(`${kind}: bins hold the sizes that belong to them, and those below are counted`, () => {
    const pass = compilePass({ buffers: ['y'], values: [mul(2, x)], histogram: x }, { memory });
    fc.assert(
      fc.property(values, value, fc.nat(20), (list, at, shift) => {
        const low = shift === 20 ? 0 : size(at);
        view(X, list.length).set(list);
        const sizes = list.map((x) => size(x));
        words(BINS, HISTOGRAM_BINS).fill(0);
        const [below] = pass({ x: X, y: Y }, { offset: 0, size: list.length }, {}, [low, shift, BINS]);
        assert.equal(below, sizes.filter((s) => s < low).length);
        const bins = new Array(HISTOGRAM_BINS).fill(0);
        for (const s of sizes)
          if (s >= low && s - low < HISTOGRAM_BINS * 2 ** shift) bins[(s - low) >>> shift]++;
        // In bins for all floats, dead lanes of the tail come after the largest there is,
        // where no rank looks.
        const last = low + HISTOGRAM_BINS * 2 ** shift > 0x7fffffff ? 2 ** 11 - 1 : HISTOGRAM_BINS;
        assert.deepEqual([...words(BINS, last)], bins.slice(0, last));
        assert.deepEqual([...view(Y, list.length)], [...Float32Array.from(list, (x) => 2 * x)]);
      }),
      { numRuns: 200 },
    );
  });

  test(`${kind}: a bracket is put aside whole, in order, or the end is reached`, () => {
    const pass = compilePass({ buffers: ['y'], values: [abs(x)], bracket: x }, { memory });
    fc.assert(
      fc.property(values, value, fc.nat(2 ** 24), fc.nat(80), (list, at, most, room) => {
        const low = size(at);
        const high = Math.min(0x7fffffff, low + most);
        view(X, list.length).set(list);
        const sizes = list.map((x) => size(x));
        const end = ASIDE + 4 * room;
        words(end + BRACKET_SLACK, 1)[0] = 77;
        const range = { offset: 0, size: list.length };
        const [below, above, bytes] = pass({ x: X, y: Y }, range, {}, [low, high, ASIDE, end]);
        const inside = sizes.map((s) => s - low).filter((d) => d >= 0 && d <= high - low);
        assert.equal(below, sizes.filter((s) => s < low).length);
        assert.equal(above, sizes.filter((s) => s > high).length);
        const found = [...words(ASIDE, bytes / 4)];
        assert.deepEqual(found, inside.slice(0, found.length));
        if (bytes < 4 * room) assert.equal(found.length, inside.length);
        assert.equal(words(end + BRACKET_SLACK, 1)[0], 77, 'no write beyond the slack');
        assert.deepEqual([...view(Y, list.length)], [...Float32Array.from(list, Math.abs)]);
      }),
      { numRuns: 200 },
    );
  });
}
