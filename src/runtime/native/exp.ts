// e^x in registers: 2^n e^r with n = round(x / ln 2), and for |r| <= ln 2 / 2 a polynomial (1 + r + r^2 times one of degree 4, fitted here to the
// relative error), off by at most 8e-8.
import { constant, f32x16 } from '../../core/x64-512.ts';
import type { Code } from '../../core/x64-code.ts';

/** Registers from the first of these on hold constants, between `expConstants` and what overwrites them. */
const EXP_CONSTANTS = 19;
const POLYNOMIAL = [
  0.4999999341236691, 0.16666520105974203, 0.041668394232560586, 0.008368780618857865, 0.0013814466605662754,
];
/** ln 2 as a number of few bits, so that its products with whole numbers are exact, and the rest. */
const LN2_HIGH = 0.693359375;
/** e^x is below the smallest denormal from here on, and r would be wrong far beyond. */
const LEAST = -104;
const CONSTANTS = [LEAST, Math.LOG2E, LN2_HIGH, Math.LN2 - LN2_HIGH, 1, ...POLYNOMIAL];
const [LEAST_AT, PER_LN2, HIGH, LOW, ONE_AT, ...TERMS] = CONSTANTS.map((_, i) => EXP_CONSTANTS + i);
/** Register of ones. */
export const ONE = ONE_AT;

/** General register 0 is lost. */
export const expConstants = (): Code => CONSTANTS.flatMap((value, i) => constant(EXP_CONSTANTS + i, value));

/** x becomes e^x; registers n and p are lost. From 89 on that is infinity, far beyond because the polynomial's degree is even: it is never negative. */
export const exp = (x: number, n: number, p: number): Code => [
  ...f32x16.greater(x, LEAST_AT, x),
  ...f32x16.mul(n, x, PER_LN2),
  ...f32x16.round(n, n),
  ...f32x16.subProduct(x, n, HIGH),
  ...f32x16.subProduct(x, n, LOW),
  ...f32x16.load(p, TERMS.at(-1)!),
  ...TERMS.toReversed()
    .slice(1)
    .concat(ONE, ONE)
    .flatMap((term) => f32x16.timesPlus(p, x, term)),
  ...f32x16.scale(x, p, n),
];

/** ln m = 2 (s + s^3 / 3 + ...) with s = (m - 1) / (m + 1); for m between 3/4 and 3/2 what is left out is below 2e-9. */
const SERIES = [2 / 9, 2 / 7, 2 / 5, 2 / 3, 2];

/** x > 0 becomes ln x; registers e, s and t are lost, and general register 0. It needs ONE of exp's constants. */
export const log = (x: number, e: number, s: number, t: number): Code => [
  // The exponent that goes with a mantissa halved from 3/2 on.
  ...[...constant(t, 4 / 3), ...f32x16.mul(e, x, t), ...f32x16.exponent(e, e), ...f32x16.mantissa(s, x)],
  ...[...f32x16.add(t, s, ONE), ...f32x16.sub(s, s, ONE), ...f32x16.div(s, s, t), ...f32x16.mul(x, s, s)],
  ...constant(t, SERIES[0]),
  ...SERIES.slice(1).flatMap((term) => [
    ...f32x16.mul(t, t, x),
    ...constant(PER_LN2, term),
    ...f32x16.add(t, t, PER_LN2),
  ]),
  ...[...f32x16.mul(x, t, s), ...constant(t, Math.LN2), ...f32x16.addProduct(x, e, t)],
  ...constant(PER_LN2, Math.LOG2E),
];
