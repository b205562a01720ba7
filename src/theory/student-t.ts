// Sign descent under heavy tails: gradients of single samples carry Student-t noise, a batch averages B of
// them. The mean of t variables is not a t variable; its law comes from the characteristic function, exactly.
import { UserError } from '../core/errors.ts';

/**
 * Below, a sample is as likely beyond every number as within; above, the law is the Gaussian
 * one to three digits. Neither can be integrated in time.
 */
export const degreesRange = [0.2, 1000] as const;

/** Checks degrees of freedom; Infinity means Gaussian noise. */
export function checkDegrees(degrees: number): void {
  const [least, most] = degreesRange;
  if (!((degrees >= least && degrees <= most) || degrees === Number.POSITIVE_INFINITY))
    throw new UserError(
      `degrees of freedom must be from ${least} to ${most}, or inf (Gaussian), not ${degrees}`,
    );
}

/**
 * Logarithm of the characteristic function of Student's t at u >= 0: log of K_{nu/2}(z)
 * z^{nu/2} / (Gamma(nu/2) 2^{nu/2-1}) with z = sqrt(nu) u. Closed for nu = 1, 3, 5 and infinity;
 * otherwise K from its integral over cosh, by the trapezoidal rule.
 */
export function logCharacteristic(degrees: number, u: number): number {
  if (u === 0) return 0;
  if (degrees === Number.POSITIVE_INFINITY) return (-u * u) / 2;
  const z = Math.sqrt(degrees) * u;
  if (degrees === 1) return -z;
  if (degrees === 3) return Math.log1p(z) - z;
  if (degrees === 5) return Math.log1p(z + (z * z) / 3) - z;
  const order = degrees / 2;
  if (z < 1e-5 && degrees > 2) return -(u * u * degrees) / (degrees - 2) / 2;
  // K_mu(z) e^z = integral_0^inf exp(-z (cosh s - 1)) cosh(mu s) ds: doubly exponential decay,
  // so equal steps converge fast. The integrand is a peak of width 1 / sqrt(order) or more.
  const step = Math.min(1 / 32, 0.25 / Math.sqrt(order));
  const size = (s: number) => -z * (Math.cosh(s) - 1) + order * s;
  // Terms relative to the largest, which overflows for many degrees of freedom and small u.
  const peak = Math.asinh(order / z);
  const largest = size(peak);
  let sum = 0.5 * Math.exp(-largest);
  for (let s = step; ; s += step) {
    const term = Math.exp(size(s) - largest) * (1 + Math.exp(-2 * order * s)) * 0.5;
    sum += term;
    if (s > peak && term < 1e-17 * sum) break;
  }
  const logBessel = Math.log(sum * step) + largest - z;
  return logBessel + order * Math.log(z) - logGamma(order) - (order - 1) * Math.LN2;
}

/**
 * A batch mean of B samples g + sigma t: its sign has mean `drift(g)`, odd in g and the pull
 * of sign descent; `slope` is the derivative at 0. Both exact up to the quadrature (1e-8).
 * For Gaussian noise this is erf(sqrt(B/2) g / sigma).
 */
