// `gaplab theory` as its users meet it: pages, tables, help, and one clear line for what cannot be.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, mock, test } from 'node:test';
import { Command } from 'commander';
import { MANIFEST } from '../files/manifest.ts';
import { reportedStudy, writeStudyDir } from '../report/study-dir.testing.ts';
import { register } from './theory.ts';

const cli = resolve(import.meta.dirname, '../cli.ts');
const home = mkdtempSync(join(tmpdir(), 'gaplab-theory-'));
after(() => rmSync(home, { recursive: true }));
const gaplab = (...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, 'theory', ...args], {
    encoding: 'utf8',
    cwd: home,
  });
  return { status, stdout, stderr };
};

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
    const page = readFileSync(answer.html, 'utf8');
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

test('theory scaling: the points of the table are those of the result', () => {
  const { stdout } = gaplab('scaling', ...small.scaling, '--json', '--out', 'points');
  const { rows } = JSON.parse(stdout);
  const lines = readFileSync(join(home, 'points/tables/progress.csv'), 'utf8').trim().split('\r\n').slice(1);
  assert.deepEqual(
    lines.map((line) => line.split(',').slice(1, 3).map(Number)),
    rows.map((row: { batchSize: number; progress: number }) => [row.batchSize, row.progress]),
  );
});

test('theory scaling --measured: the curve of a language model beside the simulation, with its own exponent', () => {
  const rows = [1, 4, 16, 64].flatMap((size) => [`adam,${size},${2 * Math.sqrt(size)},x`, `sgd,${size},3,x`]);
  writeFileSync(join(home, 'measured.csv'), `optimizer,batchSize,progress,other\n${rows.join('\n')}\n`);
  const { status, stdout } = gaplab(
    'scaling',
    ...small.scaling,
    '--measured',
    'measured.csv',
    '--fit-to',
    '16',
    '--json',
  );
  assert.equal(status, 0);
  const { measuredFits } = JSON.parse(stdout);
  const adam = measuredFits.find((one: { optimizer: string }) => one.optimizer === 'adam').fit;
  assert.ok(Math.abs(adam.exponent - 0.5) < 1e-9 && adam.to === 16);
  assert.match(
    readFileSync(join(home, 'theory/scaling/tables/progress.csv'), 'utf8'),
    /"measured, relative to the smallest batch",SGD,64,1,/,
  );
});

test('theory scaling --measured: CSV as programs write it; seeds are names; what is set aside is named', () => {
  const sizes = [1, 2, 4, 8];
  const seeds = { s1: 0.9, s2: 1.1, 'a, b': 1 };
  const rows = Object.entries(seeds).flatMap(([seed, factor]) =>
    sizes.map((size) => `"adam",${size},"${factor * size ** (0.5 + 0.1 * (factor - 1))}","${seed}"`),
  );
  const text = [
    '\ufeff"optimizer","batchSize","progress","seed"',
    ...rows,
    rows[3],
    'adam,16,diverged,s1',
    'adam,none,3,s1',
    'adam,8,3,',
  ];
  writeFileSync(join(home, 'quoted.csv'), `${text.join('\r\n')}\r\n`);
  const { status, stdout, stderr } = gaplab(
    'scaling',
    ...small.scaling,
    '--measured',
    'quoted.csv',
    '--json',
  );
  assert.equal(status, 0, stderr);
  const { measured, measuredFits, caveats } = JSON.parse(stdout);
  assert.equal(measured.length, 12);
  const [{ fit }] = measuredFits;
  assert.ok(Math.abs(fit.exponent - 0.5) < 1e-9);
  // Slopes 0.49, 0.51 and 0.5: half a width of t95(2) 0.01 / sqrt(3). As one seed they would have had none.
  assert.ok(Math.abs(fit.ci95[1] - fit.exponent - (4.302653 * 0.01) / Math.sqrt(3)) < 1e-6);
  assert.equal(
    caveats.find((text: string) => text.startsWith('Set aside')),
    'Set aside of what was measured: 4 rows, line 14 (line 5 once more); line 15 ("diverged" is no progress); line 16 ("none" is no batch size); line 17 (no seed).',
  );
  // A seed without one batch size is named, and not in the fit.
  writeFileSync(join(home, 'gap.csv'), `${[text[0], ...rows.slice(1)].join('\n')}\n`);
  const lacking = JSON.parse(gaplab('scaling', ...small.scaling, '--measured', 'gap.csv', '--json').stdout);
  assert.match(lacking.caveats.at(-1), /Lacking: progress of seed s1 at batch size 1 \(Adam\)\./);
});

