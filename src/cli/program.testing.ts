// `gaplab` as a program of its own, in an empty folder that is removed after the tests.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after } from 'node:test';

export const cli = resolve(import.meta.dirname, '../cli.ts');

/**
 * The folder, and gaplab started in it or in another one; every command line begins with `first`. What is
 * prepared of corpora is kept in the folder.
 */
export function program(...first: string[]) {
  const home = mkdtempSync(join(tmpdir(), 'gaplab-cli-'));
  after(() => rmSync(home, { recursive: true, force: true }));
  const env = { ...process.env, GAPLAB_CACHE: join(home, 'cache') };
  const gaplabIn = (cwd: string, ...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...first, ...args], {
      ...{ encoding: 'utf8', cwd, env },
    });
    return { status, stdout, stderr, json: () => JSON.parse(stdout.trim().split('\n').at(-1)!) };
  };
  return { home, env, gaplab: (...args: string[]) => gaplabIn(home, ...args), gaplabIn };
}

const WORDS = ['state', 'union', 'congress', 'people', 'peace', 'and', 'the', 'of', 'treasury', 'war'];

/** A corpus in that folder: 60 documents of 300 words each, prepared in a moment. */
export function smallCorpus(home: string): string {
  const path = join(home, 'corpus.txt');
  const text = (n: number) =>
    Array.from({ length: 300 }, (_, i) => WORDS[(i * i + n * i + n) % WORDS.length]).join(' ');
  writeFileSync(path, Array.from({ length: 60 }, (_, n) => text(n)).join('\n\n'));
  return path;
}
