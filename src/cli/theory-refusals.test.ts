// What the theory commands refuse, each in one line with code 2.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mock, test } from 'node:test';
import { program } from './program.testing.ts';
import { theoryInProcess } from './theory.testing.ts';

const { home, gaplab } = program('theory');

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
    await theoryInProcess().parseAsync(['theory', ...args], { from: 'user' });
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
