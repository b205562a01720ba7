// The order of the file against a model of how ONNX Runtime walks it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { modelPreset } from '../../model/presets.ts';
import { transformer } from '../../model/transformer.ts';
import { gradients } from '../grad.ts';
import { recompute } from '../passes/recompute.ts';
import { reachable } from '../tensor.ts';
import type { NodeProto } from './proto.ts';
import { schedule } from './schedule.ts';

/** Depth first from what nobody reads; of several, the last in the file first. */
function walk(file: readonly NodeProto[]): NodeProto[] {
  const maker = new Map(file.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  const read = new Set(file.flatMap(({ inputs }) => inputs));
  const place = new Map(file.map((node, i) => [node, i]));
  const run = new Set<NodeProto>();
  const visit = (node: NodeProto) => {
    const from = node.inputs.flatMap((name) => maker.get(name) ?? []);
    for (const input of from.sort((a, b) => place.get(b)! - place.get(a)!)) if (!run.has(input)) visit(input);
    run.add(node);
  };
  for (const node of [...file].reverse()) if (!node.outputs.some((name) => read.has(name))) visit(node);
  return [...run];
}

/** The nodes of a gradient graph that keeps few activations, in the order in which they were made. */
function made(): NodeProto[] {
  const { loss, parameters } = transformer(modelPreset('tiny', { layers: 8 }), 1);
  const nodes = reachable(recompute(loss, [loss, ...gradients(loss, parameters)]));
  // Inputs are no nodes of the file.
  return nodes
    .filter(({ op }) => op.name !== 'input')
    .map(({ id, inputs, outputs }) => ({
      type: String(id),
      inputs: inputs.map((t) => `${t.node.id}:${t.index}`),
      outputs: outputs.map((t) => `${id}:${t.index}`),
      attrs: {},
      domain: '',
    }));
}

/** Values alive at once, at most, when nodes run in this order. */
function alive(order: readonly NodeProto[]): number {
  const uses = new Map<string, number>();
  for (const name of order.flatMap(({ inputs }) => inputs)) uses.set(name, (uses.get(name) ?? 0) + 1);
  let [now, most] = [0, 0];
  for (const { inputs, outputs } of order) {
    now += outputs.filter((name) => uses.has(name)).length;
    most = Math.max(most, now);
    for (const name of inputs) {
      uses.set(name, uses.get(name)! - 1);
      if (uses.get(name) === 0) now--;
    }
  }
  return most;
}

test('run from a file in this order, a graph keeps as few values as in the order of its nodes', () => {
  const nodes = made();
  const own = alive(nodes);
  assert.ok(alive(walk(schedule(nodes))) <= own, `${alive(walk(schedule(nodes)))}, not ${own}`);
  // Nodes that are written in their own order are not run in it.
  assert.ok(alive(walk(nodes)) > 1.5 * own, `${alive(walk(nodes))} against ${own}`);
});

test('the file stays in topological order, with every node once', () => {
  const nodes = made();
  const file = schedule(nodes);
  assert.deepEqual(new Set(file), new Set(nodes));
  assert.equal(file.length, nodes.length);
  const seen = new Set<string>();
  const all = new Set(nodes.flatMap(({ outputs }) => outputs));
  for (const { inputs, outputs } of file) {
    for (const name of inputs) if (all.has(name)) assert.ok(seen.has(name));
    for (const name of outputs) seen.add(name);
  }
});
