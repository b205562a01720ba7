// A rule as data: whatever optimizers there are can be handed over, in words that
// the trainer in PyTorch knows.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { modelTensors, parameters } from '../model/parameters.ts';
import { modelPreset } from '../model/presets.ts';
import { optimizer, optimizers, resolveHyper } from '../optim/registry.ts';
import { tensorGroups, tensorsOf } from '../optim/rule.ts';
import { transforms } from '../optim/transforms.ts';
import { engineFolder } from './python.ts';
import { groupJson } from './rule-json.ts';

const specs = tensorsOf(modelTensors(parameters(modelPreset('nano'))));

const handedOver = (name: string) =>
  tensorGroups(optimizer(name), resolveHyper(name), specs).map((group) =>
    groupJson(
      group,
      group.tensors.map((tensor) => specs.indexOf(tensor)),
    ),
  );

/** Words in quotes of a file of the package. */
const wordsOf = (file: string) =>
  new Set(
    [...readFileSync(join(engineFolder, 'gaplab_torch', file), 'utf8').matchAll(/"(\w+)"/g)].map(
      ([, w]) => w,
    ),
  );

const names = [
  ...Object.keys(optimizers),
  ...Object.keys(optimizers).flatMap((name) => (name === 'sgd' ? [] : [`${name}#sgd`, `sgd#${name}`])),
  ...Object.keys(transforms).map((name) => `adam+${name}`),
  'rest=sgd,head=adam',
];

for (const name of names)
  test(`${name} is handed over whole, in words that are known there`, () => {
    const groups = handedOver(name);
    assert.deepEqual(
      groups.flatMap(({ tensors }) => tensors).sort((a, b) => a - b),
      specs.map((_, i) => i),
    );
    const [expressions, graphs] = [wordsOf('expressions.py'), wordsOf('graphs.py')];
    for (const { nodes, values, buffers, maps } of groups) {
      assert.equal(values.length, buffers.length);
      nodes.forEach(({ op, args = [] }, at) => {
        assert.ok(expressions.has(op), `${op} is not known`);
        assert.ok(args.every((arg) => arg < at));
      });
      for (const { graph } of maps.flat())
        for (const [at, { op, inputs }] of graph.entries()) {
          assert.ok(graphs.has(op), `${op} is not known in graphs`);
          assert.ok(inputs.every((arg) => arg < at));
        }
    }
    // It is JSON, and nothing is lost on the way.
    assert.deepEqual(JSON.parse(JSON.stringify(groups)), groups);
  });

test('equal expressions are one node', () => {
  const [{ nodes }] = handedOver('adam');
  assert.equal(new Set(nodes.map((node) => JSON.stringify(node))).size, nodes.length);
});
