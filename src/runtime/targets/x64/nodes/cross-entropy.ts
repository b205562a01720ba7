// The kernel of the mean cross-entropy and of the probabilities, a row at a time.
import type { Tail, Vectors } from '../../../../assembly/x64/vectors.ts';
import { type Exponential, exponential } from './exp.ts';
import { at, FLOAT, indexes, type Kernel, type Part, pointers, split } from './kernel.ts';
import { everyLane } from './rows.ts';

/** Of the loss of a prediction: that of the smallest normal float32 as its probability. */
const MOST = 126 * Math.LN2;
/** Maxima are taken in several registers, not one after the other. */
const SIDES = 4;
const [LOGITS, TARGETS, LOSS, P, SUMS] = [0, 1, 2, 3, 4];

/** logits [rows, width], targets -> mean over rows of -ln p[target], p; NaN when a target is none. */
export function crossEntropy(rows: number, width: number, threads: number): Kernel {
  const shares = split(rows, threads);
  const task =
    ({ from, size }: Part, index: number) =>
    (v: Vectors): void => {
      const { a } = v;
      const [logits, targets, p, sums] = pointers(v, LOGITS, TARGETS, P, SUMS + index);
      for (const one of [logits, p]) a.add(one, FLOAT * width * from);
      a.add(targets, 8 * from);
      const e = exponential(v);
      const total = v.file.take();
      v.zero(total);
      a.repeat(size, () => {
        v.scope(() => addLoss(v, e, width, { logits, targets, p }, total));
        for (const one of [logits, p]) a.add(one, FLOAT * width);
        a.add(targets, 8);
      });
      v.storeDouble(at(sums), total);
    };
  const after = (v: Vectors) => {
    const sum = v.file.take();
    v.zero(sum);
    for (const one of pointers(v, ...shares.map((_, i) => SUMS + i))) v.addDouble(sum, sum, at(one));
    v.toFloat(sum, sum);
    v.mul(sum, sum, v.constant(1 / rows));
    const [loss] = pointers(v, LOSS);
    v.storeFirst(at(loss), sum);
  };
  return { tasks: shares.map(task), after, scratch: shares.map(() => 2), inPlace: { input: 0, output: 1 } };
}

type Places = Record<'logits' | 'targets' | 'p', number>;

/** Writes the probabilities of a row and adds its loss to `total`, a float64. */
function addLoss(
  v: Vectors,
  e: Exponential,
  width: number,
  { logits, targets, p }: Places,
  total: number,
): void {
  const { a } = v;
  const { lanes } = v;
  const block = SIDES * lanes;
  const sides = v.file.takeAll(SIDES);
  const [read, write] = a.registers.takeAll(2);
  const [largest, sum, gap, t, u] = v.file.takeAll(5);
  const place = (base: number, i: number) => at(base, FLOAT * lanes * i);
  /** `whole` for all sides at once, `single` for what is left. */
  const overRow = (whole: () => void, single: (tail?: Tail) => void): void => {
    a.copy(read, logits);
    a.copy(write, p);
    a.repeat(Math.floor(width / block), () => {
      whole();
      for (const one of [read, write]) a.add(one, FLOAT * block);
    });
    everyLane(v, width % block, [read, write], single);
  };
  v.fill(t, Number.NEGATIVE_INFINITY);
  /** What is left of the logits; lanes beyond them are minus infinity. */
  const load = (to: number, tail?: Tail) => (tail ? v.loadOr(to, at(read), tail, t) : v.load(to, at(read)));
  for (const side of sides) v.load(side, t);
  overRow(
    () => {
      for (const i of indexes(SIDES)) v.greater(sides[i], sides[i], place(read, i));
    },
    (tail) => {
      load(u, tail);
      v.greater(sides[0], sides[0], u);
    },
  );
  v.load(largest, sides[0]);
  for (const side of sides.slice(1)) v.greater(largest, largest, side);
  v.acrossLanes('greater', largest);
  v.zero(sum);
  // The target's logit, before p takes the place of the logits.
  a.registers.scope(() => {
    const target = a.registers.take();
    a.load(target, at(targets));
    const found = () => {
      a.multiply(target, target, FLOAT);
      a.addRegister(target, logits);
      v.broadcast(gap, at(target));
    };
    a.ifBelow(target, width, found, () => v.fill(gap, Number.NaN));
  });
  v.sub(gap, largest, gap);
  overRow(
    () => {
      for (const i of indexes(SIDES)) {
        v.load(sides[i], place(read, i));
        v.sub(sides[i], sides[i], largest);
        e.exp(sides[i]);
        v.add(sum, sum, sides[i]);
        v.store(place(write, i), sides[i]);
      }
    },
    (tail) => {
      load(u, tail);
      v.sub(u, u, largest);
      e.exp(u);
      v.add(sum, sum, u);
      v.store(at(write), u, tail);
    },
  );
  v.acrossLanes('add', sum);
  v.div(largest, e.one, sum);
  overRow(
    () => {
      for (const i of indexes(SIDES)) {
        v.mul(sides[i], largest, place(write, i));
        v.store(place(write, i), sides[i]);
      }
    },
    (tail) => {
      v.load(u, at(write), tail);
      v.mul(u, u, largest);
      v.store(at(write), u, tail);
    },
  );
  // ln(sum) + (maximum - logit of the target).
  e.log(sum);
  v.add(sum, sum, gap);
  v.fill(u, MOST);
  v.lesser(sum, u, sum);
  v.toDouble(sum, sum);
  v.addDouble(total, total, sum);
}
