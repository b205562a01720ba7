// The kernel of the mean cross-entropy and of the probabilities, a row at a time.
import { acrossLanes, constant, f32x16, firstLanes } from '../../core/x64-512.ts';
import { type At, type Code, f64, i64, ifBelow, repeat } from '../../core/x64-code.ts';
import { exp, expConstants, log, ONE } from './exp.ts';
import { count, FLOAT, type Kernel, LANES, type Part, REGISTERS, slot, split } from './kernel.ts';
import { everyLane } from './rows.ts';

const [TARGET, COUNT, LOGITS, TARGETS, LOSS, P, READ, WRITE, ROWS] = REGISTERS;
/** Sums of rows are added in float64; its register must be one of the first sixteen. */
const SUM = 15;
const [LARGEST, TOTAL, T, U, V] = [14, 13, 12, 11, 10];
const GAP = 29;
/** Of the loss of a prediction: that of the smallest normal float32 as its probability. */
const MOST = 126 * Math.LN2;
/** Maxima are taken in several registers, not one after the other. */
const SIDES = 4;

/** logits [rows, width], targets -> mean over rows of -ln p[target], p; NaN when a target is none. */
export function crossEntropy(rows: number, width: number, threads: number): Kernel {
  const side = (i: number) => i;
  const sides = count(SIDES);
  const wide = SIDES * LANES;
  const at = (base: number, i: number): At => ({ base, offset: FLOAT * LANES * i });
  const rest = width % wide;
  const walk: Code = [...i64.copy(READ, LOGITS), ...i64.copy(WRITE, P)];
  const masked = (body: (mask: { mask?: number }) => Code): Code =>
    everyLane(rest, { pointers: [READ, WRITE], counter: COUNT }, (_, mask) => body(mask));
  const overRow = (whole: Code, single: (mask: { mask?: number }) => Code): Code => [
    ...(width >= wide
      ? repeat(COUNT, Math.floor(width / wide), [
          ...whole,
          ...[READ, WRITE].flatMap((one) => i64.addConst(one, FLOAT * wide)),
        ])
      : []),
    ...masked(single),
  ];
  const body: Code = [
    ...walk,
    ...constant(T, Number.NEGATIVE_INFINITY),
    ...sides.flatMap((i) => f32x16.load(side(i), T)),
    ...overRow(
      sides.flatMap((i) => f32x16.greater(side(i), side(i), at(READ, i))),
      ({ mask }) => [
        ...f32x16.load(U, T),
        ...f32x16.load(U, at(READ, 0), { mask, merge: true }),
        ...f32x16.greater(side(0), side(0), U),
      ],
    ),
    ...f32x16.load(LARGEST, side(0)),
    ...sides.slice(1).flatMap((i) => f32x16.greater(LARGEST, LARGEST, side(i))),
    ...[...acrossLanes(f32x16.greater, LARGEST, U), ...f32x16.zero(TOTAL), ...walk],
    // Before p takes the place of the logits.
    ...i64.load(TARGET, { base: TARGETS, offset: 0 }),
    ...ifBelow(
      TARGET,
      width,
      [
        ...[...i64.timesConst(TARGET, TARGET, FLOAT), ...i64.add(TARGET, LOGITS)],
        ...f32x16.broadcast(GAP, { base: TARGET, offset: 0 }),
      ],
      constant(GAP, Number.NaN),
    ),
    ...f32x16.sub(GAP, LARGEST, GAP),
    ...overRow(
      sides.flatMap((i) => [
        ...[...f32x16.load(side(i), at(READ, i)), ...f32x16.sub(side(i), side(i), LARGEST)],
        ...[...exp(side(i), 4 + i, 16 + (i % 3)), ...f32x16.add(TOTAL, TOTAL, side(i))],
        ...f32x16.store(at(WRITE, i), side(i)),
      ]),
      ({ mask }) => [
        ...[...f32x16.load(U, T), ...f32x16.load(U, at(READ, 0), { mask, merge: true })],
        ...[...f32x16.sub(U, U, LARGEST), ...exp(U, 4, 16), ...f32x16.add(TOTAL, TOTAL, U)],
        ...f32x16.store(at(WRITE, 0), U, { mask }),
      ],
    ),
    ...[...acrossLanes(f32x16.add, TOTAL, U), ...f32x16.div(V, ONE, TOTAL), ...walk],
    ...overRow(
      sides.flatMap((i) => [...f32x16.mul(side(i), V, at(WRITE, i)), ...f32x16.store(at(WRITE, i), side(i))]),
      ({ mask }) => [
        ...[...f32x16.load(U, at(WRITE, 0), { mask }), ...f32x16.mul(U, U, V)],
        ...f32x16.store(at(WRITE, 0), U, { mask }),
      ],
    ),
    // ln(sum) + (maximum - logit of the target).
    ...[...log(TOTAL, 0, 1, 2), ...f32x16.add(TOTAL, TOTAL, GAP)],
    ...[...constant(U, MOST), ...f32x16.lesser(TOTAL, U, TOTAL)],
    ...[...f64.promote(TOTAL, TOTAL), ...f64.add(SUM, SUM, TOTAL)],
    ...[LOGITS, P].flatMap((one) => i64.addConst(one, FLOAT * width)),
    ...i64.addConst(TARGETS, 8),
  ];
  const shares = split(rows, threads);
  const sumOf = (task: number) => slot(4 + task);
  const task = ({ from, size }: Part, index: number): Code => [
    ...[LOGITS, TARGETS, LOSS, P].flatMap((pointer, i) => i64.load(pointer, slot(i))),
    ...[LOGITS, P].flatMap((one) => i64.addConst(one, FLOAT * width * from)),
    ...[...i64.addConst(TARGETS, 8 * from), ...i64.load(LOSS, sumOf(index))],
    ...[...expConstants(), ...f32x16.zero(SUM)],
    ...repeat(ROWS, size, body),
    ...f64.store(at(LOSS, 0), SUM),
  ];
  const after: Code = [
    ...f32x16.zero(SUM),
    ...shares.flatMap((_, i) => [...i64.load(LOSS, sumOf(i)), ...f64.add(SUM, SUM, at(LOSS, 0))]),
    ...[...f64.demote(SUM, SUM), ...constant(T, 1 / rows), ...f32x16.mul(SUM, SUM, T)],
    ...[...i64.load(LOSS, slot(2)), ...firstLanes(1, 1), ...f32x16.store(at(LOSS, 0), SUM, { mask: 1 })],
  ];
  return { tasks: shares.map(task), after, scratch: shares.map(() => 2), inPlace: { input: 0, output: 1 } };
}
