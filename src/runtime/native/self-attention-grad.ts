// The kernel of self-attention's gradient. With p the probabilities, o their mixtures of values and g the gradient of o: dv = p' g; the gradient of
// the scores is s = p (g v' - sum(g o)) (arXiv 2205.14135, section 3.1); dq = s k, dk = s' q, turned back.
import { acrossLanes, constant, f32x16 } from '../../core/x64-512.ts';
import { type Code, i64, packed, repeat } from '../../core/x64-code.ts';
import {
  bandProduct,
  bands,
  copyRows,
  everyHead,
  type Heads,
  shareHeads,
  strides,
  transposeRows,
} from './heads.ts';
import { count, FLOAT, type Kernel, LANES, REGISTERS, slot } from './kernel.ts';
import { partnerOf, turnBack, turnTables } from './rotate.ts';

const [FREE, COUNT, QKV, P, OUT, GRAD, TO, WALK_A, WALK_B, SEQUENCES, HEADS, BUFFER, COS, SIN] = REGISTERS;
const [SCALE, DOT, T, U] = [31, 30, 29, 28];

export function selfAttentionGrad(heads: Heads, threads: number): Kernel {
  const { length, width, theta, scale, causal } = heads;
  const shares = shareHeads(heads, threads);
  const pieces = [length * width, length * width, length * width, length * length];
  const at = strides(heads);
  const chunks = width / LANES;
  const tables = theta === null ? [] : turnTables({ length, width, theta });
  const [qkv, out, p, grad, result, scratch] = count(6);
  const [cos, sin] = count(2).map((i) => scratch + pieces.length * shares.length + i);
  const turn = theta === null ? undefined : { cos: COS, sin: SIN };
  const toTables: Code = turn ? [...i64.load(COS, slot(cos)), ...i64.load(SIN, slot(sin))] : [];
  const products = { a: WALK_A, b: WALK_B, counter: COUNT };
  const rows = { step: at.qkv, heads, to: BUFFER, counter: COUNT };

  /** A finished sum goes to part `part` of the result, turned back. */
  const turnedInto =
    (part: number, from: number) =>
    (x: number, row: number, column: number, v: number): Code => {
      const to = { base: TO, offset: part * at.part + (from + row) * at.qkv + FLOAT * column };
      if (!turn) return f32x16.store(to, x);
      const place = (base: number) => ({ base, offset: (from + row) * at.head + FLOAT * column });
      const partner = x - v + partnerOf(v, chunks);
      return [
        ...turnBack(T, U, x, chunks === 1 ? x : partner, place(COS), place(SIN)),
        ...f32x16.store(to, T),
      ];
    };

  /** Rows of scores' gradient, sixteen from row `from` on, in place of those of g v'. */
  const gradientOfScores = (from: number, vectors: number): Code =>
    packed([
      ...i64.address(WALK_A, { base: BUFFER, offset: from * at.scores }),
      ...i64.address(WALK_B, { base: P, offset: from * at.scores }),
      ...[
        ...i64.address(COS, { base: GRAD, offset: from * at.out }),
        ...i64.address(SIN, { base: OUT, offset: from * at.out }),
      ],
      ...repeat(COUNT, LANES, [
        ...f32x16.load(DOT, { base: COS, offset: 0 }),
        ...f32x16.mul(DOT, DOT, { base: SIN, offset: 0 }),
        ...count(chunks - 1).flatMap((c) => [
          ...f32x16.load(T, { base: COS, offset: FLOAT * LANES * (c + 1) }),
          ...f32x16.addProduct(DOT, T, { base: SIN, offset: FLOAT * LANES * (c + 1) }),
        ]),
        ...acrossLanes(f32x16.add, DOT, T),
        ...count(vectors).flatMap((v) => {
          const offset = FLOAT * LANES * v;
          return [
            ...f32x16.load(v, { base: WALK_A, offset }),
            ...f32x16.sub(v, v, DOT),
            ...f32x16.mul(v, v, { base: WALK_B, offset }),
            ...f32x16.mul(v, v, SCALE),
            ...f32x16.store({ base: WALK_A, offset }, v),
          ];
        }),
        ...[WALK_A, WALK_B].flatMap((one) => i64.addConst(one, at.scores)),
        ...[COS, SIN].flatMap((one) => i64.addConst(one, at.out)),
      ]),
    ]);

  const head = ([values, keys, queries, scores]: number[]) => [
    ...[...i64.copy(WALK_A, QKV), ...i64.load(BUFFER, slot(values))],
    ...transposeRows({ ...rows, from: [WALK_A, 2 * at.part] }),
    ...[...i64.copy(WALK_A, QKV), ...i64.load(BUFFER, slot(queries)), ...toTables],
    ...copyRows({ ...rows, from: [WALK_A, 0], turn }),
    ...[...i64.copy(WALK_A, QKV), ...i64.load(BUFFER, slot(keys)), ...toTables],
    ...copyRows({ ...rows, from: [WALK_A, at.part], turn }),
    ...[...i64.load(BUFFER, slot(scores)), ...i64.load(FREE, slot(values))],
    ...bands(heads).flatMap(({ from, to }) =>
      bandProduct({
        columns: to,
        length: width,
        a: { at: [GRAD, from * at.out], row: at.out, step: FLOAT },
        b: { at: [FREE, 0], step: at.scores },
        registers: products,
        finish: (x, row, column) =>
          f32x16.store({ base: BUFFER, offset: (from + row) * at.scores + FLOAT * column }, x),
      }),
    ),
    ...constant(SCALE, scale),
    ...bands(heads).flatMap(({ from, to }) => gradientOfScores(from, to / LANES)),
    ...[...toTables, ...i64.load(FREE, slot(keys))],
    ...bands(heads).flatMap(({ from, to }) =>
      bandProduct({
        columns: width,
        length: to,
        a: { at: [BUFFER, from * at.scores], row: at.scores, step: FLOAT },
        b: { at: [FREE, 0], step: at.head },
        registers: products,
        finish: turnedInto(0, from),
      }),
    ),
    ...i64.load(FREE, slot(queries)),
    // Of a key, or value, those queries that see it.
    ...bands(heads).flatMap(({ from }) => {
      const first = causal ? from : 0;
      const column = first * at.scores + FLOAT * from;
      const shared = { columns: width, length: length - first, registers: products };
      return [
        ...bandProduct({
          ...shared,
          a: { at: [BUFFER, column], row: FLOAT, step: at.scores },
          b: { at: [FREE, first * at.head], step: at.head },
          finish: turnedInto(1, from),
        }),
        ...bandProduct({
          ...shared,
          a: { at: [P, column], row: FLOAT, step: at.scores },
          b: { at: [GRAD, first * at.out], step: at.out },
          finish: (x, row, column) =>
            f32x16.store({ base: TO, offset: 2 * at.part + (from + row) * at.qkv + FLOAT * column }, x),
        }),
      ];
    }),
  ];
  const tasks = shares.map((share, i) => [
    ...[...i64.load(QKV, slot(qkv)), ...i64.load(OUT, slot(out)), ...i64.load(P, slot(p))],
    ...[...i64.load(GRAD, slot(grad)), ...i64.load(TO, slot(result))],
    ...everyHead(
      heads,
      share,
      { wide: [QKV, TO], narrow: [OUT, GRAD], scores: P },
      { sequences: SEQUENCES, heads: HEADS },
      head(count(pieces.length).map((j) => scratch + pieces.length * i + j)),
    ),
  ]);
  // A head's queries, keys and values have been copied before its results are written.
  const inPlace = { input: 0, output: 0 };
  return { tasks, scratch: shares.flatMap(() => pieces), tables, inPlace };
}
