// `gaplab theory` as its users meet it: pages, tables, help, and one clear line for what cannot be.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { MANIFEST } from '../files/manifest.ts';
import { withoutItsScript } from '../report/readable.testing.ts';
import { cli, program } from './program.testing.ts';
import { theoryInProcess } from './theory.testing.ts';

const { home, gaplab } = program('theory');

const small: Record<string, string[]> = {
  sde: [
    '--steps',
    '60',
    '--paths',
    '16',
    '--batch-sizes',
    '1,16',
    '--sigma',
    '3,10',
    '--methods',
    'sgd,signsgd,heavyball,signum',
  ],
  lr: ['--steps', '20', '--paths', '16', '--batch-sizes', '1,16'],
  scaling: ['--paths', '64', '--repetitions', '2', '--batch-sizes', '1..64'],
  tails: ['--degrees', '1,3,inf', '--batch-sizes', '1,8', '--draws', '2000', '--steps', '20', '--paths', '5'],
  quadratic: ['--seeds', '2', '--steps', '40', '--lr-per-decade', '2'],
  imbalance: ['--levels', '3', '--steps', '10', '--seeds', '1'],
};

for (const [name, flags] of Object.entries(small))
  test(`theory ${name}: a page, its figures, the plotted numbers`, () => {
    const { status, stdout, stderr } = gaplab(name, ...flags, '--json');
    assert.equal(status, 0, stderr);
    const answer = JSON.parse(stdout.trim().split('\n').at(-1)!);
    assert.ok(answer.answer.length > 0 && answer.html === join(home, 'theory', name, 'report.html'));
    const page = withoutItsScript(readFileSync(answer.html, 'utf8'));
    assert.doesNotMatch(page, /NaN|undefined|Infinity|<script|https?:\/\/(?!arxiv\.org|www\.w3\.org)/);
    for (const sentence of answer.answer)
      assert.ok(page.includes(sentence.replaceAll("'", '&#39;')), sentence);
    assert.equal(answer.figures.length, answer.tables.length);
    for (const file of answer.figures) assert.match(readFileSync(file, 'utf8'), /<svg /);
    for (const file of answer.tables) {
      const lines = readFileSync(file, 'utf8').trim().split('\r\n');
      assert.ok(lines.length > 1, file);
      const width = lines[0].split(',').length;
      // A name may hold a comma, and is quoted then.
      for (const line of lines)
        assert.equal(line.replaceAll(/"[^"]*"/g, '').split(',').length, width, `${file}: ${line}`);
    }
    assert.deepEqual(readdirSync(join(home, 'theory', name)).sort(), [
      MANIFEST,
      'figures',
      'report.html',
      'result.json',
      'tables',
    ]);
  });

test('a spectrum and a matrix of one’s own', () => {
  writeFileSync(join(home, 'spectrum.txt'), '1\n10\n100\n');
  writeFileSync(join(home, 'h.txt'), '# mine\n2 1\n1 2\n');
  const sde = gaplab(
    'sde',
    ...small.sde,
    '--spectrum',
    'spectrum.txt',
    '--start',
    '1,.3,.1',
    '--lr',
    '.0001',
    '--json',
  );
  const first = JSON.parse(sde.stdout).rows.find((row: { step: number }) => row.step === 0);
  assert.ok(Math.abs(first.loss - (0.5 + 0.45 + 0.5)) < 1e-6);
  const matrix = gaplab('sde', ...small.sde, '--matrix', 'h.txt', '--json');
  assert.equal(JSON.parse(matrix.stdout).rows[0].loss, 3);
  const blocks = gaplab(
    'quadratic',
    ...small.quadratic,
    '--spectrum',
    'spectrum.txt',
    '--spectrum',
    '1,2;30',
    '--batch-sizes',
    '1',
    '--json',
  );
  const { rows } = JSON.parse(blocks.stdout);
  assert.deepEqual(
    [...new Set(rows.map((row: { hessian: string }) => row.hessian))],
    ['spectrum.txt', '1,2;30'],
  );
  assert.equal(
    gaplab('quadratic', ...small.quadratic, '--matrix', 'h.txt', '--batch-sizes', '1,2').status,
    0,
  );
});

test('help says what it is about to somebody who read only the abstract', () => {
  const theory = theoryInProcess().commands[0];
  assert.match(theory.helpInformation(), /gap between Adam and SGD/);
  assert.deepEqual(theory.commands.map((one) => one.name()).sort(), Object.keys(small).sort());
  for (const one of theory.commands) {
    assert.ok(one.description().length > 150, 'a paragraph, not a title');
    assert.match(one.helpInformation(), /--out <dir>/);
  }
  assert.match(gaplab('tails', '--help').stdout, /Examples:\n +gaplab theory tails\n/);
});

test('Ctrl-C ends a long simulation at once, with code 130, and leaves no half page', async () => {
  const child = spawn(
    process.execPath,
    [cli, 'theory', 'sde', '--paths', '10000000', '--out', 'interrupted'],
    { cwd: home },
  );
  let said = '';
  // The first sign of progress comes after five seconds: by then it listens.
  await new Promise<void>((resolve) => {
    child.stderr.on('data', (text) => {
      said += text;
      resolve();
    });
  });
  const started = performance.now();
  child.kill('SIGINT');
  const code = await new Promise((resolve) => child.on('close', resolve));
  assert.equal(code, 130, said);
  assert.ok(performance.now() - started < 10_000);
  assert.ok(!existsSync(join(home, 'interrupted')));
});
