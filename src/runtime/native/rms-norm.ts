// Kernels of RMSNorm over rows and of its gradient, a row at a time.
import { acrossLanes, constant, f32x16, firstLanes } from '../../core/x64-512.ts';
import { type At, type Code, i64, repeat } from '../../core/x64-code.ts';
import { FLOAT, type Kernel, type Part, REGISTERS, slot, split } from './kernel.ts';
import { chunksOf, tailOf } from './rows.ts';

const [, COUNT, X, W, R, G, PLUS, DX, DW] = REGISTERS;
const [WIDTH_INVERSE, EPS, ONE, SUM, T, U, FACTOR] = [31, 30, 29, 28, 27, 26, 25];
/** Mask register of one lane. */
const FIRST = 2;
/** Registers that hold the sums of columns: rows may be sixteen times as wide. */
const SUMS = 24;

export interface NormShape {
  rows: number;
  width: number;
  eps: number;
}

/** Whether a row's sums of columns fit into registers. */
export const suitsNorm = ({ width }: NormShape): boolean => chunksOf(width).length <= SUMS;

const place = (base: number, offset: number): At => ({ base, offset });

/** x [rows, width], w -> w x r, r = 1 / sqrt(mean(x^2) + eps). */
export function rmsNorm({ rows, width, eps }: NormShape, threads: number): Kernel {
  const chunks = chunksOf(width);
  const task = (part: Part): Code => [
    ...[...constant(WIDTH_INVERSE, 1 / width), ...constant(EPS, eps), ...constant(ONE, 1)],
    ...[...firstLanes(FIRST, 1), ...tailOf(width)],
    ...begin([X, W, G, R], [X, G], part, width),
    ...repeat(COUNT, part.size, [
      ...f32x16.zero(SUM),
      ...chunks.flatMap(({ offset, masked }) => [
        ...f32x16.load(T, place(X, offset), masked),
        ...f32x16.addProduct(SUM, T, T),
      ]),
      ...acrossLanes(f32x16.add, SUM, T),
      ...[...f32x16.load(T, EPS), ...f32x16.addProduct(T, SUM, WIDTH_INVERSE)],
      ...[
        ...f32x16.sqrt(T, T),
        ...f32x16.div(SUM, ONE, T),
        ...f32x16.store(place(R, 0), SUM, { mask: FIRST }),
      ],
      ...chunks.flatMap(({ offset, masked }) => [
        ...f32x16.load(T, place(X, offset), masked),
        ...[...f32x16.load(U, place(W, offset), masked), ...f32x16.mul(T, T, SUM), ...f32x16.mul(T, T, U)],
        ...f32x16.store(place(G, offset), T, masked),
      ]),
      ...[X, G].flatMap((pointer) => i64.addConst(pointer, FLOAT * width)),
      ...i64.addConst(R, FLOAT),
    ]),
  ];
  return { tasks: split(rows, threads).map(task), scratch: [] };
}

/** Pointers to inputs and outputs, at the part's rows. */
const begin = (pointers: number[], matrices: number[], { from }: Part, width: number): Code => [
  ...pointers.flatMap((pointer, i) => i64.load(pointer, slot(i))),
  ...matrices.flatMap((pointer) => i64.addConst(pointer, FLOAT * width * from)),
  ...i64.addConst(R, FLOAT * from),
];

/** x, w, r, g [, plus] -> r (g w - x r^2 mean(g w x)) [+ plus], sum over rows of r g x. */
export function rmsNormGrad({ rows, width }: NormShape, added: boolean, threads: number): Kernel {
  const chunks = chunksOf(width);
  const pointers = [X, W, R, G, ...(added ? [PLUS] : []), DX, DW];
  const matrices = [X, G, DX, ...(added ? [PLUS] : [])];
  const shares = split(rows, threads);
  /** Sums of the first task go to the result at once, those of others into scratch. */
  const sums = (task: number) => pointers.length - 1 + task;
  const task = (part: Part, index: number): Code => [
    ...[...constant(WIDTH_INVERSE, 1 / width), ...tailOf(width)],
    ...[...begin(pointers, matrices, part, width), ...i64.load(DW, slot(sums(index)))],
    ...chunks.flatMap((_, c) => f32x16.zero(c)),
    ...repeat(COUNT, part.size, [
      ...[...f32x16.broadcast(FACTOR, place(R, 0)), ...f32x16.zero(SUM)],
      ...chunks.flatMap(({ offset, masked }, c) => [
        ...[...f32x16.load(T, place(X, offset), masked), ...f32x16.load(U, place(G, offset), masked)],
        ...[...f32x16.mul(T, T, U), ...f32x16.addProduct(c, T, FACTOR)],
        ...[...f32x16.load(U, place(W, offset), masked), ...f32x16.addProduct(SUM, T, U)],
      ]),
      ...acrossLanes(f32x16.add, SUM, T),
      // x's factor: r^2 mean(g w x)
      ...[
        ...f32x16.mul(SUM, SUM, WIDTH_INVERSE),
        ...f32x16.mul(SUM, SUM, FACTOR),
        ...f32x16.mul(SUM, SUM, FACTOR),
      ],
      ...chunks.flatMap(({ offset, masked }) => [
        ...[...f32x16.load(T, place(G, offset), masked), ...f32x16.load(U, place(W, offset), masked)],
        ...[
          ...f32x16.mul(T, T, U),
          ...f32x16.load(U, place(X, offset), masked),
          ...f32x16.subProduct(T, U, SUM),
        ],
        ...(added
          ? [...f32x16.load(U, place(PLUS, offset), masked), ...f32x16.timesPlus(T, FACTOR, U)]
          : f32x16.mul(T, T, FACTOR)),
        ...f32x16.store(place(DX, offset), T, masked),
      ]),
      ...matrices.flatMap((pointer) => i64.addConst(pointer, FLOAT * width)),
      ...i64.addConst(R, FLOAT),
    ]),
    ...chunks.flatMap(({ offset, masked }, c) => f32x16.store(place(DW, offset), c, masked)),
  ];
  const others = shares.slice(1);
  const after = others.flatMap((_, i) => [
    ...[...tailOf(width), ...i64.load(DW, slot(sums(0))), ...i64.load(G, slot(sums(i + 1)))],
    ...chunks.flatMap(({ offset, masked }) => [
      ...[...f32x16.load(T, place(DW, offset), masked), ...f32x16.load(U, place(G, offset), masked)],
      ...[...f32x16.add(T, T, U), ...f32x16.store(place(DW, offset), T, masked)],
    ]),
  ]);
  return {
    tasks: shares.map(task),
    after,
    scratch: others.map(() => width),
    inPlace: { input: 3, output: 0 },
  };
}
