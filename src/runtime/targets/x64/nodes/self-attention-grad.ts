// The kernel of self-attention's gradient. With p the probabilities, o their mixtures
// of values and g the gradient of o: dv = p' g; the gradient of the scores is s = p (g v' - sum(g o))
// (arXiv 2205.14135, section 3.1); dq = s k, dk = s' q, turned back.
import type { VectorSet, Vectors } from '../../../../assembly/x64/vectors.ts';
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
import { at, FLOAT, indexes, type Kernel, pointers } from './kernel.ts';
import { turnTables } from './rotate.ts';

const [QKV, OUT, P, GRAD, RESULT, SCRATCH] = [0, 1, 2, 3, 4, 5];
/** Pieces of scratch of a task: values as columns, later the rows to turn back; keys; queries; scores. */
const PIECES = 4;

/** queries, keys and values, mixtures, probabilities, g -> gradients of queries, keys and values. */
export function selfAttentionGrad(heads: Heads, threads: number, set: VectorSet): Kernel {
  const { length, width, theta } = heads;
  const shares = shareHeads(heads, threads);
  const afterScratch = SCRATCH + PIECES * shares.length;
  const tables = theta === null ? undefined : [afterScratch, afterScratch + 1];
  return {
    tasks: shares.map((share, i) => (v) => {
      const [qkv, out, p, grad, result] = pointers(v, QKV, OUT, P, GRAD, RESULT);
      const pieces = indexes(PIECES).map((j) => SCRATCH + PIECES * i + j);
      everyHead(v, heads, share, { wide: [qkv, result], narrow: [out, grad], scores: p }, () =>
        v.scope(() => gradientOfHead(v, set, heads, { qkv, out, p, grad, result }, pieces, tables)),
      );
    }),
    scratch: shares.flatMap(() => [length * width, length * width, length * width, length * length]),
    tables: theta === null ? [] : turnTables({ length, width, theta }),
    // A head's queries, keys and values have been copied before its results are written.
    inPlace: { input: 0, output: 0 },
  };
}

type Places = Record<'qkv' | 'out' | 'p' | 'grad' | 'result', number>;

function gradientOfHead(
  v: Vectors,
  set: VectorSet,
  heads: Heads,
  places: Places,
  [values, keys, queries, scores]: number[],
  tables: readonly number[] | undefined,
): void {
  const { qkv, p, grad, result } = places;
  const { width, length, causal } = heads;
  const stride = strides(heads);
  const rows = { step: stride.qkv, heads };
  /** `body` with general registers that hold these pieces of scratch. */
  const using = (pieces: number[], body: (...registers: number[]) => void) =>
    v.scope(() => body(...pointers(v, ...pieces)));
  using([values], (to) => transposeRows(v, { ...rows, from: [qkv, 2 * stride.part] }, to));
  using([queries], (to) => copyRows(v, { ...rows, tables, from: [qkv, 0] }, [to, 0], stride.head));
  using([keys], (to) => copyRows(v, { ...rows, tables, from: [qkv, stride.part] }, [to, 0], stride.head));
  using([scores, values], (s, columns) => {
    for (const { from, to } of bands(v, heads))
      bandProduct(v, set, {
        columns: to,
        length: width,
        a: { at: [grad, from * stride.out], row: stride.out, step: FLOAT },
        b: { at: [columns, 0], step: stride.scores },
        finish: (x, row, column) => v.store(at(s, (from + row) * stride.scores + FLOAT * column), x),
      });
  });
  using([scores], (s) => gradientOfScores(v, heads, places, s));
  /**
   * Where sums of part `part` of the result go: to their place, or first to where they are turned back from.
   */
  const into = (part: number, turned: number, from: number) => ({
    finish: (x: number, row: number, column: number) =>
      tables
        ? v.store(at(turned, (from + row) * stride.head + FLOAT * column), x)
        : v.store(at(result, part * stride.part + (from + row) * stride.qkv + FLOAT * column), x),
  });
  const turnBack = (part: number) =>
    using([values], (turned) =>
      copyRows(
        v,
        { from: [turned, 0], step: stride.head, heads, tables, back: true },
        [result, part * stride.part],
        stride.qkv,
      ),
    );
  using([scores, keys, values], (s, k, turned) => {
    for (const { from, to } of bands(v, heads))
      bandProduct(v, set, {
        columns: width,
        length: to,
        a: { at: [s, from * stride.scores], row: stride.scores, step: FLOAT },
        b: { at: [k, 0], step: stride.head },
        ...into(0, turned, from),
      });
  });
  if (tables) turnBack(0);
  // Of a key, or value, those queries that see it.
  const seen = bands(v, heads).map(({ from }) => ({ from, first: causal ? from : 0 }));
  using([scores, queries, values], (s, q, turned) => {
    for (const { from, first } of seen)
      bandProduct(v, set, {
        columns: width,
        length: length - first,
        a: { at: [s, first * stride.scores + FLOAT * from], row: FLOAT, step: stride.scores },
        b: { at: [q, first * stride.head], step: stride.head },
        ...into(1, turned, from),
      });
  });
  if (tables) turnBack(1);
  for (const { from, first } of seen)
    bandProduct(v, set, {
      columns: width,
      length: length - first,
      a: { at: [p, first * stride.scores + FLOAT * from], row: FLOAT, step: stride.scores },
      b: { at: [grad, first * stride.out], step: stride.out },
      finish: (x, row, column) =>
        v.store(at(result, 2 * stride.part + (from + row) * stride.qkv + FLOAT * column), x),
    });
}

/** At register s: g v' becomes the gradient of the scores, times their scale. */
function gradientOfScores(v: Vectors, heads: Heads, { p, out, grad }: Places, s: number): void {
  const { a, lanes } = v;
  const stride = strides(heads);
  v.scope(() => {
    const walks = a.registers.takeAll(4);
    const [scores, probabilities, g, o] = walks;
    const scale = v.constant(heads.scale);
    const [dot, x] = v.file.takeAll(2);
    const chunk = (base: number, c: number) => at(base, FLOAT * lanes * c);
    [s, p, grad, out].forEach((from, i) => {
      a.copy(walks[i], from);
    });
    for (const { to } of bands(v, heads))
      a.repeat(lanes, () => {
        v.load(dot, chunk(g, 0));
        v.mul(dot, dot, chunk(o, 0));
        for (let c = 1; c < heads.width / lanes; c++) {
          v.load(x, chunk(g, c));
          v.addProduct(dot, x, chunk(o, c));
        }
        v.acrossLanes('add', dot);
        for (const c of indexes(to / lanes)) {
          v.load(x, chunk(scores, c));
          v.sub(x, x, dot);
          v.mul(x, x, chunk(probabilities, c));
          v.mul(x, x, scale);
          v.store(chunk(scores, c), x);
        }
        for (const one of [scores, probabilities]) a.add(one, stride.scores);
        for (const one of [g, o]) a.add(one, stride.out);
      });
  });
}
