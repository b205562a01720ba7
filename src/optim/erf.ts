// The error function in the language of rules: from arithmetic alone, so that every place that runs rules has it.
import { abs, add, div, type Expr, gt, mul, neg, type Operand, select, sub } from './expr.ts';

/** Abramowitz & Stegun, 7.1.27, from the first power of |x| on. */
const COEFFICIENTS = [0.278393, 0.230389, 0.000972, 0.078108];

/** erf(a) = 1 - (1 + c1 x + c2 x^2 + c3 x^3 + c4 x^4)^-4 for x = |a|, odd; off by 5e-4 at most. */
export function erf(a: Operand): Expr {
  const x = abs(a);
  const polynomial = add(
    1,
    COEFFICIENTS.reduceRight<Operand>((sum, c) => mul(x, add(c, sum)), 0),
  );
  const square = mul(polynomial, polynomial);
  const size = sub(1, div(1, mul(square, square)));
  return select(gt(a, 0), size, neg(size));
}
