// The inner loop of the simulations: steps, coordinates, eight paths at a time, as one compiled function.
import type { FunctionSpec } from '../assembly/wasm/function.ts';
import { LaneBuilder } from '../assembly/wasm/lanes.ts';
import { instantiate } from '../assembly/wasm/module.ts';
import type { Vector } from '../assembly/wasm/operations.ts';
import { GENERATOR_BYTES, generatorState, loadGenerator, normalPair } from './lanes-math.ts';
import { type Rule, rules, SCALARS, type Scalars } from './rules.ts';

/** Paths that advance together. */
export const BLOCK = 8;

// Memory: generator, scalars, then per coordinate [curvature, noise, slope, -] and [x,
// m, v, g] of eight paths, then the matrix.
const SCALAR_BASE = GENERATOR_BYTES;
const POWERS = SCALAR_BASE + 4 * SCALARS.length;
const COEFFICIENTS = 128;
const COEFFICIENT_BYTES = 16;
const STATE_BYTES = 4 * 4 * BLOCK;

export interface Coefficients {
  /** Diagonal of H; unused when there is a matrix. */
  curvature: ArrayLike<number>;
  /** Rows of H, symmetric; undefined for a diagonal one. */
  matrix?: readonly ArrayLike<number>[];
  noise: ArrayLike<number>;
  slope: ArrayLike<number>;
  scalars: Scalars;
}

export interface PathKernel {
  /** Coordinates x of the eight paths: x[i * stride + path]. */
  x: Float32Array;
  stride: number;
  /** Puts all eight paths at `start`, with empty state. */
  reset(start: ArrayLike<number>): void;
  advance(steps: number): void;
}

/** A kernel of `rule` with numbers in place, its random stream being that of `seed` and `name`. */
export function createPathKernel(rule: Rule, on: Coefficients, seed: number, name: string): PathKernel {
  const dim = on.noise.length;
  const stateBase = COEFFICIENTS + COEFFICIENT_BYTES * dim;
  const matrixBase = stateBase + STATE_BYTES * dim;
  const bytes = matrixBase + (on.matrix ? 4 * dim * dim : 0);
  const memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / 65536) });
  const key = `paths ${rule} ${dim} ${Boolean(on.matrix)}`;
  const { run } = instantiate(memory, key, () => [
    emit(rule, dim, stateBase, on.matrix ? matrixBase : undefined),
  ]);

  new Int32Array(memory.buffer, 0, GENERATOR_BYTES / 4).set(generatorState(seed, name));
  const floats = new Float32Array(memory.buffer);
  floats.set(
    SCALARS.map((key) => on.scalars[key]),
    SCALAR_BASE / 4,
  );
  for (let i = 0; i < dim; i++) {
    const at = (COEFFICIENTS + COEFFICIENT_BYTES * i) / 4;
    floats.set([on.curvature[i] ?? 0, on.noise[i], Math.min(on.slope[i], 1e30)], at);
  }
  on.matrix?.forEach((row, i) => {
    floats.set(row, matrixBase / 4 + i * dim);
  });
  return {
    x: floats.subarray(stateBase / 4, matrixBase / 4),
    stride: STATE_BYTES / 4,
    reset(start) {
      floats.fill(0, stateBase / 4, matrixBase / 4);
      for (let i = 0; i < dim; i++)
        floats.fill(start[i], (stateBase + STATE_BYTES * i) / 4, (stateBase + STATE_BYTES * i) / 4 + BLOCK);
      floats.fill(1, POWERS / 4, POWERS / 4 + 2);
    },
    advance: (steps) => steps > 0 && run(steps),
  };
}

function emit(rule: Rule, dim: number, stateBase: number, matrixBase: number | undefined): FunctionSpec {
  const k = new LaneBuilder();
  const steps = k.parameter('i32');
  const origin = k.int(0);
  const generator = loadGenerator(k, origin);
  const scalars = Object.fromEntries(
    SCALARS.map((name, i): [string, Vector] => [name, k.splat(origin, SCALAR_BASE + 4 * i)]),
  ) as Record<(typeof SCALARS)[number], Vector>;
  const power = k.keep(k.splat(origin, POWERS));
  const power2 = k.keep(k.splat(origin, POWERS + 4));
  const stateEnd = k.int(stateBase + STATE_BYTES * dim);
  const step = k.int(0);
  k.loopBelow(step, steps, () => {
    k.set(power, k.mul(power, scalars.beta));
    k.set(power2, k.mul(power2, scalars.beta2));
    const bias = k.sub(k.f32(1), power);
    const bias2 = k.sub(k.f32(1), power2);
    if (matrixBase !== undefined) {
      // g = H x for all coordinates before any of them moves.
      const row = k.int(stateBase);
      const entry = k.int(matrixBase);
      k.loopBelow(row, stateEnd, () => {
        const sums = [0, 1].map(() => k.keep(k.f32(0)));
        const column = k.int(stateBase);
        k.loopBelow(column, stateEnd, () => {
          const h = k.splat(entry);
          sums.forEach((sum, half) => {
            k.set(sum, k.add(sum, k.mul(h, k.load(column, 16 * half))));
          });
          k.advance(entry, 4);
          k.advance(column, STATE_BYTES);
        });
        sums.forEach((sum, half) => {
          k.store(row, sum, 96 + 16 * half);
        });
        k.advance(row, STATE_BYTES);
      });
    }
    const state = k.int(stateBase);
    const coefficient = k.int(COEFFICIENTS);
    k.loopBelow(state, stateEnd, () => {
      const curvature = k.splat(coefficient);
      const noise = k.splat(coefficient, 4);
      const slope = k.splat(coefficient, 8);
      normalPair(k, generator).forEach((z, half) => {
        const at = 16 * half;
        const x = k.load(state, at);
        const g = matrixBase === undefined ? k.mul(curvature, x) : k.load(state, 96 + at);
        const next = rules[rule](k, {
          ...{ x, g, z, noise, slope, scalars, bias, bias2 },
          // Loaded only by rules that have them: dead loads stay in compiled code.
          m: () => k.load(state, 32 + at),
          v: () => k.load(state, 64 + at),
        });
        k.store(state, next.x, at);
        if (next.m) k.store(state, next.m, 32 + at);
        if (next.v) k.store(state, next.v, 64 + at);
      });
      k.advance(state, STATE_BYTES);
      k.advance(coefficient, COEFFICIENT_BYTES);
    });
    k.advance(step, 1);
  });
  generator.store();
  // Powers are stored through a lane of four: the second lands beside the first.
  k.store(origin, power, POWERS);
  k.store(origin, power2, POWERS + 4);
  return k.finish('run');
}