/** A study of SGD and SignSGD whose runs lose B^0 and B^(1/2) after their first validation, if they have one. */
function studyOfProgress(name: string, validated: boolean): string {
  const dir = join(home, name);
  const { adam: arm } = reportedStudy().optimizers;
  const of = (optimizer: string, lr: number) => ({
    ...arm,
    optimizer,
    hyper: {},
    lr: { kind: 'grid' as const, values: [lr] },
  });
  const study = reportedStudy({
    ...{ name, tokens: [], steps: [20], batchSizes: [1, 4, 16], baseline: 'signsgd', challenger: 'sgd' },
    optimizers: { sgd: of('sgd', 0.01), signsgd: of('signsgd', 1e-4) },
  });
  writeStudyDir(dir, study, ({ point: { optimizer, batchSize, seed } }) => ({
    valLoss: 7 - 1e-3 * batchSize ** (optimizer === 'sgd' ? 0 : 0.5) * (1 + 0.01 * seed),
  }));
  if (validated)
    for (const run of readdirSync(join(dir, 'runs')))
      writeFileSync(
        join(dir, 'runs', run, 'attempt-1/metrics.jsonl'),
        `${JSON.stringify({ step: 4, tokens: 256, loss: 7, valLoss: 7 })}\n`,
      );
  return dir;
}

test('theory scaling --measured: a directory of a study, its exponents over seeds', () => {
  const dir = studyOfProgress('progress', true);
  const { status, stdout, stderr } = gaplab('scaling', ...small.scaling, '--measured', dir, '--json');
  assert.equal(status, 0, stderr);
  const { measured, measuredFits, predicted, answer } = JSON.parse(stdout);
  assert.equal(measured.length, 2 * 3 * 3);
  for (const [i, exponent] of [0, 0.5].entries()) {
    assert.ok(Math.abs(measuredFits[i].fit.exponent - exponent) < 1e-6);
    assert.equal(measuredFits[i].fit.ci95.length, 2);
  }
  assert.deepEqual(predicted, []);
  assert.match(answer.at(-1), /SignSGD, measured: B to the power 0\.500 .* for batch sizes 1 to 16/);
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
  const theory = program().commands[0];
  assert.match(theory.helpInformation(), /gap between Adam and SGD/);
  assert.deepEqual(theory.commands.map((one) => one.name()).sort(), Object.keys(small).sort());
  for (const one of theory.commands) {
    assert.ok(one.description().length > 150, 'a paragraph, not a title');
    assert.match(one.helpInformation(), /--out <dir>/);
  }
  assert.match(gaplab('tails', '--help').stdout, /Examples:\n +gaplab theory tails\n/);
});

/** The command line within this process: starting a program for every line that is refused takes minutes on a busy machine. */
function program(): Command {
  const silent = { writeErr() {}, outputError() {} };
  const made = new Command('gaplab').exitOverride().configureOutput(silent);
  register(made);
  return made;
}

/** What a command line that cannot be answers, and its exit code. */
async function refusal(args: string[]): Promise<{ code: number | string | null | undefined; text: string }> {
  let text = '';
  const write = mock.method(process.stderr, 'write', (chunk: string) => {
    text += chunk;
    return true;
  });
  const before = process.cwd();
  process.chdir(home);
  try {
    await program().parseAsync(['theory', ...args], { from: 'user' });
    return { code: process.exitCode, text };
  } catch (error) {
    return { code: 2, text: (error as Error).message }; // as src/cli.ts ends for an error of commander's
  } finally {
    process.exitCode = undefined;
    process.chdir(before);
    write.mock.restore();
  }
}

