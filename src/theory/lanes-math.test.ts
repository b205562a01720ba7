import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LaneBuilder } from '../assembly/wasm/lanes.ts';
import { instantiate } from '../assembly/wasm/module.ts';
import { erf as exactErf } from '../core/erf.ts';
import { erfAndSpread, generatorState, loadGenerator, normalPair } from './lanes-math.ts';

const BASE = 64;

/** `count` normals of a seed, a multiple of 8. */
function normals(count: number, seed: number): Float32Array {
  const memory = new WebAssembly.Memory({ initial: Math.ceil((BASE + 4 * count) / 65536) });
  const k = new LaneBuilder();
  const end = k.parameter('i32');
  const generator = loadGenerator(k, k.int(0));
  const at = k.int(BASE);
  k.loopBelow(at, end, () => {
    normalPair(k, generator).forEach((z, i) => {
      k.store(at, z, 16 * i);
    });
    k.advance(at, 32);
  });
  new Int32Array(memory.buffer, 0, 16).set(generatorState(seed, 'test'));
  instantiate(memory, 'test of normals', () => [k.finish('run')]).run(BASE + 4 * count);
  return new Float32Array(memory.buffer, BASE, count);
}

test('normals: moments to the sixth, tails and quantiles within four standard errors', () => {
  const n = 2_000_000;
  const z = normals(n, 7);
  const expected = [0, 1, 0, 3, 0, 15];
  const twice = [1, 3, 15, 105, 945, 10395];
  expected.forEach((value, p) => {
    let sum = 0;
    for (const x of z) sum += x ** (p + 1);
    const error = Math.sqrt((twice[p] - value * value) / n);
    assert.ok(Math.abs(sum / n - value) < 4 * error, `moment ${p + 1}: ${sum / n}`);
  });
  // A goodness-of-fit test over 40 equally likely cells: chi squared with 39 degrees
  // of freedom stays below 90 (p = 7e-6).
  const cells = new Array(40).fill(0);
  const uppers = cells.map((_, i) => inverseNormal((i + 1) / 40));
  for (const x of z) cells[uppers.findIndex((upper) => x <= upper)]++;
  const chi = cells.reduce((sum, count) => sum + (count - n / 40) ** 2 / (n / 40), 0);
  assert.ok(chi < 90, `chi squared ${chi}`);
  const beyond = z.filter((x) => Math.abs(x) > 4).length;
  assert.ok(Math.abs(beyond - n * 6.334e-5) < 4 * Math.sqrt(n * 6.334e-5), `${beyond} beyond 4`);
});

test('normals: neighbours, lanes and seeds are independent; the same seed gives the same numbers', () => {
  const n = 400_000;
  const z = normals(n, 1);
  const other = normals(n, 2);
  for (const lag of [1, 4, 8, 16]) {
    let sum = 0;
    let squares = 0;
    for (let i = lag; i < n; i++) {
      sum += z[i] * z[i - lag];
      squares += (z[i] ** 2 - 1) * (z[i - lag] ** 2 - 1);
    }
    assert.ok(Math.abs(sum) < 4 * Math.sqrt(n), `lag ${lag}: ${sum / n}`);
    assert.ok(Math.abs(squares) < 8 * Math.sqrt(n), `lag ${lag}, squares: ${squares / n}`);
  }
  const cross = z.reduce((sum, x, i) => sum + x * other[i], 0);
  assert.ok(Math.abs(cross) < 4 * Math.sqrt(n));
  assert.deepEqual(normals(80, 1), z.slice(0, 80));
  // The stream itself, on any machine.
  assert.deepEqual(
    [...normals(8, 1)].map((x) => x.toFixed(5)),
    FIRST,
  );
});

const FIRST = ['0.51111', '-0.06817', '-0.94598', '-0.21138', '1.47836', '0.55450', '-0.12747', '0.81745'];

test('erf and sqrt(1 - erf^2) are within 1.5e-6 of the error function', () => {
  const points = Array.from({ length: 8000 }, (_, i) => -5 + i / 800).concat([1e10, -1e30, 0]);
  const count = Math.ceil(points.length / 4) * 4;
  const memory = new WebAssembly.Memory({ initial: Math.ceil((12 * count) / 65536) });
  const k = new LaneBuilder();
  const end = k.parameter('i32');
  const at = k.int(0);
  k.loopBelow(at, end, () => {
    const { erf, spread } = erfAndSpread(k, k.load(at));
    k.store(at, erf, 4 * count);
    k.store(at, spread, 8 * count);
    k.advance(at, 16);
  });
  const floats = new Float32Array(memory.buffer);
  floats.set(points);
  instantiate(memory, 'test of erf', () => [k.finish('run')]).run(4 * count);
  points.forEach((_, i) => {
    const exact = exactErf(floats[i]);
    assert.ok(Math.abs(floats[count + i] - exact) < 1.5e-6, `erf(${floats[i]}) = ${floats[count + i]}`);
    const spread = Math.sqrt(Math.max(0, 1 - exact * exact));
    assert.ok(
      Math.abs(floats[2 * count + i] - spread) < 2e-5 + 1e-6 / (spread + 1e-3),
      `spread at ${floats[i]}`,
    );
  });
});

/** Below it lies the share `p` of a normal distribution. */
function inverseNormal(p: number): number {
  if (p >= 1) return Number.POSITIVE_INFINITY;
  let [lo, hi] = [-8, 8];
  for (let i = 0; i < 60; i++) {
    const z = (lo + hi) / 2;
    if ((1 + exactErf(z / Math.SQRT2)) / 2 < p) lo = z;
    else hi = z;
  }
  return lo;
}
