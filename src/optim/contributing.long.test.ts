// docs/contributing.md, done to the letter in a copy: its file, its line, its row, and the tests it names.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';

const root = resolve(import.meta.dirname, '../..');
const guide = readFileSync(join(root, 'docs/contributing.md'), 'utf8');
const blocks = (language: string) =>
  [...guide.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(([, text]) => text);
const [file, line] = blocks('typescript');
const [row] = blocks('md');

test('the optimizer of the guide is one file, one line and one row away', () => {
  const dir = mkdtempSync(join(tmpdir(), 'gaplab-contributing-'));
  try {
    for (const part of ['src', 'docs', 'package.json'])
      cpSync(join(root, part), join(dir, part), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(dir, 'node_modules'));
    // A test runner within a test runner would otherwise report to the outer one.
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const run = (...args: string[]) => spawnSync(process.execPath, args, { cwd: dir, encoding: 'utf8', env });
    const testOf = (name: string) => ['--test', '--test-name-pattern', 'nadam|is in a table', name];

    assert.match(guide, /`src\/optim\/nadam\.ts`/);
    writeFileSync(join(dir, 'src/optim/nadam.ts'), file);
    assert.equal(line.trim().split('\n').length, 1);
    const rules = join(dir, 'src/optim/rules.ts');
    writeFileSync(rules, readFileSync(rules, 'utf8') + line);
    const undocumented = run(...testOf('src/optim/docs.test.ts'));
    assert.notEqual(undocumented.status, 0, 'without its row the documentation is found wanting');
    assert.match(undocumented.stdout, /nadam/);

    const page = join(dir, 'docs/optimizers.md');
    const lines = readFileSync(page, 'utf8').split('\n');
    lines.splice(
      lines.findIndex((l) => l.startsWith('| `nsgd`')),
      0,
      row.trim(),
    );
    writeFileSync(page, lines.join('\n'));
    const [, names] = /^node --test (.+)$/m.exec(guide)!;
    for (const name of names.split(' ')) {
      const { status, stdout } = run(...testOf(name));
      assert.equal(status, 0, `${name}\n${stdout}`);
    }
    const unrecorded = run('--test', 'src/optim/tensors.test.ts');
    assert.match(unrecorded.stdout, /nadam/, 'a recording is asked for');
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});
