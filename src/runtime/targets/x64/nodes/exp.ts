// e^x and ln x in registers.
import type { Operand } from '../../../../assembly/x64/operands.ts';
import type { Vectors } from '../../../../assembly/x64/vectors.ts';

/**
 * Of 1 + r + r^2 times a polynomial of degree 4, fitted here to the relative error of e^r,
 * |r| <= ln 2 / 2: at most 8e-8.
 */
const POLYNOMIAL = [
  0.4999999341236691, 0.16666520105974203, 0.041668394232560586, 0.008368780618857865, 0.0013814466605662754,
];
/** ln 2 as a number of few bits, so that its products with whole numbers are exact, and the rest. */
const LN2_HIGH = 0.693359375;
/**
 * Up to here, on both sides of zero, 2^n is a float32 for the n of e^x. e^-88 is below the normal numbers,
 * so it may count as zero.
 */
const FARTHEST = 88;
/**
 * ln m = 2 (s + s^3 / 3 + ...) with s = (m - 1) / (m + 1); for m between 3/4 and 3/2
 * what is left out is below 2e-9.
 */
const SERIES = [2 / 9, 2 / 7, 2 / 5, 2 / 3, 2];

export interface Exponential {
  /** Ones. */
  one: Operand;
  /** The least number that matters: -88. */
  least: Operand;
  /** x <= 88 becomes e^x = 2^n e^r with n = round(x / ln 2); zero, or nearly so, below -88. */
  exp(x: number): void;
  /** x > 0 becomes ln x. */
  log(x: number): void;
}

/** Takes registers for constants where there are many. */
export function exponential(v: Vectors): Exponential {
  const constants = [-FARTHEST, Math.LOG2E, LN2_HIGH, Math.LN2 - LN2_HIGH, 1, ...POLYNOMIAL];
  const [least, perLn2, high, low, one, ...terms] = constants.map((value) => v.constant(value));
  return {
    one,
    least,
    exp: (x) =>
      v.scope(() => {
        const [n, p] = v.file.takeAll(2);
        v.greater(x, least, x);
        v.mul(n, x, perLn2);
        v.round(n, n);
        v.subProduct(x, n, high);
        v.subProduct(x, n, low);
        v.load(p, terms.at(-1)!);
        for (const term of [...terms.slice(0, -1).reverse(), one, one]) v.timesPlus(p, x, term);
        v.scale(x, p, n);
      }),
    log: (x) =>
      v.scope(() => {
        const [e, s, t] = v.file.takeAll(3);
        v.splitExponent(e, s, x);
        v.add(t, s, one);
        v.sub(s, s, one);
        v.div(s, s, t);
        v.mul(x, s, s);
        v.fill(t, SERIES[0]);
        for (const term of SERIES.slice(1))
          v.scope(() => {
            v.mul(t, t, x);
            v.add(t, t, v.constant(term));
          });
        v.mul(x, t, s);
        v.addProduct(x, e, v.constant(Math.LN2));
      }),
  };
}
