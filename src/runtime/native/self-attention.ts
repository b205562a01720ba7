// The kernel of self-attention: head after head, keys turned and transposed, then for every sixteen queries their scores, softmax and mixture.
import { acrossLanes, constant, f32x16, firstLanes, oneLaneMore } from '../../core/x64-512.ts';
import { type Code, i64, packed, repeat } from '../../core/x64-code.ts';
import { exp, expConstants, ONE } from './exp.ts';
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
import { turnTables } from './rotate.ts';

const [, COUNT, QKV, OUT, P, WALK_A, WALK_B, ROWS, HEADS, SEQUENCES, KEYS, QUERIES, COS, SIN] = REGISTERS;
const MASK = 1;
/** Of registers beyond the constants of exp. */
const [LOWEST, LARGEST] = [31, 30];
const [TOTAL, N, POLY, T] = [29, 16, 17, 18];
const NEVER = -3e38;

export function selfAttention(heads: Heads, threads: number): Kernel {
  const { length, width, theta, scale, causal } = heads;
  const shares = shareHeads(heads, threads);
  const at = strides(heads);
  const tables = theta === null ? [] : turnTables({ length, width, theta });
  const [qkv, out, p, scratch] = count(4);
  const [cos, sin] = count(2).map((i) => scratch + 2 * shares.length + i);
  const turn = theta === null ? undefined : { cos: COS, sin: SIN };
  const toTables: Code = turn ? [...i64.load(COS, slot(cos)), ...i64.load(SIN, slot(sin))] : [];
  const products = { a: WALK_A, b: WALK_B, counter: COUNT };

  /** Softmax of sixteen rows at P + offset, `vectors` long, the last of which is masked. */
  const softmax = (offset: number, vectors: number): Code => {
    const last = vectors - 1;
    const place = (v: number) => ({ base: WALK_A, offset: FLOAT * LANES * v });
    return packed([
      ...expConstants(),
      ...constant(LOWEST, NEVER),
      ...i64.address(WALK_A, { base: P, offset }),
      ...(causal ? firstLanes(MASK, 1) : []),
      ...repeat(ROWS, LANES, [
        ...count(vectors).flatMap((v) =>
          causal && v === last
            ? [...f32x16.load(v, LOWEST), ...f32x16.load(v, place(v), { mask: MASK, merge: true })]
            : f32x16.load(v, place(v)),
        ),
        ...f32x16.load(LARGEST, 0),
        ...count(vectors).flatMap((v) => (v === 0 ? [] : f32x16.greater(LARGEST, LARGEST, v))),
        ...acrossLanes(f32x16.greater, LARGEST, T),
        ...count(vectors).flatMap((v) => [...f32x16.sub(v, v, LARGEST), ...exp(v, N, POLY)]),
        ...f32x16.load(TOTAL, 0),
        ...count(vectors).flatMap((v) => (v === 0 ? [] : f32x16.add(TOTAL, TOTAL, v))),
        ...acrossLanes(f32x16.add, TOTAL, T),
        ...f32x16.div(TOTAL, ONE, TOTAL),
        ...count(vectors).flatMap((v) => [...f32x16.mul(v, v, TOTAL), ...f32x16.store(place(v), v)]),
        ...i64.addConst(WALK_A, at.scores),
        ...(causal ? oneLaneMore(MASK) : []),
      ]),
    ]);
  };

  const head = (keys: number, queries: number) => [
    ...[...i64.copy(WALK_A, QKV), ...i64.load(KEYS, slot(keys)), ...toTables],
    ...transposeRows({ from: [WALK_A, at.part], step: at.qkv, heads, turn, to: KEYS, counter: COUNT }),
    ...[...i64.copy(WALK_A, QKV), ...i64.load(QUERIES, slot(queries)), ...toTables],
    ...copyRows({ from: [WALK_A, 0], step: at.qkv, heads, turn, to: QUERIES, counter: COUNT }),
    ...[...i64.load(KEYS, slot(keys)), ...i64.load(QUERIES, slot(queries))],
    ...bands(heads).flatMap(({ from, to }) => [
      ...constant(LARGEST, scale),
      ...bandProduct({
        columns: to,
        length: width,
        a: { at: [QUERIES, from * at.head], row: at.head, step: FLOAT },
        b: { at: [KEYS, 0], step: at.scores },
        registers: products,
        finish: (x, row, column) => [
          ...f32x16.mul(x, x, LARGEST),
          ...f32x16.store({ base: P, offset: (from + row) * at.scores + FLOAT * column }, x),
        ],
      }),
      ...softmax(from * at.scores, to / LANES),
      ...bandProduct({
        columns: width,
        length: to,
        a: { at: [P, from * at.scores], row: at.scores, step: FLOAT },
        b: { at: [QKV, 2 * at.part], step: at.qkv },
        registers: products,
        finish: (x, row, column) =>
          f32x16.store({ base: OUT, offset: (from + row) * at.out + FLOAT * column }, x),
      }),
    ]),
  ];
  const tasks = shares.map((share, i) => [
    ...[...i64.load(QKV, slot(qkv)), ...i64.load(OUT, slot(out)), ...i64.load(P, slot(p))],
    ...everyHead(
      heads,
      share,
      { wide: [QKV], narrow: [OUT], scores: P },
      { sequences: SEQUENCES, heads: HEADS },
      head(scratch + 2 * i, scratch + 2 * i + 1),
    ),
  ]);
  return { tasks, scratch: shares.flatMap(() => [length * width, length * width]), tables };
}
