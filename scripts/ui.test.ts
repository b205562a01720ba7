// The built pages: small enough for a slow line, and built only when their sources have changed.
import assert from 'node:assert/strict';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { ensureUi } from './ui.ts';

const home = mkdtempSync(join(tmpdir(), 'gaplab-ui-'));
after(() => rmSync(home, { recursive: true, force: true }));

test('what the dashboard loads is less than 300 KB compressed; a build of the same sources is kept', async () => {
  const folder = join(home, 'web');
  assert.equal(await ensureUi(folder), true);
  assert.equal(await ensureUi(folder), false);
  const index = readFileSync(join(folder, 'index.html'), 'utf8');
  // The entry, and what it loads at once; pages that are loaded when they are shown are not among them.
  const loaded = new Set([...index.matchAll(/assets\/[\w.-]+/g)].map(([name]) => name));
  for (const name of loaded)
    for (const [, next] of readFileSync(join(folder, name), 'utf8').matchAll(
      /^import[^;]*?"\.\/([\w.-]+)"/gm,
    ))
      loaded.add(`assets/${next}`);
  assert.ok([...loaded].some((name) => name.endsWith('.js')));
  const size = [...loaded].reduce((sum, name) => sum + gzipSync(readFileSync(join(folder, name))).length, 0);
  assert.ok(size > 10_000 && size < 300_000, `${size} bytes`);
  assert.ok(globSync('assets/playground-*.js', { cwd: folder }).every((name) => !loaded.has(name)));
});
