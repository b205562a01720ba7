// What training promises, in the instruction sets that are not the best of this processor:
// the tests of traces, of runs that go on, of the same bits, of gradients and of Hessian products,
// once more with GAPLAB_KERNELS. The best one has them as they stand.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { findMachineCode } from '../runtime/targets/x64/pages.ts';

const src = resolve(import.meta.dirname, '..');
const FILES = [
  'train/trace.test.ts',
  'train/resume.test.ts',
  'train/train.test.ts',
  'model/torch.test.ts',
  'model/variants.test.ts',
  'model/objectives/torch.test.ts',
  'runtime/probing.test.ts',
  'train/probes/torch.test.ts',
];
/** Of these files, what depends on kernels. */
const NAMES = [
  ...['recorded losses', 'a trace trains as any run', 'killed', 'stopped by signals', 'same bits'],
  ...['micro-batches change', 'in ONNX Runtime', "are PyTorch's", 'those of the engine', 'Hessian-vector'],
];

const { machineCode, why } = findMachineCode();
const [best, ...others] = machineCode?.sets ?? [];

test('the best instruction set is the one that is used', { skip: why }, () => {
  // ONNX Runtime alone, or nothing beyond WebAssembly, may have been asked for.
  if (machineCode?.nodes) assert.equal(machineCode.nodes, best);
});

for (const { name } of others)
  test(`traces, runs that go on, same bits, gradients and Hessian products in ${name}`, () => {
    // A test runner within a test runner would otherwise report to the outer one.
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const files = FILES.map((file) => resolve(src, file));
    const { status, stdout } = spawnSync(
      process.execPath,
      ['--test', '--test-isolation=none', '--test-name-pattern', NAMES.join('|'), ...files],
      { encoding: 'utf8', env: { ...env, GAPLAB_KERNELS: name } },
    );
    assert.equal(status, 0, stdout);
    const passed = Number(/^. pass (\d+)$/m.exec(stdout)?.[1]);
    assert.ok(passed > FILES.length, stdout);
  });
