// The browser's side as files: a build replaces an earlier one and nothing else.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { addEntries } from '../src/files/manifest.ts';
import { sha256 } from '../src/files/sha256.ts';
import { buildWeb } from './web.ts';

const folder = mkdtempSync(join(tmpdir(), 'gaplab-web-'));
after(() => rmSync(folder, { recursive: true, force: true }));

test('files of others stay, those of an earlier build go, and a foreign browser.js is refused', async () => {
  writeFileSync(join(folder, 'index.html'), 'mine');
  writeFileSync(join(folder, 'old.js'), 'an earlier chunk');
  addEntries(folder, [{ name: 'old.js', sha256: sha256('an earlier chunk'), by: 'build:web' }]);
  mkdirSync(join(folder, 'browser'));
  writeFileSync(join(folder, 'browser', 'mine.js'), 'mine');
  await buildWeb(folder);
  await buildWeb(folder);
  for (const name of ['browser.js', 'browser/worker.js', 'ort-wasm-simd-threaded.wasm'])
    assert.ok(existsSync(join(folder, name)), name);
  for (const name of ['index.html', 'browser/mine.js'])
    assert.equal(readFileSync(join(folder, name), 'utf8'), 'mine');
  assert.equal(existsSync(join(folder, 'old.js')), false);
  writeFileSync(join(folder, 'browser.js'), 'mine');
  await assert.rejects(
    buildWeb(folder),
    /browser\.js was changed since gaplab wrote it, so it is not replaced/,
  );
  assert.equal(readFileSync(join(folder, 'browser.js'), 'utf8'), 'mine');
});
