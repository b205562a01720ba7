// One step of every simulated algorithm, as a formula over one coordinate. `z` is a standard normal.
import type { LaneBuilder } from '../assembly/wasm/lanes.ts';
import type { Vector } from '../assembly/wasm/operations.ts';
import { erfAndSpread } from './lanes-math.ts';

/** Numbers that are the same for every coordinate, in the order in which they lie in memory. */
export const SCALARS = ['lr', 'beta', 'gain', 'beta2', 'gain2', 'eps', 'diffusion'] as const;
export type Scalars = Record<(typeof SCALARS)[number], number>;

export interface Step {
  x: Vector;
  /** Full gradient at x. */
  g: Vector;
  z: Vector;
  /** State of the coordinate. */
  m(): Vector;
  v(): Vector;
  /** Standard deviation of the mini-batch gradient. */
  noise: Vector;
  /** What the gradient is multiplied by inside erf. */
  slope: Vector;
  scalars: Record<(typeof SCALARS)[number], Vector>;
  /** 1 - beta^t and 1 - beta2^t at this step. */
  bias: Vector;
  bias2: Vector;
}

export type Next = { x: Vector; m?: Vector; v?: Vector };

const noisy = (k: LaneBuilder, s: Step) => k.add(s.g, k.mul(s.noise, s.z));
const average = (k: LaneBuilder, s: Step, g: Vector) =>
  k.add(k.mul(s.scalars.beta, s.m()), k.mul(s.scalars.gain, g));
/** 1 with the sign of x. */
const sign = (k: LaneBuilder, x: Vector) => k.or(k.and(x, k.i32(-0x80000000)), k.f32(1));

export const rules = {
  /** x - lr g_B */
  sgd: (k: LaneBuilder, s: Step): Next => ({ x: k.sub(s.x, k.mul(s.scalars.lr, noisy(k, s))) }),
  /** m <- beta m + gain g_B; x - lr m */
  momentum: (k: LaneBuilder, s: Step): Next => {
    const m = average(k, s, noisy(k, s));
    return { x: k.sub(s.x, k.mul(s.scalars.lr, m)), m };
  },
  /** x - lr sign(g_B) */
  signsgd: (k: LaneBuilder, s: Step): Next => ({
    x: k.sub(s.x, k.mul(s.scalars.lr, sign(k, noisy(k, s)))),
  }),
  /** m <- beta m + gain g_B; x - lr sign(m) */
  signum: (k: LaneBuilder, s: Step): Next => {
    const m = average(k, s, noisy(k, s));
    return { x: k.sub(s.x, k.mul(s.scalars.lr, sign(k, m))), m };
  },
  /** Adam with bias correction, eps added to the root (arXiv 1412.6980). */
  adam: (k: LaneBuilder, s: Step): Next => {
    const g = noisy(k, s);
    const m = average(k, s, g);
    const v = k.add(k.mul(s.scalars.beta2, s.v()), k.mul(s.scalars.gain2, k.mul(g, g)));
    const root = k.add(k.sqrt(k.div(v, s.bias2)), s.scalars.eps);
    const ratio = k.div(k.div(m, s.bias), root);
    return { x: k.sub(s.x, k.mul(s.scalars.lr, ratio)), m, v };
  },
  /** Euler-Maruyama for dX = -grad f dt + noise dW: `lr` is dt, `diffusion` the factor of noise z. */
  'linear-sde': (k: LaneBuilder, s: Step): Next => ({
    x: k.sub(k.sub(s.x, k.mul(s.scalars.lr, s.g)), k.mul(s.scalars.diffusion, k.mul(s.noise, s.z))),
  }),
  /** Euler-Maruyama for dX = -erf(slope grad f) dt + sqrt(1 - erf^2) dW. */
  'sign-sde': (k: LaneBuilder, s: Step): Next => {
    const { erf, spread } = erfAndSpread(k, k.mul(s.slope, s.g));
    return {
      x: k.sub(k.sub(s.x, k.mul(s.scalars.lr, erf)), k.mul(s.scalars.diffusion, k.mul(spread, s.z))),
    };
  },
};

export type Rule = keyof typeof rules;
