// The test runner's own test: what fails silently elsewhere (crashes, early exits,
// empty files and suites) must count.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';

const root = mkdtempSync(join(tmpdir(), 'gaplab-tests-'));
after(() => rmSync(root, { recursive: true }));
const head = "import { describe, test } from 'node:test';\n";
const files: Record<string, string> = {
  'package.json': '{"type":"module"}',
  'src/good.test.ts':
    "test('a', () => {}); describe('s', () => { test('b', () => {}); test.skip('c', () => {}); });",
  'src/bad.test.ts': "test('p', async (t) => { await t.test('q', () => { throw new Error('no'); }); });",
  'src/none.test.ts': '',
  'src/crash.test.ts': "test('a', () => {}); process.kill(process.pid, 'SIGKILL');",
  'scripts/early.test.ts':
    "test('a', () => {}); test('b', () => new Promise(() => {})); setTimeout(() => process.exit(0), 50);",
  'bench/hollow.test.ts': "test('a', () => {}); describe('empty', () => {});",
  'src/slow.long.test.ts': "test('slow', () => {});",
};
for (const [name, text] of Object.entries(files)) {
  mkdirSync(dirname(join(root, name)), { recursive: true });
  writeFileSync(join(root, name), name.endsWith('.ts') ? head + text : text);
}

function runTests(...args: string[]) {
  const env = { ...process.env };
  delete env.NODE_TEST_CONTEXT; // set by the runner that runs this file; a runner inside would report to it
  const script = join(import.meta.dirname, 'test.ts');
  const { stdout, stderr, status } = spawnSync(process.execPath, [script, '--root', root, ...args], {
    env,
    encoding: 'utf8',
  });
  return { last: stdout.trimEnd().split('\n').at(-1), stdout, stderr, status };
}

for (const [filter, last, status] of [
  ['src/good', '2 passed, 0 failed, 1 skipped', 0],
  ['src/bad', '0 passed, 2 failed', 1],
  ['src/none', '0 passed, 1 failed', 1],
  ['early', '1 passed, 1 failed', 1],
  ['hollow', '1 passed, 1 failed', 1],
  ['nothing-like-this', '0 passed, 1 failed', 1],
] as const)
  test(`${filter}: ${last}`, () => {
    const result = runTests(filter);
    assert.equal(result.last, last, result.stdout + result.stderr);
    assert.equal(result.status, status);
  });

test('a killed file counts as failed', () => {
  assert.match(runTests('crash').last!, /^\d passed, 1 failed$/);
});

test('long tests run only when asked for', () => {
  assert.doesNotMatch(runTests('src/').stdout, /slow/);
  assert.equal(runTests('--long').last, '1 passed, 0 failed');
});

test('a name filter leaves the rest out and does not mind suites it emptied', () => {
  const result = runTests('src/good', '--name', '^a$');
  assert.equal(result.last, '1 passed, 0 failed', result.stdout);
});