export function signMean(
  degrees: number,
  sigma: number,
  batchSize: number,
): { slope: number; drift(g: number): number } {
  checkDegrees(degrees);
  // Integrands are phi(u)^B times something smooth; the scale of u at which phi^B is e^-1 sets the step.
  const logPhi = (u: number) => batchSize * logCharacteristic(degrees, u);
  let width = 1;
  while (logPhi(width) < -1) width /= 2;
  while (logPhi(width) > -1) width *= 1.25;
  // u = width * exp(w - exp(-w)): fine near 0, where phi of heavy tails has its kink,
  // and no further than phi^B reaches.
  const nodes: { u: number; weight: number }[] = [];
  const step = 1 / 40;
  for (let w = -4; ; w += step) {
    const u = width * Math.exp(w - Math.exp(-w));
    const phi = Math.exp(logPhi(u));
    if (w > 0 && phi < 1e-18) break;
    nodes.push({ u, weight: phi * u * (1 + Math.exp(-w)) * step });
  }
  // Density of the mean at 0 is (B / pi sigma) integral phi(u)^B du; the slope of 1 - 2F(-g) is twice that.
  const slope = (2 * batchSize * nodes.reduce((sum, { weight }) => sum + weight, 0)) / (Math.PI * sigma);
  const drift = (g: number) => {
    // Gil-Pelaez: 2F(g) - 1 = (2/pi) integral sin(u B g / sigma) / u phi(u)^B du.
    const x = (batchSize * Math.abs(g)) / sigma;
    // Where sin turns faster than the nodes stand, the sign is certain to many digits.
    const last = nodes[nodes.length - 1].u;
    if (x * last * step > 3) return Math.sign(g) * tailDrift(x);
    const sum = nodes.reduce((total, { u, weight }) => total + (Math.sin(u * x) / u) * weight, 0);
    return Math.sign(g) * Math.min(1, (2 / Math.PI) * sum);
  };
  // Far out the sine turns many times: Simpson's rule in u with a step that follows it, on phi from a table.
  const logPhiTable = tabulate(logPhi, nodes[nodes.length - 1].u);
  const tailDrift = (x: number) => {
    const last = nodes[nodes.length - 1].u;
    const pairs = Math.min(200000, Math.ceil(last / Math.min(last / 1000, 0.5 / x)));
    const du = last / (2 * pairs);
    let sum = x;
    for (let i = 1; i <= 2 * pairs; i++) {
      const weight = i === 2 * pairs ? 1 : i % 2 === 1 ? 4 : 2;
      sum += (weight * Math.sin(i * du * x) * Math.exp(logPhiTable(i * du))) / (i * du);
    }
    return Math.min(1, ((2 / Math.PI) * sum * du) / 3);
  };
  return { slope, drift };
}

/**
 * -log phi is close to a power of u: its logarithm over log u is nearly straight,
 * and a table of it interpolates well.
 */
function tabulate(logPhi: (u: number) => number, last: number): (u: number) => number {
  const perUnit = 24;
  const low = Math.log(last) - 18;
  let table: Float64Array | undefined;
  return (u) => {
    table ??= Float64Array.from({ length: 18 * perUnit + 3 }, (_, i) =>
      Math.log(Math.max(1e-300, -logPhi(Math.exp(low + (i - 1) / perUnit)))),
    );
    const at = Math.max(0, (Math.log(u) - low) * perUnit);
    const i = Math.min(18 * perUnit - 1, Math.floor(at));
    const t = at - i;
    const [a, b, c, d] = [table[i], table[i + 1], table[i + 2], table[Math.min(i + 3, table.length - 1)]];
    // Catmull-Rom through the four neighbours.
    const value = b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)));
    return -Math.exp(value);
  };
}

/**
 * The exponent a in drift ~ B^a for B to infinity (small gradients): 1/2 with finite
 * variance (nu > 2: central limit theorem), 1 - 1/nu below (the mean of variables with tails of index nu
 * shrinks like B^(1/nu - 1)), so 0 for Cauchy noise. At nu = 2 itself one half is reached up to a logarithm.
 */
export function asymptoticExponent(degrees: number): number {
  checkDegrees(degrees);
  return degrees >= 2 ? 0.5 : 1 - 1 / degrees;
}

/** Lanczos approximation (g = 7, nine terms), error 1e-15. */
function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const c = [
    0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
    12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
  ];
  const t = x - 1 + 7.5;
  const sum = c.reduce(
    (total, coefficient, i) => (i === 0 ? coefficient : total + coefficient / (x - 1 + i)),
    0,
  );
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(t) - t + Math.log(sum);
}

/** Draws of Student's t with scale 1 (Bailey 1994, the polar method); normals for infinite degrees. */
export function createStudentT(degrees: number, rng: { uniform(): number; normal(): number }): () => number {
  checkDegrees(degrees);
  if (degrees === Number.POSITIVE_INFINITY) return () => rng.normal();
  return () => {
    for (;;) {
      const u = 2 * rng.uniform() - 1;
      const v = 2 * rng.uniform() - 1;
      const w = u * u + v * v;
      if (w > 0 && w <= 1) return u * Math.sqrt((degrees * (w ** (-2 / degrees) - 1)) / w);
    }
  };
}
