// Commands in a folder that is full of other things: nothing of it is replaced, removed or moved.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { program } from './program.testing.ts';

const { home: root, gaplabIn } = program();
const corpus = join(root, 'corpus.txt');
writeFileSync(
  corpus,
  Array.from({ length: 60 }, (_, i) => `the state of the union is ${i} `.repeat(40)).join('\n\n'),
);
const small = ['--model', 'tiny', '--corpus', corpus, '--vocab-size', '280', '--eval-tokens', '128'];
const train = ['train', ...small, '--steps', '2', '--batch-size', '1', '--out', '.'];
const sde = ['theory', 'sde', '--paths', '10', '--steps', '10', '--batch-sizes', '1,2', '--out', '.'];

/** A folder with these files, each with its own name in it. */
function folder(...names: string[]): string {
  const dir = mkdtempSync(join(root, 'work-'));
  for (const name of names) {
    mkdirSync(dirname(join(dir, name)), { recursive: true });
    writeFileSync(join(dir, name), `mine: ${name}`);
  }
  return dir;
}
const mine = (dir: string, ...names: string[]) => {
  for (const name of names) assert.equal(readFileSync(join(dir, name), 'utf8'), `mine: ${name}`);
};
const gaplab = (cwd: string, args: string[]) => gaplabIn(cwd, ...args);

/** One line that names the file, code 2, and the folder as it was. */
function refuses(name: string, args: string[]): void {
  const dir = folder(name, 'notes.txt');
  const { status, stdout, stderr } = gaplab(dir, args);
  assert.deepEqual([status, stdout], [2, ''], stderr);
  assert.match(stderr, /^gaplab: [^\n]*(move|use another)[^\n]*\n$/);
  assert.ok(stderr.includes(join(dir, name.split('/')[0])), stderr);
  mine(dir, name, 'notes.txt');
  assert.deepEqual(readdirSync(dir).sort(), [name.split('/')[0], 'notes.txt'].sort());
}

test('a run in a folder with other files leaves them; one where its files would stand is refused', () => {
  const others = ['notes.txt', 'model/notes.txt', 'report.html'];
  const dir = folder(...others);
  const { status, stderr } = gaplab(dir, train);
  assert.equal(status, 0, stderr);
  mine(dir, ...others);
  for (const name of [
    'config.json',
    'result.json',
    'attempt-1',
    'model/model.safetensors',
    'model/config.json',
  ])
    assert.ok(existsSync(join(dir, name)), name);
  for (const name of ['config.json', 'result.json', 'model/config.json', 'attempt-1/notes.txt'])
    refuses(name, train);
});

test('a page of the theory leaves other figures and tables; a report.html of somebody else is refused', () => {
  const others = ['figures/mine.svg', 'tables/mine.csv', 'notes.txt'];
  const dir = folder(...others);
  for (const args of [sde, ['theory', 'tails', '--paths', '10', '--steps', '10', '--out', '.']]) {
    const { status, stderr } = gaplab(dir, args);
    assert.equal(status, 0, stderr);
    mine(dir, ...others);
  }
  assert.ok(
    !readdirSync(join(dir, 'figures')).includes('loss-by-batch.svg'),
    'figures of the page before are gone',
  );
  refuses('report.html', sde);
  refuses('result.json', sde);
});

test('a study does not start where a report or a study.json of somebody else stands', () => {
  const study = ['study', 'smoke', '--out', '.'];
  for (const name of ['report.html', 'summary.json', 'study.json']) refuses(name, study);
});
