// The order of nodes in the file, chosen for the order in which ONNX Runtime runs them.
import type { NodeProto } from './proto.ts';

/**
 * `nodes`, given in the order in which they should run, in an order of the file
 * that makes ONNX Runtime do about that.
 *
 * It does not run nodes as they are written, but walks depth first from those that nobody reads (of 1.30:
 * `GraphViewer` calls `ReverseDFSFrom` with them), and takes of several the one that stands last in the file.
 * Nodes in their own order would therefore leave all gradients of weights to the end,
 * with everything they need. So what may stand at several places stands the earlier, the later it should run;
 * and what nobody reads stands at the end, last things first.
 */
export function schedule(nodes: readonly NodeProto[]): NodeProto[] {
  const maker = new Map<string, number>();
  nodes.forEach(({ outputs }, i) => {
    for (const name of outputs) maker.set(name, i);
  });
  const users: number[][] = nodes.map(() => []);
  const waiting = nodes.map(({ inputs }, i) => {
    const from = new Set(inputs.flatMap((name) => maker.get(name) ?? []));
    for (const j of from) users[j].push(i);
    return from.size;
  });
  const order: number[] = [];
  const ready = nodes.flatMap((_, i) => (waiting[i] === 0 ? [i] : []));
  while (ready.length > 0) {
    const latest = ready.indexOf(Math.max(...ready));
    const [i] = ready.splice(latest, 1);
    order.push(i);
    for (const j of users[i]) if (--waiting[j] === 0) ready.push(j);
  }
  const unread = nodes.flatMap((_, i) => (users[i].length === 0 ? [i] : []));
  return [...order.filter((i) => users[i].length > 0), ...unread.reverse()].map((i) => nodes[i]);
}
