import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fitLine } from './line.ts';
import { createRng } from './rng.ts';
import { f95, t95 } from './student.ts';

const close = (a: number, b: number, by = 1e-9) => assert.ok(Math.abs(a - b) < by, `${a} is not ${b}`);

test('quantiles of t and F agree with the tables', () => {
  close(t95(1), 12.706, 1e-3);
  close(t95(2), 4.3027, 1e-4);
  close(t95(30), 2.0423, 1e-4);
  close(f95(2, 3), 9.552, 1e-3);
  close(f95(2, 6), 5.143, 1e-3);
});

test('a line of one curve: the interval of its residuals', () => {
  const exact = fitLine([0, 1, 2, 3], [[1, 3, 5, 7]])!;
  close(exact.slope, 2);
  close(exact.ci95![0], 2);
  // Residuals of 1 2 4 4 about 1.1 + 1.1 x: squares sum to 0.7, standard error sqrt(0.7 / 2 / 5).
  const noisy = fitLine([0, 1, 2, 3], [[1, 2, 4, 4]])!;
  close(noisy.slope, 1.1);
  close(noisy.ci95![1], 1.1 + 4.302653 * Math.sqrt(0.07), 1e-5);
  close(noisy.scatter!, Math.sqrt(0.35));
  assert.equal(noisy.fits, null);
  assert.equal(fitLine([1], [[1]]), null);
  assert.equal(fitLine([2, 2], [[1, 3]]), null);
  assert.deepEqual(fitLine([1, 2], [[1, 2]]), {
    ...{ slope: 1, ci95: null, degrees: null, scatter: null, fits: null },
  });
});

test('four gaps that lie on no line do not have a slope, however alike the seeds are', () => {
  const gaps = [-0.139, -0.006, -0.287, 0.717];
  const seeds = [-0.002, 0, 0.003, -0.001].map((shift, s) => gaps.map((gap, i) => gap + shift * (i + s)));
  const line = fitLine([0, 2, 4, 6], seeds)!;
  close(line.slope, 0.114, 0.002);
  assert.ok(line.ci95![0] < 0 && line.ci95![1] > 0.4);
  assert.equal(line.fits, false);
  close(line.scatter!, Math.sqrt(0.334 / 2), 0.005);
});

test('two points: seeds alone say how well the slope is known', () => {
  const line = fitLine(
    [0, 6],
    [
      [0, 0.6],
      [0, 0.66],
      [0, 0.54],
    ],
  )!;
  close(line.slope, 0.1);
  close(line.ci95![1] - line.slope, (t95(2) * 0.01) / Math.sqrt(3));
  assert.equal(line.scatter, null);
});

test('the interval covers the true slope in at least 93% of cases, with and without lack of fit', () => {
  const { normal } = createRng(1, 'line.test');
  const cases = [
    { noise: 1, lack: 0, slopes: 0 },
    { noise: 0.1, lack: 1, slopes: 0 },
    { noise: 1, lack: 0.5, slopes: 0 },
    { noise: 0.1, lack: 0, slopes: 0.3 },
    { noise: 1, lack: 1, slopes: 0.3 },
  ];
  for (const [repetitions, points] of [
    [2, 4],
    [3, 3],
    [4, 4],
    [4, 8],
    [10, 13],
  ])
    for (const { noise, lack, slopes } of cases) {
      const x = Array.from({ length: points }, (_, i) => i);
      const runs = 2000;
      let covered = 0;
      for (let run = 0; run < runs; run++) {
        const off = x.map(() => lack * normal());
        const curves = Array.from({ length: repetitions }, () => {
          const [level, slope] = [normal(), 2 + slopes * normal()];
          return x.map((value, i) => level + slope * value + off[i] + noise * normal());
        });
        const [lo, hi] = fitLine(x, curves)!.ci95!;
        if (lo <= 2 && 2 <= hi) covered++;
      }
      const what = `${repetitions} repetitions of ${points} points: ${JSON.stringify({ noise, lack, slopes })}`;
      assert.ok(covered / runs >= 0.93, `${what}: ${covered / runs}`);
    }
});