writeFileSync(join(home, 'wide.txt'), '1 2\n');
writeFileSync(join(home, 'skew.txt'), '1 2\n0 1\n');
writeFileSync(join(home, 'words.txt'), 'one two\n');
writeFileSync(join(home, 'indefinite.txt'), '1 2\n2 1\n');
writeFileSync(join(home, 'ragged.txt'), '1 2\n3\n');
writeFileSync(join(home, 'empty.txt'), '# nothing\n');
writeFileSync(join(home, 'infinite.txt'), '1 Infinity\nInfinity 1\n');
studyOfProgress('blind', false);
writeFileSync(join(home, 'bad.csv'), 'optimizer,batchSize\nadam,1\n');
writeFileSync(join(home, 'ragged.csv'), 'optimizer,batchSize,progress\nadam,1\n');
writeFileSync(join(home, 'torn.csv'), 'optimizer,batchSize,progress\n"adam,1,2\n');
writeFileSync(join(home, 'contrary.csv'), 'optimizer,batchSize,progress,seed\nadam,1,2,s1\nadam,1,3,s1\n');
writeFileSync(join(home, 'empty.csv'), 'optimizer,batchSize,progress\nadam,1,\n');
for (const [args, message] of [
  [
    ['sde', '--sigma', '-1'],
    /^error: option '--sigma <numbers>' argument '-1' is invalid\. It must be at least 0\.$/,
  ],
  [['sde', '--sigma', 'NaN'], /It must be a number/],
  [['sde', '--spectrum', ''], /the spectrum is empty/],
  [['sde', '--spectrum', '1,-2'], /eigenvalue -2 is negative/],
  [['sde', '--spectrum', 'NaN'], /spectrum: "NaN" is not a number/],
  [
    ['sde', '--spectrum', 'nowhere.txt'],
    /spectrum: there is no file nowhere\.txt, and it is not a list of numbers/,
  ],
  [['sde', '--matrix', 'wide.txt'], /H must be square: 1 rows, but row 1 has 2 numbers/],
  [['sde', '--matrix', 'skew.txt'], /H must be symmetric: row 2, column 1 is 0/],
  ...['sde', 'lr', 'scaling', 'quadratic'].flatMap((command): [string[], RegExp][] => [
    [[command, '--matrix', 'indefinite.txt'], /negative eigenvalue -1\.000, so the loss has no minimum/],
    [[command, '--matrix', 'ragged.txt'], /H must be square: 2 rows, but row 2 has 1 numbers/],
    [[command, '--matrix', 'empty.txt'], /H is empty/],
    [[command, '--matrix', 'infinite.txt'], /row 1 holds Infinity, not a finite number/],
  ]),
  [['sde', '--start', '0'], /the loss at the start is 0/],
  [['sde', '--target', '1'], /between 0 and 1, not 1/],
  [['sde', '--matrix', 'words.txt'], /matrix: "one" is not a number/],
  [['sde', '--lr', '0'], /It must be above 0/],
  [['sde', '--at', '5000'], /from 1 to the 1000 steps/],
  [['sde', '--methods', 'lion'], /Unknown: lion; there are sgd, signsgd, heavyball, signum/],
  [['sde', '--beta', '1', '--methods', 'signum'], /beta must be at least 0 and below 1, not 1/],
  [['sde', '--batch-sizes', '8..1'], /A range doubles/],
  [['quadratic', '--batch-sizes', '10'], /1 to 9 of the 9 columns/],
  [['quadratic', '--spectrum', ';'], /the spectrum is empty/],
  [['quadratic', '--spectrum', 'round'], /neither heterogeneous nor homogeneous nor numbers/],
  [['quadratic', '--matrix', 'skew.txt'], /symmetric/],
  [['quadratic', '--lr-to', '1e-6'], /--lr-to must be above --lr-from/],
  [['quadratic', '--noise', 'white'], /Unknown: white/],
  [['lr', '--target', '2'], /between 0 and 1, not 2/],
  [['tails', '--degrees', '0'], /from 0\.2 to 1000, or inf/],
  [['tails', '--degrees', '1e-300'], /from 0\.2 to 1000, or inf/],
  [['tails', '--degrees', ''], /It must be a list of numbers/],
  [['tails', '--gradient', '1e300'], /at most 100 noise scales/],
  [['scaling', '--fit-from', '10', '--fit-to', '1'], /--fit-from 10 is above --fit-to 1/],
  [['scaling', '--measured', 'bad.csv'], /there is no column "progress"/],
  [['scaling', '--measured', 'ragged.csv'], /this is no CSV table .*line 2/],
  [['scaling', '--measured', 'torn.csv'], /this is no CSV table .*[Qq]uote/],
  [['scaling', '--measured', 'contrary.csv'], /lines 2 and 3 give adam at batch size 1, seed s1, two values/],
  [['scaling', '--measured', 'empty.csv'], /no row has .*: line 2 \("" is no progress\)/],
  [['scaling', '--measured', 'nowhere.csv'], /there is no file nowhere\.csv$/m],
  [
    ['scaling', '--measured', 'blind'],
    /no finished run has a validation loss before its end; set eval\.every/,
  ],
  [['imbalance', '--levels', '12'], /levels must be an integer from 2 to 8/],
] as [string[], RegExp][])
  test(`theory ${args.join(' ')}: one line, code 2`, async () => {
    const { code, text } = await refusal(args);
    assert.equal(code, 2, text);
    assert.equal(text.trim().split('\n').length, 1, text);
    assert.match(text, message);
  });

test('a line that is refused ends the program with code 2 and one line', () => {
  const { status, stdout, stderr } = gaplab('sde', '--sigma', '-1');
  const line =
    "gaplab: option '--sigma <numbers>' argument '-1' is invalid. It must be at least 0; see `gaplab theory --help`\n";
  assert.deepEqual([status, stdout, stderr], [2, '', line]);
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
