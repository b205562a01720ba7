// The zero line of grids whose line is known by hand.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { zeroLine } from './contour.ts';

test('a plane is cut along a straight line', () => {
  // x + y - 1.5 on a grid of 3 x 3: from (1.5, 0) to (0, 1.5).
  const grid = [0, 1, 2].map((y) => [0, 1, 2].map((x) => x + y - 1.5));
  for (const { x1, y1, x2, y2 } of zeroLine(grid)) {
    assert.ok(Math.abs(x1 + y1 - 1.5) < 1e-12);
    assert.ok(Math.abs(x2 + y2 - 1.5) < 1e-12);
  }
  assert.equal(zeroLine(grid).length, 3);
});

test('a crossing stands nearer to the smaller number', () => {
  assert.deepEqual(
    zeroLine([
      [-1, 3],
      [-1, 3],
    ]),
    [{ x1: 0.25, y1: 0, x2: 0.25, y2: 1 }],
  );
});

test('no line where nothing is known, and none where the sign is the same', () => {
  assert.deepEqual(
    zeroLine([
      [-1, null],
      [-1, 3],
    ]),
    [],
  );
  assert.deepEqual(
    zeroLine([
      [1, 2],
      [3, 4],
    ]),
    [],
  );
  assert.deepEqual(zeroLine([]), []);
});

/** Corners of the square that a segment cuts off from the others: those on the side of the fewer. */
const cutsOff = ({ x1, y1, x2, y2 }: ReturnType<typeof zeroLine>[number]) =>
  [
    [0, 0],
    [1, 0],
    [1, 1],
    [0, 1],
  ].filter(([x, y]) => (x2 - x1) * (y - y1) - (y2 - y1) * (x - x1) > 0);

test('at a saddle the mean decides which corners belong together', () => {
  // Above zero at (0, 0) and (1, 1), in the middle too: the other two corners are cut off, each by itself.
  const high = zeroLine([
    [3, -1],
    [-1, 3],
  ]);
  assert.deepEqual(
    high.map(cutsOff).map((own) => Math.min(own.length, 4 - own.length)),
    [1, 1],
  );
  const ends = high.map(({ x1, y1, x2, y2 }) => [x1, y1, x2, y2]);
  // Near (1, 0) and near (0, 1).
  assert.ok(
    ends.some((e) => e.includes(0.75) && e.includes(0) && e.includes(1) && e.includes(0.25)),
    `${ends}`,
  );
  for (const [x1, y1, x2, y2] of ends)
    assert.ok(Math.abs(x1 - x2) < 0.5 && Math.abs(y1 - y2) < 0.5, `${ends}`);
  const low = zeroLine([
    [1, -3],
    [-3, 1],
  ]);
  for (const { x1, y1, x2, y2 } of low) {
    assert.ok(Math.abs(x1 - x2) < 0.5 && Math.abs(y1 - y2) < 0.5);
    // Near (0, 0) or (1, 1).
    assert.ok(Math.abs(x1 + y1 - (x2 + y2)) < 1e-12);
  }
});

test('every end of a piece lies where two neighbours have different signs', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 4, maxLength: 4 }), {
        minLength: 3,
        maxLength: 3,
      }),
      (grid) => {
        for (const { x1, y1, x2, y2 } of zeroLine(grid))
          for (const [x, y] of [
            [x1, y1],
            [x2, y2],
          ]) {
            const [a, b] = [grid[Math.floor(y)][Math.floor(x)], grid[Math.ceil(y)][Math.ceil(x)]];
            assert.ok(Number.isInteger(x) || Number.isInteger(y));
            assert.ok(a > 0 !== b > 0 || a === 0 || b === 0, `${a} ${b}`);
          }
      },
    ),
  );
});
