// Directions against hand-made vectors, Taylor terms against a quadratic, for which they are exact.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cosine, dot, norm, signAgreement, taylor, topShare } from './directions.ts';

const f32 = (...x: number[]) => Float32Array.from(x);
const close = (a: number, b: number) => assert.ok(Math.abs(a - b) < 1e-6, `${a} is not ${b}`);

test('angles and signs', () => {
  close(cosine(f32(1, 0), f32(1, 1))!, Math.SQRT1_2);
  close(cosine(f32(1, 2), f32(-2, -4))!, -1);
  assert.equal(cosine(f32(0, 0), f32(1, 1)), null);
  assert.equal(signAgreement(f32(1, -1, 0, 2), f32(3, 1, 5, 0)), 0.5);
  assert.equal(signAgreement(f32(0), f32(0)), null);
});

test('concentration: the share itself when all are equal, all of it when one carries everything', () => {
  close(topShare(new Float32Array(100).fill(-2), 0.1)!, 0.1);
  close(topShare(f32(0, 0, 5, 0, 0), 0.1)!, 1);
  close(topShare(f32(3, 4, 0, 0), 0.25)!, 16 / 25);
  assert.equal(topShare(f32(0, 0), 0.5), null);
});

test('on a quadratic the two Taylor terms are the change itself', () => {
  const h = [2, 5, -1];
  const x = f32(1, -1, 2);
  const d = f32(-0.5, 0.25, 1);
  const f = (at: Float32Array) => 0.5 * at.reduce((sum, value, i) => sum + h[i] * value * value, 0);
  const times = (at: Float32Array) => at.map((value, i) => h[i] * value);
  const actual = f(x.map((value, i) => value + d[i])) - f(x);
  const t = taylor(d, times(x), times(d), actual);
  close(t.first, dot(times(x), d));
  close(t.sum, actual);
  close(t.sharpness, (2 * t.second) / norm(d) ** 2);
  assert.ok(t.slope < 0 && t.sharpness < 0);
  assert.equal(t.best, null);
  const e = f32(-1, 1, 0);
  const down = taylor(e, times(x), times(e), 0);
  // f(x + t e) is least where its slope is zero.
  const length = -down.slope / down.sharpness / norm(e);
  close(down.best!, f(x.map((value, i) => value + length * e[i])) - f(x));
});

test('no step, no numbers out of nothing', () => {
  const zero = f32(0, 0);
  assert.deepEqual(taylor(zero, f32(1, 1), zero, 0), {
    ...{ first: 0, second: 0, sum: 0, actual: 0, norm: 0, slope: 0, sharpness: 0, best: null },
  });
});
