// Reading in a folder that may be somebody else's.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { parseJson, toJson } from './atomic.ts';
import { readPlain, refuseLinkedFolders, refuseLinks } from './plain.ts';

const dir = mkdtempSync(join(tmpdir(), 'gaplab-plain-'));
after(() => rmSync(dir, { recursive: true, force: true }));

test('ordinary files are read; links, folders and giants are refused', () => {
  writeFileSync(join(dir, 'file'), 'text');
  mkdirSync(join(dir, 'folder'));
  symlinkSync(join(dir, 'file'), join(dir, 'link'));
  symlinkSync(join(dir, 'nothing'), join(dir, 'dangling'));
  symlinkSync(join(dir, 'folder'), join(dir, 'linked'));
  writeFileSync(join(dir, 'giant'), '');
  truncateSync(join(dir, 'giant'), 2 ** 29);
  assert.equal(readPlain(join(dir, 'file')), 'text');
  assert.equal(readPlain(join(dir, 'none')), undefined);
  assert.equal(readPlain(join(dir, 'file', 'below')), undefined);
  for (const name of ['link', 'dangling']) assert.throws(() => readPlain(join(dir, name)), /is a link/);
  assert.throws(() => readPlain(join(dir, 'folder')), /is not an ordinary file/);
  assert.throws(() => readPlain(join(dir, 'giant')), /has 512 MiB/);
  assert.throws(() => refuseLinkedFolders(dir, 'linked/x'), /is a link/);
  refuseLinkedFolders(dir, 'folder/x');
  refuseLinkedFolders(dir, 'link'); // the last part is the caller's
  assert.throws(() => refuseLinks(dir), /is a link/);
  refuseLinks(dir, (name) => name === 'folder');
});

test('JSON that is nested beyond all of ours is none; what nobody sees is written out, and comes back', () => {
  const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
  assert.ok(parseJson(nested(50)));
  for (const depth of [500, 200_000]) assert.equal(parseJson(nested(depth)), undefined);
  const text = 'a\n\u202e\u009b\u{e0041}\ud800 é';
  const json = toJson({ text });
  assert.ok(!/[\u202e\u0080-\u009f]/.test(json), json);
  assert.deepEqual(JSON.parse(json), { text });
});
