// NumPy's broadcasting rule: align shapes at the right, a 1 stretches.
import type { Shape } from './tensor.ts';

/** The common shape of `a` and `b`; undefined when they do not fit. */
export function broadcast(a: Shape, b: Shape): Shape | undefined {
  const rank = Math.max(a.length, b.length);
  const out: number[] = [];
  for (let i = 0; i < rank; i++) {
    const x = a[a.length - rank + i] ?? 1;
    const y = b[b.length - rank + i] ?? 1;
    if (x !== y && x !== 1 && y !== 1) return undefined;
    out.push(Math.max(x, y));
  }
  return out;
}

/** Flat index into `shape` of flat index `at` into the larger `full`. */
export function broadcastIndex(at: number, full: Shape, shape: Shape): number {
  let index = 0;
  let stride = 1;
  for (let i = 1; i <= shape.length; i++) {
    const size = full[full.length - i];
    const digit = at % size;
    at = (at - digit) / size;
    if (shape[shape.length - i] !== 1) index += digit * stride;
    stride *= shape[shape.length - i];
  }
  return index;
}
