// Every operation, in the cases of cases.testing.ts: its gradient and the gradient of its gradient
// against finite differences in float64, and ONNX Runtime's arithmetic against the reference evaluator.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { runGraph } from '../../runtime/run-graph.testing.ts';
import { createDraw, difference, dot, finiteDifferences } from '../differences.testing.ts';
import { gradients } from '../grad.ts';
import { evaluate } from '../reference.ts';
import { reachable, type Tensor } from '../tensor.ts';
import { cases, lossOfCase } from './cases.testing.ts';
import { add } from './elementwise.ts';

const SEEDS = [1, 2, 3];
/** Finite differences are good to about 1e-9 here. */
const FLOAT64 = 1e-7;
/** Float32 has 6e-8 an operation; a few dozen operations, some cancellation. */
const FLOAT32 = 2e-5;

/**
 * The case's outputs and loss, the gradient of every float input, and that of <gradient, random direction>.
 */
function derive(build: (typeof cases)[string][string], seed: number) {
  const x = createDraw(seed);
  const outputs = build(x);
  const wrt = x.floats();
  const loss = lossOfCase(x, outputs);
  const first = gradients(loss, wrt);
  const along = first.map((g) => dot(g, x.normal(...g.shape))).reduce(add);
  return { feeds: x.feeds, outputs, wrt, loss, first, along, second: gradients(along, wrt) };
}

for (const [op, builds] of Object.entries(cases))
  for (const [what, build] of Object.entries(builds)) {
    test(`${op}, ${what}: first and second derivatives`, () => {
      for (const seed of SEEDS) {
        const { feeds, wrt, loss, first, along, second } = derive(build, seed);
        for (const [order, scalar, grads] of [
          ['first', loss, first],
          ['second', along, second],
        ] as [string, Tensor, Tensor[]][])
          evaluate(grads, feeds).forEach(({ data }, i) => {
            const error = difference(data, finiteDifferences(scalar, wrt[i], feeds));
            assert.ok(error < FLOAT64, `seed ${seed}, ${order} derivative by input ${i}: off by ${error}`);
          });
      }
    });

    test(`${op}, ${what}: ONNX Runtime computes the same`, async () => {
      for (const seed of SEEDS) {
        const { feeds, outputs, loss, first, second } = derive(build, seed);
        const all = [...outputs, loss, ...first, ...second];
        const named = Object.fromEntries(all.map((t, i) => [`output${i}`, t]));
        const found = await runGraph(named, feeds);
        evaluate(all, feeds).forEach(({ data }, i) => {
          const error = difference(found[`output${i}`], data);
          assert.ok(error < FLOAT32, `seed ${seed}, output ${i} of ${all.length}: off by ${error}`);
        });
      }
    });
  }

test('every operation has a case of its own', () => {
  const sources = globSync('*.ts', { cwd: import.meta.dirname }).filter(
    (file) => !file.endsWith('.test.ts') && !file.endsWith('.testing.ts'),
  );
  const names = sources.flatMap((file) => {
    const source = readFileSync(join(import.meta.dirname, file), 'utf8');
    const found = [...source.matchAll(/(?:^ {2}name: |(?:unary|binary)\(\s*)'(\w+)'/gm)].map((m) => m[1]);
    assert.ok(found.length > 0, `no operation found in ${file}`);
    return found;
  });
  assert.deepEqual(Object.keys(cases).sort(), names.sort());
  for (const [op, builds] of Object.entries(cases)) {
    const used = Object.values(builds).flatMap((build) => reachable(build(createDraw(1))));
    assert.ok(
      used.some((node) => node.op.name === op),
      `no case of ${op} has ${op} in it`,
    );
  }
});
