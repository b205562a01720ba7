// Softmax of rows of scores inside attention's kernel.
import type { Vectors } from '../../../../assembly/x64/vectors.ts';
import { exponential } from './exp.ts';
import { at, FLOAT, indexes } from './kernel.ts';

/** Below every score. */
const NEVER = -3e38;
/** Registers beside those of a row: its largest and its sum, and two of the exponential function. */
const BESIDE = 4;

interface Band {
  /** General register of the first row, moved along; bytes between rows. */
  walk: number;
  step: number;
  /** Registers of a row. */
  vectors: number;
  /**
   * Whether of the last register only a part counts: one lane in the first row,
   * one more in each that follows.
   */
  causal: boolean;
}

/** Softmax of as many rows as there are lanes, in place. */
export function softmaxRows(v: Vectors, { walk, step, vectors, causal }: Band): void {
  const { a, lanes } = v;
  v.scope(() => {
    const { exp, one } = exponential(v);
    const lowest = v.constant(NEVER);
    const growing = causal ? v.growingTail() : undefined;
    const place = (i: number) => at(walk, FLOAT * lanes * i);
    a.repeat(lanes, () => {
      v.scope(() => {
        const row = indexes(vectors);
        // A row stays in registers, if there are enough; else it is read and written in each of three passes.
        const registers = vectors + BESIDE <= v.file.free ? v.file.takeAll(vectors) : undefined;
        const [largest, total] = v.file.takeAll(2);
        const load = (x: number, i: number) =>
          growing && i === vectors - 1 ? v.loadOr(x, place(i), growing.tail, lowest) : v.load(x, place(i));
        const each = (body: (x: number, i: number) => void) =>
          row.forEach((i) => {
            v.file.scope(() => {
              const x = registers?.[i] ?? v.file.take();
              if (!registers) load(x, i);
              body(x, i);
            });
          });
        for (const i of registers ? row : []) load(registers![i], i);
        each((x, i) => (i === 0 ? v.load(largest, x) : v.greater(largest, largest, x)));
        v.acrossLanes('greater', largest);
        each((x, i) => {
          v.sub(x, x, largest);
          exp(x);
          if (!registers) v.store(place(i), x);
          if (i === 0) v.load(total, x);
          else v.add(total, total, x);
        });
        v.acrossLanes('add', total);
        v.div(total, one, total);
        for (const i of row)
          v.file.scope(() => {
            const x = registers?.[i] ?? v.file.take();
            if (!registers) v.load(x, place(i));
            v.mul(x, x, total);
            v.store(place(i), x);
          });
        a.add(walk, step);
        growing?.grow();
      });
    });
  });
}
