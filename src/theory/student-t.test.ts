import assert from 'node:assert/strict';
import { test } from 'node:test';
import { erf } from '../core/erf.ts';
import { createRng } from '../core/rng.ts';
import { betaShare } from '../core/student.ts';
import { asymptoticExponent, createStudentT, logCharacteristic, signMean } from './student-t.ts';

const close = (a: number, b: number, tolerance: number) =>
  assert.ok(Math.abs(a - b) < tolerance, `${a} is not ${b}`);
/** Chance that a Student-t variable lies between -x and x. */
const within = (x: number, degrees: number) => 1 - betaShare(degrees / (degrees + x * x), degrees / 2, 0.5);

test('characteristic function: the Bessel form meets the elementary ones, and the second moment', () => {
  for (const u of [1e-3, 0.1, 1, 5]) {
    // Just beside 1, 3 and 5 the general formula is used.
    for (const degrees of [1, 3, 5])
      close(logCharacteristic(degrees * (1 + 1e-9), u), logCharacteristic(degrees, u), 1e-7);
    close(logCharacteristic(1e4, u), (-u * u) / 2, 1e-3 * Math.max(1, u ** 4));
  }
  close(logCharacteristic(7, 1e-4) / 1e-8, -0.5 * (7 / 5), 1e-4);
});

test('one sample: slope and drift are those of the t distribution', () => {
  for (const degrees of [0.7, 1, 1.5, 2, 3.3, 5, 30]) {
    const { slope, drift } = signMean(degrees, 2, 1);
    for (const g of [0.01, 0.5, 3]) close(drift(g), within(g / 2, degrees), 2e-6);
    close(slope, drift(1e-4) / 1e-4, 1e-4 * slope);
    assert.equal(drift(-0.5), -drift(0.5));
  }
  close(signMean(3, 1, 1).drift(40), within(40, 3), 1e-5);
});

test('Gaussian noise gives erf, Cauchy noise the same for every batch size', () => {
  const { drift, slope } = signMean(Number.POSITIVE_INFINITY, 3, 16);
  for (const g of [0.1, 1, 2]) close(drift(g), erf((Math.sqrt(8) * g) / 3), 1e-7);
  close(slope, Math.sqrt((2 * 16) / Math.PI) / 3, 1e-9);
  for (const batchSize of [1, 7, 4096]) close(signMean(1, 1, batchSize).slope, 2 / Math.PI, 1e-6);
});

test('batch means: the exact drift is what sampling finds, within four standard errors', () => {
  for (const [degrees, batchSize] of [
    [1.5, 8],
    [2.5, 8],
    [3, 32],
  ]) {
    const draw = createStudentT(degrees, createRng(1, 'student test'));
    const n = 20000;
    let within = 0;
    for (let i = 0; i < n; i++) {
      let sum = 0;
      for (let b = 0; b < batchSize; b++) sum += draw();
      if (Math.abs(sum / batchSize) < 0.2) within++;
    }
    const exact = signMean(degrees, 1, batchSize).drift(0.2);
    close(within / n, exact, 4 * Math.sqrt((exact * (1 - exact)) / n));
  }
});

test('exponents approach their limits: one half above two degrees of freedom, 1 - 1/nu below', () => {
  for (const [degrees, tolerance] of [
    [1, 1e-5],
    [1.2, 0.01],
    [1.5, 0.02],
    [3, 0.01],
    [5, 1e-3],
  ]) {
    const [a, b] = [16384, 65536].map((batchSize) => signMean(degrees, 1, batchSize).slope);
    close(Math.log(b / a) / Math.log(4), asymptoticExponent(degrees), tolerance);
  }
  assert.throws(() => asymptoticExponent(0), /degrees of freedom must be from 0\.2 to 1000, or inf/);
});
