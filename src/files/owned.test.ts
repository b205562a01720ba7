// Files of others stay as they are, whatever is written beside them; files of ours are replaced and removed.

import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { UserError } from '../core/errors.ts';
import { addEntries, MANIFEST, readManifest } from './manifest.ts';
import { ownedFolder } from './owned.ts';
import { sha256 } from './sha256.ts';

const root = mkdtempSync(join(tmpdir(), 'gaplab-owned-'));
after(() => rmSync(root, { recursive: true, force: true }));

let made = 0;
const newDir = () => join(root, String(made++));
const text = (...path: string[]) => readFileSync(join(...path), 'utf8');
const files = (all: Record<string, string>) => new Map(Object.entries(all));
function put(dir: string, name: string, content: string): void {
  mkdirSync(dirname(join(dir, name)), { recursive: true });
  writeFileSync(join(dir, name), content);
}
const refused = (pattern: RegExp) => (error: unknown) => {
  assert.ok(error instanceof UserError, String(error));
  assert.match(error.message, pattern);
  return true;
};

test('files of ours are replaced and removed, also after a crash at any point', () => {
  const dir = newDir();
  const folder = ownedFolder(dir, 'study');
  folder.write(files({ 'a.txt': '1', 'figures/a.svg': '1', 'figures/b.svg': '1' }));
  folder.write(files({ 'a.txt': '2', 'figures/a.svg': '1' }));
  assert.equal(text(dir, 'a.txt'), '2');
  folder.remove((name) => name.startsWith('figures/'));
  assert.equal(existsSync(join(dir, 'figures')), false);
  // Listed, and then the power failed: the file still has the content before, or is not there.
  addEntries(dir, [{ name: 'a.txt', sha256: sha256('3'), by: 'study' }]);
  addEntries(dir, [{ name: 'c.txt', sha256: sha256('1'), by: 'study' }]);
  appendFileSync(join(dir, MANIFEST), '{"name": "a.txt", "sha2');
  folder.write(files({ 'a.txt': '4', 'c.txt': '2' }));
  assert.equal(text(dir, 'a.txt'), '4');
  folder.write(files({ 'a.txt': '5', 'c.txt': '3' }));
  assert.deepEqual(readdirSync(dir).sort(), [MANIFEST, 'a.txt', 'c.txt']);
});

test('files that somebody else wrote, or changed since, are neither replaced nor removed', () => {
  const dir = newDir();
  put(dir, 'report.html', 'mine');
  put(dir, 'figures/mine.svg', 'mine');
  const folder = ownedFolder(dir, 'study');
  const all = files({ 'new.txt': '1', 'report.html': '1' });
  assert.throws(
    () => folder.check(all.keys()),
    refused(/report\.html was not written by gaplab, so it is not replaced/),
  );
  assert.throws(() => folder.write(all), refused(/move or rename it, then run the same command again/));
  assert.deepEqual(readdirSync(dir).sort(), ['figures', 'report.html'], 'nothing was written');
  rmSync(join(dir, 'report.html'));
  folder.write(files({ 'report.html': '1', 'figures/a.svg': '1', 'figures/b.svg': '1' }));
  put(dir, 'figures/a.svg', 'changed');
  assert.throws(
    () => folder.write(files({ 'figures/a.svg': '2' })),
    refused(/was changed since gaplab wrote it/),
  );
  folder.remove((name) => name.endsWith('.svg'));
  assert.deepEqual(readdirSync(join(dir, 'figures')).sort(), ['a.svg', 'mine.svg']);
  assert.equal(text(dir, 'figures/a.svg'), 'changed');
  // Of another command.
  assert.throws(
    () => ownedFolder(dir, 'theory').write(files({ 'report.html': '2' })),
    refused(/was written by another command \(study\)/),
  );
  assert.equal(text(dir, 'report.html'), '1');
});

test('a folder where a file should be, a file where a folder should be', () => {
  const dir = newDir();
  put(dir, 'report.html/x', 'mine');
  put(dir, 'figures', 'mine');
  const folder = ownedFolder(dir, 'study');
  assert.throws(() => folder.write(files({ 'report.html': '1' })), refused(/is a link or a folder/));
  assert.throws(() => folder.write(files({ 'figures/a.svg': '1' })), refused(/is not an ordinary folder/));
});

