// Drift: what it does where all is noise, where all is signal, and how much signal it takes gradients to hold.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRng } from '../core/rng.ts';
import { referenceState, referenceStep } from './reference.ts';
import { optimizer, resolveHyper } from './registry.ts';

/** The step of the last of `gradients` at learning rate 1, in float64, and both averages then, corrected for their start. */
function lastStep(gradients: readonly number[][], options: Record<string, number> = {}) {
  const hyper = resolveHyper('drift', options);
  const count = gradients[0].length;
  const param = new Array<number>(count).fill(0);
  const state = referenceState(optimizer('drift'), hyper, count);
  let before = [...param];
  gradients.forEach((grad, step) => {
    before = [...param];
    referenceStep(optimizer('drift'), hyper, { param, grad, state, lr: 1, step });
  });
  const left = 1 - hyper.beta ** gradients.length;
  const [m, v] = state.map((values) => values.map((x) => x / left));
  return { u: before.map((p, i) => p - param[i]), m, v };
}

/** The share of signal that the step was mixed by, read off the coordinate whose scale differs most from the common one. */
function signalOf({ u, m, v }: ReturnType<typeof lastStep>): number {
  const size = Math.sqrt(v.reduce((sum, x) => sum + x, 0) / v.length);
  const apart = v.map((x) => Math.abs(Math.log(Math.sqrt(x) / size)));
  const i = apart.indexOf(Math.max(...apart));
  return (u[i] / m[i] - 1 / size) / (1 / Math.sqrt(v[i]) - 1 / size);
}

test('a gradient without noise is stepped along as Adam does, whatever its size in a coordinate', () => {
  const { u } = lastStep(new Array(30).fill([1, -1e-3, 100, 0]));
  for (const [i, sign] of [1, -1, 1, 0].entries()) assert.ok(Math.abs(u[i] - sign) < 1e-4, `${u}`);
});

test('the first step is that of SGD: nothing is known of noise yet', () => {
  const { u } = lastStep([[3, -4, 0]]);
  const size = Math.sqrt(25 / 3);
  for (const [i, g] of [3, -4, 0].entries()) assert.ok(Math.abs(u[i] - g / size) < 1e-6);
});

test('gradients that are all noise are stepped along as SGD does, at a common scale', () => {
  const { normal } = createRng(1, 'noise');
  const gradients = Array.from({ length: 60 }, () =>
    Array.from({ length: 4000 }, (_, i) => normal() * (1 + (i % 4))),
  );
  const step = lastStep(gradients);
  assert.ok(Math.abs(signalOf(step)) < 0.1, `${signalOf(step)}`);
});

for (const beta of [0.9, 0.95])
  for (const snr of [0.02, 0.2, 1, 4])
    test(`signal ${snr} times the noise of a batch, beta ${beta}: the share is that of the momentum`, () => {
      const { normal } = createRng(2, 'signal');
      const count = 4000;
      const sd = Array.from({ length: count }, (_, i) => 2 ** ((i % 7) - 3));
      const gradients = Array.from({ length: 200 }, () =>
        sd.map((s, i) => s * ((i % 2 === 0 ? snr : -snr) + normal())),
      );
      // Noise of the momentum has (1 - beta) / (1 + beta) of the batch's variance.
      const expected = snr ** 2 / (snr ** 2 + (1 - beta) / (1 + beta));
      const measured = signalOf(lastStep(gradients, { beta }));
      assert.ok(Math.abs(measured - expected) < 0.08, `${measured} against ${expected}`);
    });

test('a batch four times as large holds more signal, up to all of it', () => {
  const { normal } = createRng(3, 'batches');
  const shares = [1, 4, 16, 64, 256].map((batchSize) =>
    signalOf(
      lastStep(
        Array.from({ length: 100 }, () =>
          Array.from({ length: 2000 }, (_, i) => (1 + (i % 3)) * (0.1 + normal() / Math.sqrt(batchSize))),
        ),
      ),
    ),
  );
  for (let i = 1; i < shares.length; i++) assert.ok(shares[i] > shares[i - 1], `${shares}`);
  assert.ok(shares[0] < 0.5 && shares[4] > 0.95, `${shares}`);
});

test('without memory there is no telling signal from noise: SGD at a common scale', () => {
  const { u, m, v } = lastStep(
    [
      [1, 2],
      [2, -2],
      [3, 1],
    ],
    { beta: 0 },
  );
  const size = Math.sqrt((v[0] + v[1]) / 2);
  for (const i of [0, 1]) assert.ok(Math.abs(u[i] - m[i] / size) < 1e-6);
});
