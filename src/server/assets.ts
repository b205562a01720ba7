// The built pages: a list of files is made once, and only those are given out.
import { globSync, readFileSync } from 'node:fs';
import { extname, join, sep } from 'node:path';

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.wasm': 'application/wasm',
  '.txt': 'text/plain; charset=utf-8',
};

export interface Asset {
  type: string;
  /** Names of built files hold a digest: they are never another file. */
  forever: boolean;
  read(): Uint8Array<ArrayBuffer>;
}

/** Files of `folder` by their path in addresses, `index.html` also as the root. */
export function assetsOf(folder: string): Map<string, Asset> {
  const names = globSync('**/*', { cwd: folder, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
  const assets = new Map(
    names.map((name): [string, Asset] => [
      name.split(sep).join('/'),
      {
        type: types[extname(name)] ?? 'application/octet-stream',
        forever: /-[\w-]{8}\.\w+$/.test(name) && name.startsWith('assets'),
        read: () => new Uint8Array(readFileSync(join(folder, name))),
      },
    ]),
  );
  const index = assets.get('index.html');
  if (index) assets.set('', index);
  return assets;
}
