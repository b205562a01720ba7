// Kernels of silu(gate) * up and of its gradient.
import { f32x16 } from '../../core/x64-512.ts';
import { type Code, i64 } from '../../core/x64-code.ts';
import { exp, expConstants, ONE } from './exp.ts';
import { FLOAT, type Kernel, LANES, REGISTERS, slot, split } from './kernel.ts';
import { everyLane } from './rows.ts';

const [, COUNT, GATE, UP, GRAD, OUT, UP_GRAD] = REGISTERS;
const [X, U, S, G, N, POLY, T] = [0, 1, 2, 3, 4, 5, 6];

/** S becomes 1 / (1 + e^-X). */
const sigmoid: Code = [
  ...[...f32x16.zero(S), ...f32x16.sub(S, S, X), ...exp(S, N, POLY)],
  ...[...f32x16.add(S, S, ONE), ...f32x16.div(S, ONE, S)],
];

/** The same for a part of `n` numbers each; all pointers begin at it. */
const tasks = (n: number, threads: number, pointers: number[], body: Body): Kernel => ({
  tasks: split(n, threads, LANES).map(({ from, size }) => [
    ...expConstants(),
    ...pointers.flatMap((pointer, i) => [
      ...i64.load(pointer, slot(i)),
      ...i64.addConst(pointer, FLOAT * from),
    ]),
    ...everyLane(size, { pointers, counter: COUNT }, body),
  ]),
  scratch: [],
});
type Body = Parameters<typeof everyLane>[2];

/** Of `n` numbers: gate, up -> silu(gate) up. */
export const swiglu = (n: number, threads: number): Kernel =>
  tasks(n, threads, [GATE, UP, OUT], (at, masked) => [
    ...[...f32x16.load(X, at(GATE), masked), ...f32x16.load(U, at(UP), masked)],
    ...[...sigmoid, ...f32x16.mul(S, S, X), ...f32x16.mul(S, S, U)],
    ...f32x16.store(at(OUT), S, masked),
  ]);

/** gate, up, g -> g up silu'(gate), g silu(gate); with s the sigmoid, silu' = s + silu (1 - s). */
export const swigluGrad = (n: number, threads: number): Kernel => ({
  ...tasks(n, threads, [GATE, UP, GRAD, OUT, UP_GRAD], (at, masked) => [
    ...[...f32x16.load(X, at(GATE), masked), ...f32x16.load(U, at(UP), masked)],
    ...[...f32x16.load(G, at(GRAD), masked), ...sigmoid],
    ...[...f32x16.mul(X, X, S), ...f32x16.mul(T, G, X), ...f32x16.store(at(UP_GRAD), T, masked)],
    ...[...f32x16.sub(T, ONE, S), ...f32x16.addProduct(S, X, T), ...f32x16.mul(S, S, U)],
    ...[...f32x16.mul(S, S, G), ...f32x16.store(at(OUT), S, masked)],
  ]),
  // g is read before that of gate is written.
  inPlace: { input: 2, output: 0 },
});
