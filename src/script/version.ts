// What a script is: a digest of its files, or its commit. It is part of every run's id,
// so an edited script makes new runs.
import { execFileSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import { UserError } from '../core/errors.ts';
import { hashOfFile } from '../files/manifest.ts';
import { digest } from '../files/seal.ts';
import { macrosIn } from './macros.ts';

/** What tells one version of a script from another. */
export type Version = { files: string[] } | { git: true } | { text: string };

/** Arguments of the command that are files in `folder`: what a version is by default. */
export const filesIn = (command: readonly string[], program: string | undefined, folder: string): string[] =>
  [...command, ...(program === undefined ? [] : [program])].filter(
    (argument) =>
      macrosIn(argument).length === 0 &&
      !isAbsolute(argument) &&
      (statSync(resolve(folder, argument), { throwIfNoEntry: false })?.isFile() ?? false),
  );

/** Throws UserError when a file is not there, or the folder is not a clean checkout. */
export function versionOf(version: Version, folder: string): string {
  if ('text' in version) return version.text;
  if ('git' in version) return commitOf(folder);
  const hashes = version.files.map((name) => {
    const path = resolve(folder, name);
    const hash = existsSync(path) && statSync(path).isFile() ? hashOfFile(resolve(path)) : undefined;
    if (hash === undefined) throw new UserError(`there is no file ${name} in ${folder}`);
    return [name, hash];
  });
  return digest(Object.fromEntries(hashes)).slice(0, 16);
}

function commitOf(folder: string): string {
  const git = (...args: string[]) =>
    execFileSync('git', args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  let commit: string;
  let changed: string;
  try {
    commit = git('rev-parse', 'HEAD');
    changed = git('status', '--porcelain', '--untracked-files=no');
  } catch {
    throw new UserError(
      `${folder} is no git repository with a commit: name the script's files instead (files: [train.py])`,
    );
  }
  if (changed !== '')
    throw new UserError(
      `${folder} has changes that are not committed (${changed.split('\n')[0].trim()}): commit them, or name the script's files instead (files: [train.py])`,
    );
  return commit;
}
