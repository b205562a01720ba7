// `npm run build:ui` and `gaplab ui` from a clone: the dashboard's and the playground's pages,
// built into dist/web/. A build of the same sources is left as it is.

import { createHash } from 'node:crypto';
import {
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { build } from 'vite';

const root = resolve(import.meta.dirname, '..');
/** Where the pages are, in a clone as in the package. */
export const pagesFolder = join(root, 'dist', 'web');
/** What the pages are made of; its digest stands beside a build. */
const sourcesOf = () =>
  globSync(['web/**/*.{ts,tsx,css,html,json}', 'src/**/*.ts', 'package-lock.json', 'scripts/ui.ts'], {
    cwd: root,
    exclude: ['**/*.test.ts', '**/*.testing.ts'],
  }).sort();

function digest(): string {
  const hash = createHash('sha256');
  for (const file of sourcesOf()) hash.update(`${file}\0`).update(readFileSync(join(root, file)));
  return hash.digest('hex');
}

/**
 * Builds into `folder`, in place of an earlier build, all at once: another process never sees half of one.
 */
export async function buildUi(folder = pagesFolder, made = digest()): Promise<void> {
  mkdirSync(dirname(folder), { recursive: true });
  const fresh = mkdtempSync(join(dirname(folder), '.web-'));
  try {
    await build({
      configFile: join(root, 'web', 'vite.config.ts'),
      build: { outDir: join(fresh, 'web') },
      logLevel: 'warn',
    });
    writeFileSync(join(fresh, 'web', 'sources.sha256'), `${made}\n`);
    rmSync(folder, { recursive: true, force: true });
    renameSync(join(fresh, 'web'), folder);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

/** Builds the pages unless there is a build of these very sources. Returns whether it built. */
export async function ensureUi(folder = pagesFolder): Promise<boolean> {
  const made = digest();
  try {
    if (readFileSync(join(folder, 'sources.sha256'), 'utf8').trim() === made) return false;
  } catch {}
  await buildUi(folder, made);
  return true;
}

if (import.meta.filename === realpathSync(process.argv[1])) await ensureUi();