test('links are not followed, neither for files nor for folders nor for the list', () => {
  const elsewhere = newDir();
  put(elsewhere, 'victim', 'theirs');
  const victim = join(elsewhere, 'victim');
  for (const [link, target] of [
    ['report.html', victim],
    ['figures', elsewhere],
    [MANIFEST, victim],
    [MANIFEST, join(elsewhere, 'not-there')],
  ] as const) {
    const dir = newDir();
    mkdirSync(dir);
    symlinkSync(target, join(dir, link));
    assert.throws(() =>
      ownedFolder(dir, 'study').write(files({ 'report.html': '1', 'figures/victim': '1' })),
    );
    assert.deepEqual(readdirSync(elsewhere), ['victim']);
    assert.equal(text(victim), 'theirs');
  }
  // A list made by a stranger: what it names outside is not removed.
  const dir = newDir();
  mkdirSync(dir);
  symlinkSync(elsewhere, join(dir, 'out'));
  for (const name of [`../${elsewhere.split('/').at(-1)}/victim`, victim, 'out/victim'])
    assert.throws(() => {
      put(dir, MANIFEST, `${JSON.stringify({ name, sha256: sha256('theirs'), by: 'study' })}\n`);
      ownedFolder(dir, 'study').remove(() => true);
    }, UserError);
  assert.equal(text(victim), 'theirs');
});

test('what was written before there were lists can be recognized; what was changed after being listed cannot', () => {
  const dir = newDir();
  put(dir, 'old.html', 'by gaplab');
  put(dir, 'other.html', 'by me');
  const folder = ownedFolder(dir, 'study', (_, path) => text(path).includes('by gaplab'));
  folder.write(files({ 'old.html': 'by gaplab, new' }));
  assert.throws(() => folder.write(files({ 'other.html': '1' })), refused(/was not written by gaplab/));
  put(dir, 'old.html', 'by gaplab, and my notes');
  assert.throws(() => folder.write(files({ 'old.html': '1' })), refused(/was changed since/));
});

test('a large file is made beside its place and listed before it gets there', () => {
  const dir = newDir();
  const folder = ownedFolder(dir, 'train');
  for (const content of ['1', '2']) folder.put('model/x.bin', (path) => writeFileSync(path, content));
  assert.equal(text(dir, 'model/x.bin'), '2');
  assert.throws(() => folder.put('model/x.bin', () => assert.fail('broken')), /broken/);
  put(dir, 'model/x.bin', 'mine');
  assert.throws(() => folder.put('model/x.bin', () => assert.fail('not asked')), refused(/was changed/));
  assert.deepEqual(readdirSync(join(dir, 'model')), ['x.bin']);
});

test('the list stays short', () => {
  const dir = newDir();
  const folder = ownedFolder(dir, 'study');
  folder.write(files({ b: 'same' }));
  for (let i = 0; i < 6; i++)
    addEntries(
      dir,
      Array.from({ length: 1000 }, (_, j) => ({ name: 'a', sha256: sha256(`${i} ${j}`), by: 'study' })),
    );
  const names = readManifest(dir).map(({ name }) => name);
  assert.ok(names.length < 2000, String(names.length));
  assert.ok(names.includes('b'), 'the list was shortened by files');
  folder.write(files({ b: 'y' }));
});

test('processes that write at once do not take each other’s files for foreign ones', async () => {
  const dir = newDir();
  const module = join(root, 'writer.ts');
  const source = new URL('./owned.ts', import.meta.url).href;
  writeFileSync(
    module,
    `import { ownedFolder } from ${JSON.stringify(source)};
const folder = ownedFolder(${JSON.stringify(dir)}, 'study');
for (let i = 0; i < 25; i++)
  folder.write(new Map([['a', process.pid + ' ' + i], ['b/c', process.pid + ' ' + i], ['same', String(i)]]));`,
  );
  const codes = [1, 2, 3].map(() => {
    const child = fork(module, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    return new Promise((resolve) => child.on('exit', resolve));
  });
  assert.deepEqual(await Promise.all(codes), [0, 0, 0]);
  ownedFolder(dir, 'study').write(files({ a: 'x', 'b/c': 'x', same: 'x' }));
  assert.deepEqual(readdirSync(dir).sort(), [MANIFEST, 'a', 'b', 'same']);
});
