// Kernels of silu(gate) * up and of its gradient.
import type { Vectors } from '../../../../assembly/x64/vectors.ts';
import { type Exponential, exponential } from './exp.ts';
import { at, FLOAT, indexes, type Kernel, pointers, split } from './kernel.ts';
import { everyLane } from './rows.ts';

/** Parts of whole cache lines. */
const UNIT = 16;

/** The same for a part of `n` numbers each: `body` computes outputs of inputs, in registers. */
const elementwise = (
  n: number,
  threads: number,
  inputs: number,
  outputs: number,
  body: (v: Vectors, one: Exponential, read: readonly number[]) => number[],
): Kernel => ({
  tasks: split(n, threads, UNIT).map(({ from, size }) => (v) => {
    const e = exponential(v);
    const all = pointers(v, ...indexes(inputs + outputs));
    for (const pointer of all) v.a.add(pointer, FLOAT * from);
    everyLane(v, size, all, (tail) =>
      v.scope(() => {
        const read = v.file.takeAll(inputs);
        read.forEach((x, i) => {
          v.load(x, at(all[i]), tail);
        });
        body(v, e, read).forEach((x, i) => {
          v.store(at(all[inputs + i]), x, tail);
        });
      }),
    );
  }),
  scratch: [],
});

/** A register with 1 / (1 + e^-x). */
function sigmoid(v: Vectors, { exp, one, least }: Exponential, x: number): number {
  const s = v.file.take();
  v.file.scope(() => {
    const bounded = v.file.take();
    v.greater(bounded, least, x);
    v.zero(s);
    v.sub(s, s, bounded);
  });
  exp(s);
  v.add(s, s, one);
  v.div(s, one, s);
  return s;
}

/** Of `n` numbers: gate, up -> silu(gate) up. */
export const swiglu = (n: number, threads: number): Kernel =>
  elementwise(n, threads, 2, 1, (v, e, [gate, up]) => {
    const s = sigmoid(v, e, gate);
    v.mul(s, s, gate);
    v.mul(s, s, up);
    return [s];
  });

/** gate, up, g -> g up silu'(gate), g silu(gate); with s the sigmoid, silu' = s + silu (1 - s). */
export const swigluGrad = (n: number, threads: number): Kernel => ({
  ...elementwise(n, threads, 3, 2, (v, e, [gate, up, g]) => {
    const s = sigmoid(v, e, gate);
    const [upGrad, t] = v.file.takeAll(2);
    v.mul(gate, gate, s);
    v.mul(upGrad, g, gate);
    v.sub(t, e.one, s);
    v.addProduct(s, gate, t);
    v.mul(s, s, up);
    v.mul(s, s, g);
    return [s, upGrad];
  }),
  // g is read before that of gate is written.
  inPlace: { input: 2, output: 0 },
});
