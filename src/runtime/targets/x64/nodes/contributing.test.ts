// docs/contributing.md, done to the letter in a copy: the file of the kernel, its two lines and its test.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { noKernels as skip } from '../../../run-graph.testing.ts';

const root = resolve(import.meta.dirname, '../../../../..');
const NODES = 'src/runtime/targets/x64/nodes';

/** What the guide's section says, in its order. */
function example() {
  const [, section] = readFileSync(join(root, 'docs/contributing.md'), 'utf8').split('## A new kernel\n');
  const blocks = [...section.matchAll(/^```typescript\n([\s\S]*?)^```/gm)].map(([, text]) => text);
  const names = [...section.matchAll(/`src\/\S+\/(\S+\.ts)`/g)].map(([, name]) => name);
  assert.deepEqual(names, ['square-root.ts', 'registry.ts', 'square-root.test.ts']);
  assert.equal(blocks.length, 4);
  const [kernel, imported, line, tested] = blocks;
  return { kernel, imported, line, tested };
}

test('the kernel of the guide is one file and two lines away', { skip }, () => {
  const { kernel, imported, line, tested } = example();
  const dir = mkdtempSync(join(tmpdir(), 'gaplab-contributing-'));
  try {
    for (const part of ['src', 'package.json'])
      cpSync(join(root, part), join(dir, part), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(dir, 'node_modules'));
    const write = (name: string, text: string) => writeFileSync(join(dir, NODES, name), text);
    // A test runner within a test runner would otherwise report to the outer one.
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const passes = () => {
      const { status, stdout } = spawnSync(process.execPath, ['--test', `${NODES}/square-root.test.ts`], {
        ...{ cwd: dir, encoding: 'utf8', env },
      });
      return { passes: status === 0, stdout };
    };
    write('square-root.ts', kernel);
    write('square-root.test.ts', tested);
    assert.ok(!passes().passes, 'without its lines the kernel is not used');
    const registry = readFileSync(join(root, NODES, 'registry.ts'), 'utf8');
    const [before, after] = registry.split('const makers: Record<string, Make> = {\n');
    write('registry.ts', `${imported}${before}const makers: Record<string, Make> = {\n${line}${after}`);
    const right = passes();
    assert.ok(right.passes, right.stdout);
    write('square-root.ts', kernel.replace('v.sqrt(root, root)', 'v.mul(root, root, root)'));
    assert.ok(!passes().passes, 'the test sees a wrong kernel');
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});
