// Random numbers and the error function four lanes at a time: what a step of a simulation is made of.
import type { LaneBuilder, Lanes } from '../assembly/wasm/lanes.ts';
import type { Int, Vector } from '../assembly/wasm/operations.ts';
import { createRng } from '../core/rng.ts';

/** Bytes of the generator's state in memory: sixteen 32-bit words, four generators side by side. */
export const GENERATOR_BYTES = 64;

/** Four independent streams of `seed` and `name`, as the kernels keep them. */
export function generatorState(seed: number, name: string): Int32Array {
  const rng = createRng(seed, name);
  return Int32Array.from({ length: GENERATOR_BYTES / 4 }, () => rng.uint32());
}

/**
 * sfc32 (Chris Doty-Humphrey, PractRand): 32 random bits in every lane; the state
 * is in locals between load and store.
 */
export function loadGenerator(k: LaneBuilder, pointer: Int) {
  const one = k.i32(1);
  const [a, b, c, d] = [0, 16, 32, 48].map((offset) => k.keep(k.load(pointer, offset)));
  return {
    next(): Lanes {
      const t = k.iadd(k.iadd(a, b), d);
      k.set(d, k.iadd(d, one));
      k.set(a, k.xor(b, k.shr(b, 9)));
      k.set(b, k.iadd(c, k.shl(c, 3)));
      k.set(c, k.iadd(k.or(k.shl(c, 21), k.shr(c, 11)), t));
      return t;
    },
    store(): void {
      [a, b, c, d].forEach((word, i) => {
        k.store(pointer, word, 16 * i);
      });
    },
  };
}

/** c0 + x (c1 + x (c2 + ...)) */
function polynomial(k: LaneBuilder, x: Vector, coefficients: readonly number[]): Vector {
  let value = k.f32(coefficients[coefficients.length - 1]);
  for (let i = coefficients.length - 2; i >= 0; i--) value = k.add(k.mul(value, x), k.f32(coefficients[i]));
  return value;
}

/**
 * Natural logarithm of positive normal numbers; polynomial of Cephes' logf (Moshier),
 * error about 1e-7 relative.
 */
function log(k: LaneBuilder, x: Vector): Vector {
  // x = 2^e m with m in [sqrt(1/2), sqrt(2)): the exponent of x / sqrt(1/2) is e, and taking it off leaves m.
  const root = k.i32(0x3f3504f3); // sqrt(1/2)
  const shifted = k.isub(x, root);
  const exponent = k.sar(shifted, 23);
  const m = k.isub(x, k.shl(exponent, 23));
  const f = k.sub(m, k.f32(1));
  const square = k.mul(f, f);
  const series = polynomial(
    k,
    f,
    [
      3.3333331174e-1, -2.4999993993e-1, 2.0000714765e-1, -1.6668057665e-1, 1.4249322787e-1, -1.2420140846e-1,
      1.167699874e-1, -1.151461031e-1, 7.0376836292e-2,
    ],
  );
  const tail = k.sub(k.mul(k.mul(series, f), square), k.mul(k.f32(0.5), square));
  return k.add(k.add(f, tail), k.mul(k.fromInt(exponent), k.f32(Math.LN2)));
}

/**
 * Eight independent standard normals (Box-Muller). One word gives the radius, to 2^-33
 * (6.8 standard deviations), the other the angle: its lowest bit the half plane, the rest the position in it.
 */
export function normalPair(k: LaneBuilder, generator: { next(): Vector }): [Lanes, Lanes] {
  const uniform = k.mul(k.add(k.fromUint(generator.next()), k.f32(0.5)), k.f32(2 ** -32));
  const radius = k.sqrt(k.mul(k.f32(-2), log(k, k.min(uniform, k.f32(1 - 2 ** -24)))));
  const word = generator.next();
  const s = k.mul(k.fromInt(word), k.f32(2 ** -31));
  const s2 = k.mul(s, s);
  // sin and cos of pi/2 s on [-1, 1], least-squares polynomials at Chebyshev points, error below 1e-7.
  const sine = k.mul(s, polynomial(k, s2, SINE));
  const cosine = polynomial(k, s2, COSINE);
  const sign = k.shl(word, 31);
  return [k.mul(radius, sine), k.mul(radius, k.xor(cosine, sign))];
}

// Taylor coefficients would need two terms more; these come from interpolation at Chebyshev nodes in s^2.
const SINE = chebyshev(
  (t) => (t === 0 ? Math.PI / 2 : Math.sin((Math.PI / 2) * Math.sqrt(t)) / Math.sqrt(t)),
  6,
);
const COSINE = chebyshev((t) => Math.cos((Math.PI / 2) * Math.sqrt(t)), 6);

/** Monomial coefficients of the polynomial through `f` at `n` Chebyshev nodes of [0, 1]. */
function chebyshev(f: (t: number) => number, n: number): number[] {
  const nodes = Array.from({ length: n }, (_, i) => 0.5 - 0.5 * Math.cos((Math.PI * (i + 0.5)) / n));
  // Newton's divided differences, then Horner's scheme from Newton to monomials.
  const newton = nodes.map(f);
  for (let order = 1; order < n; order++)
    for (let i = n - 1; i >= order; i--)
      newton[i] = (newton[i] - newton[i - 1]) / (nodes[i] - nodes[i - order]);
  const monomials = new Array<number>(n).fill(0);
  for (let i = n - 1; i >= 0; i--) {
    for (let j = n - 1; j > 0; j--) monomials[j] = monomials[j - 1] - nodes[i] * monomials[j];
    monomials[0] = newton[i] - nodes[i] * monomials[0];
  }
  return monomials;
}

/**
 * erf(u) and sqrt(1 - erf(u)^2), error about 1e-6 in single precision (Abramowitz & Stegun 7.1.28:
 * 1 - erf = (1 + a1 x + ... + a6 x^6)^-16, from which 1 - erf^2 follows without cancellation).
 */
export function erfAndSpread(k: LaneBuilder, u: Vector): { erf: Vector; spread: Vector } {
  const one = k.f32(1);
  const x = k.abs(u);
  const base = polynomial(
    k,
    x,
    [1, 0.0705230784, 0.0422820123, 0.0092705272, 0.0001520143, 0.0002765672, 0.0000430638],
  );
  let power = k.mul(base, base);
  for (let i = 0; i < 3; i++) power = k.mul(power, power);
  const q = k.div(one, power);
  const spread = k.sqrt(k.mul(q, k.sub(k.f32(2), q)));
  const sign = k.and(u, k.i32(-0x80000000));
  return { erf: k.or(k.sub(one, q), sign), spread };
}
