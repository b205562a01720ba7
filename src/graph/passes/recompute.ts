// Activation checkpointing (arXiv 1604.06174): of the forward pass only the tensors
// between segments are kept, and the backward pass computes a segment again when it comes to it.
// A rewriting of a finished graph; the same bits come out.
import { apply, type Node, type Op, reachable, type Shape, sizeOf, type Tensor } from '../tensor.ts';

const INT64 = 7;

/**
 * x as it is, once `trigger` has been computed. Without it a runtime would see that a segment's
 * second computation equals the first and keep that one, or would compute all segments
 * again before the backward pass begins.
 */
const afterOp: Op<null> = {
  name: 'after',
  infer: ([x]) => [{ shape: x.shape }],
  onnx(emit, [x, trigger], out, node) {
    // A reshape is free; zero times a number that is only known then makes it wait.
    const [flat, first, whole, zero, shape] = Array.from({ length: 5 }, () => emit.temp());
    emit.node('Reshape', [trigger, emit.ints([-1])], [flat]);
    emit.node('Gather', [flat, emit.ints([0])], [first], { axis: { int: 0 } });
    emit.node('Cast', [first], [whole], { to: { int: INT64 } });
    emit.node('Mul', [whole, emit.ints([0])], [zero]);
    emit.node('Add', [zero, emit.ints(node.outputs[0].shape)], [shape]);
    emit.node('Reshape', [x, shape], out);
  },
  grad: (_, [g]) => [g, undefined],
  evaluate: ([x]) => [x.data.slice()],
};

/** Whether the value comes from outside: it is there at any time and belongs to no segment. */
const isSource = ({ inputs }: Node): boolean => inputs.length === 0;

/**
 * The tensors that alone separate what comes before them from what comes after, in order: in a Transformer
 * the residual stream after every attention and every MLP. Larger ones than the first (logits) are left out.
 */
function cuts(forward: readonly Node[]): Tensor[] {
  const uses = new Map<Tensor, number>();
  for (const { inputs } of forward) for (const t of inputs) uses.set(t, (uses.get(t) ?? 0) + 1);
  const alive = new Set<Tensor>();
  const found = new Set<Tensor>();
  for (const node of forward) {
    if (isSource(node)) continue;
    for (const t of node.inputs) {
      uses.set(t, uses.get(t)! - 1);
      if (uses.get(t) === 0) alive.delete(t);
    }
    for (const t of node.outputs) if (uses.has(t)) alive.add(t);
    // Scalars are partial sums, such as the penalties of layers. Nothing is computed again for them.
    const wide = [...alive].filter((t) => sizeOf(t.shape) > 1);
    if (wide.length === 1) found.add(wide[0]);
  }
  const [first] = found;
  return [...found].filter((t) => sizeOf(t.shape) <= sizeOf(first.shape));
}

/**
 * `results` (loss and gradients of one graph), computed from segments of the forward pass of `loss` that are
 * computed again in the backward pass. Costs about one more forward pass, without what follows the last cut.
 */
export function recompute(loss: Tensor, results: readonly Tensor[]): Tensor[] {
  const forward = reachable([loss]);
  const inForward = new Set(forward);
  const kept = cuts(forward);
  const isKept = new Set(kept);
  const starts = kept.map((t) => t.node.id);
  /** Which cut a node of the forward pass follows: -1 before the first. */
  const segmentOf = (node: Node) => starts.findLastIndex((id) => id < node.id);
  const last = kept.length - 1;
  const again = ({ node }: Tensor) => {
    const segment = isSource(node) || !inForward.has(node) ? last : segmentOf(node);
    return segment >= 0 && segment < last;
  };

  /**
   * The latest tensor of the backward pass proper: that of a cut's shape, so that it is the gradient of one.
   */
  let trigger: Tensor | undefined;
  const live = new Set<Node>();
  const entries = new Map<number, Tensor>();
  const entry = (segment: number): Tensor => {
    let made = entries.get(segment);
    if (!made) {
      made = trigger ? apply(afterOp, [kept[segment], trigger], null)[0] : kept[segment];
      entries.set(segment, made);
    }
    return made;
  };
  const copies = new Map<Tensor, Tensor>();
  function copy(t: Tensor): Tensor {
    const made = copies.get(t);
    if (made) return made;
    const { op, inputs, attrs, outputs } = t.node;
    const segment = segmentOf(t.node);
    const mapped = inputs.map((s) => {
      if (isSource(s.node)) return s;
      return isKept.has(s) ? entry(segment) : copy(s);
    });
    apply(op, mapped, attrs).forEach((u, i) => copies.set(outputs[i], u));
    return copies.get(t)!;
  }

  const same = (a: Shape, b: Shape) => a.join() === b.join();
  for (const node of reachable(results)) {
    if (inForward.has(node) || isSource(node)) continue;
    const { op, inputs, attrs, outputs } = node;
    const mapped = inputs.map((t) => {
      if (isKept.has(t)) return t;
      return copies.get(t) ?? (again(t) ? copy(t) : t);
    });
    const made = mapped.some((t, i) => t !== inputs[i]) ? apply(op, mapped, attrs) : outputs;
    if (made !== outputs) outputs.forEach((t, i) => copies.set(t, made[i]));
    const reached = (t: Tensor) =>
      live.has(t.node) || (inForward.has(t.node) && !isSource(t.node) && segmentOf(t.node) === last);
    if (mapped.some(reached)) {
      live.add(made[0].node);
      trigger = made.findLast((t) => same(t.shape, kept[0]?.shape ?? [])) ?? trigger;
    }
  }
  return results.map((t) => (inForward.has(t.node) ? t : (copies.get(t) ?? t)));
}
