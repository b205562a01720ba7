// The kernel of self-attention: head after head, keys turned and transposed, then
// for every band of queries their scores, softmax and mixture.
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
import { at, FLOAT, type Kernel, pointers } from './kernel.ts';
import { turnTables } from './rotate.ts';
import { softmaxRows } from './softmax.ts';

const [QKV, OUT, P, SCRATCH] = [0, 1, 2, 3];
/** Pieces of scratch of a task: keys and queries. */
const PIECES = 2;

/** queries, keys and values -> mixtures, probabilities. */
export function selfAttention(heads: Heads, threads: number, set: VectorSet): Kernel {
  const { length, width, theta } = heads;
  const shares = shareHeads(heads, threads);
  const afterScratch = SCRATCH + PIECES * shares.length;
  const tables = theta === null ? undefined : [afterScratch, afterScratch + 1];
  return {
    tasks: shares.map((share, i) => (v) => {
      const [qkv, out, p] = pointers(v, QKV, OUT, P);
      const [keys, queries] = pointers(v, SCRATCH + PIECES * i, SCRATCH + PIECES * i + 1);
      everyHead(v, heads, share, { wide: [qkv], narrow: [out], scores: p }, () =>
        v.scope(() => attendHead(v, set, heads, { qkv, out, p, keys, queries }, tables)),
      );
    }),
    scratch: shares.flatMap(() => [length * width, length * width]),
    tables: theta === null ? [] : turnTables({ length, width, theta }),
  };
}

type Places = Record<'qkv' | 'out' | 'p' | 'keys' | 'queries', number>;

function attendHead(
  v: Vectors,
  set: VectorSet,
  heads: Heads,
  { qkv, out, p, keys, queries }: Places,
  tables: readonly number[] | undefined,
): void {
  const stride = strides(heads);
  const rows = { step: stride.qkv, heads, tables };
  transposeRows(v, { ...rows, from: [qkv, stride.part] }, keys);
  copyRows(v, { ...rows, from: [qkv, 0] }, [queries, 0], stride.head);
  for (const { from, to } of bands(v, heads)) {
    v.scope(() => {
      const scale = v.constant(heads.scale);
      bandProduct(v, set, {
        columns: to,
        length: heads.width,
        a: { at: [queries, from * stride.head], row: stride.head, step: FLOAT },
        b: { at: [keys, 0], step: stride.scores },
        finish(x, row, column) {
          v.mul(x, x, scale);
          v.store(at(p, (from + row) * stride.scores + FLOAT * column), x);
        },
      });
    });
    v.scope(() => {
      const walk = v.a.registers.take();
      v.a.address(walk, at(p, from * stride.scores));
      softmaxRows(v, { walk, step: stride.scores, vectors: to / v.lanes, causal: heads.causal });
    });
    bandProduct(v, set, {
      columns: heads.width,
      length: to,
      a: { at: [p, from * stride.scores], row: stride.scores, step: FLOAT },
      b: { at: [qkv, 2 * stride.part], step: stride.qkv },
      finish: (x, row, column) => v.store(at(out, (from + row) * stride.out + FLOAT * column), x),
    });
  }
}
