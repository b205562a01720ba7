// Kernels of RMSNorm over rows and of its gradient, a row at a time.
import type { Vectors } from '../../../../assembly/x64/vectors.ts';
import { at, FLOAT, type Kernel, type Part, pointers, split } from './kernel.ts';
import { type Chunk, chunksOf } from './rows.ts';

export interface NormShape {
  rows: number;
  width: number;
  eps: number;
}

/** Longer rows would make more instructions than a processor keeps at hand. */
const LONGEST = 1024;
export const suitsNorm = ({ width }: NormShape): boolean => width <= LONGEST;

/** x [rows, width], w -> w x r, r = 1 / sqrt(mean(x^2) + eps). */
export function rmsNorm({ rows, width, eps }: NormShape, threads: number): Kernel {
  const task =
    (part: Part) =>
    (v: Vectors): void => {
      const { a } = v;
      const [x, w, y, r] = pointers(v, 0, 1, 2, 3);
      const [perWidth, epsilon, one] = [1 / width, eps, 1].map((value) => v.constant(value));
      const chunks = chunksOf(v, width);
      const [sum, t, u] = v.file.takeAll(3);
      begin(v, [x, y], r, part, width);
      a.repeat(part.size, () => {
        v.zero(sum);
        for (const { offset, tail } of chunks) {
          v.load(t, at(x, offset), tail);
          v.addProduct(sum, t, t);
        }
        v.acrossLanes('add', sum);
        v.load(t, epsilon);
        v.addProduct(t, sum, perWidth);
        v.sqrt(t, t);
        v.div(sum, one, t);
        v.storeFirst(at(r), sum);
        for (const { offset, tail } of chunks) {
          v.load(t, at(x, offset), tail);
          v.load(u, at(w, offset), tail);
          v.mul(t, t, sum);
          v.mul(t, t, u);
          v.store(at(y, offset), t, tail);
        }
        next(v, [x, y], r, width);
      });
    };
  return { tasks: split(rows, threads).map(task), scratch: [] };
}

/** Moves pointers to rows, and to one number a row, to the part's first. */
function begin({ a }: Vectors, matrices: readonly number[], r: number, { from }: Part, width: number): void {
  for (const pointer of matrices) a.add(pointer, FLOAT * width * from);
  a.add(r, FLOAT * from);
}

function next(v: Vectors, matrices: readonly number[], r: number, width: number): void {
  begin(v, matrices, r, { from: 1, size: 1 }, width);
}

/** x, w, r, g [, plus] -> r (g w - x r^2 mean(g w x)) [+ plus], sum over rows of r g x. */
export function rmsNormGrad({ rows, width }: NormShape, added: boolean, threads: number): Kernel {
  const [X, W, R, G, PLUS] = [0, 1, 2, 3, 4];
  const DX = added ? 5 : 4;
  const DW = DX + 1;
  const shares = split(rows, threads);
  const task =
    (part: Part, index: number) =>
    (v: Vectors): void => {
      const { a } = v;
      // Sums of the first task go to the result at once, those of others into scratch.
      const [x, w, r, g, dx, dw] = pointers(v, X, W, R, G, DX, DW + index);
      const [plus] = added ? pointers(v, PLUS) : [];
      const matrices = [x, g, dx, ...(added ? [plus] : [])];
      const perWidth = v.constant(1 / width);
      const chunks = chunksOf(v, width);
      const [sum, factor, t, u] = v.file.takeAll(4);
      begin(v, matrices, r, part, width);
      const columns = columnSums(v, chunks, dw);
      a.repeat(part.size, () => {
        v.broadcast(factor, at(r));
        v.zero(sum);
        chunks.forEach(({ offset, tail }, c) => {
          v.load(t, at(x, offset), tail);
          v.load(u, at(g, offset), tail);
          v.mul(t, t, u);
          columns.addProduct(c, t, factor);
          v.load(u, at(w, offset), tail);
          v.addProduct(sum, t, u);
        });
        v.acrossLanes('add', sum);
        // x's factor: r^2 mean(g w x)
        v.mul(sum, sum, perWidth);
        v.mul(sum, sum, factor);
        v.mul(sum, sum, factor);
        for (const { offset, tail } of chunks) {
          v.load(t, at(g, offset), tail);
          v.load(u, at(w, offset), tail);
          v.mul(t, t, u);
          v.load(u, at(x, offset), tail);
          v.subProduct(t, u, sum);
          if (added) {
            v.load(u, at(plus, offset), tail);
            v.timesPlus(t, factor, u);
          } else v.mul(t, t, factor);
          v.store(at(dx, offset), t, tail);
        }
        next(v, matrices, r, width);
      });
      columns.finish();
    };
  const others = shares.slice(1);
  const after = (v: Vectors) => {
    const [dw, ...more] = pointers(v, ...shares.map((_, i) => DW + i));
    const [t, u] = v.file.takeAll(2);
    for (const { offset, tail } of chunksOf(v, width)) {
      v.load(t, at(dw, offset), tail);
      for (const one of more) {
        v.load(u, at(one, offset), tail);
        v.add(t, t, u);
      }
      v.store(at(dw, offset), t, tail);
    }
  };
  return {
    tasks: shares.map(task),
    ...(others.length > 0 ? { after } : {}),
    scratch: others.map(() => width),
    inPlace: { input: 3, output: 0 },
  };
}

/** Sums of columns: in the registers that are free, the others in memory at `to`. */
function columnSums(v: Vectors, chunks: readonly Chunk[], to: number) {
  // One is for sums across lanes, one for a sum in memory.
  const registers = v.file.takeAll(Math.min(chunks.length, v.file.free - 2));
  for (const register of registers) v.zero(register);
  const inMemory = chunks.slice(registers.length);
  const [first] = registers;
  for (const { offset, tail } of inMemory) v.store(at(to, offset), first, tail);
  return {
    /** Adds a b to sum c. */
    addProduct(c: number, a: number, b: number): void {
      if (c < registers.length) v.addProduct(registers[c], a, b);
      else
        v.file.scope(() => {
          const sum = v.file.take();
          const { offset, tail } = chunks[c];
          v.load(sum, at(to, offset), tail);
          v.addProduct(sum, a, b);
          v.store(at(to, offset), sum, tail);
        });
    },
    /** Writes those in registers. */
    finish(): void {
      registers.forEach((register, c) => {
        v.store(at(to, chunks[c].offset), register, chunks[c].tail);
      });
    },
  };
}
