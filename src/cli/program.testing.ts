// `gaplab` as a program of its own, in an empty folder that is removed after the tests.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after } from 'node:test';

export const cli = resolve(import.meta.dirname, '../cli.ts');

/** The folder, and gaplab started in it; every command line begins with `first`. */
export function program(...first: string[]) {
  const home = mkdtempSync(join(tmpdir(), 'gaplab-cli-'));
  after(() => rmSync(home, { recursive: true, force: true }));
  const gaplab = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...first, ...args], {
      encoding: 'utf8',
      cwd: home,
    });
    return { status, stdout, stderr, json: () => JSON.parse(stdout.trim().split('\n').at(-1)!) };
  };
  return { home, gaplab };
}
