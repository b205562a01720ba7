// Which studies there are: the given folders and what is directly in them. A study
// is known to pages by an id that is made here; no address ever holds a path.
import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, realpathSync } from 'node:fs';
import { basename, join, relative, resolve, sep } from 'node:path';
import { UserError } from '../core/errors.ts';
import { codeOf, refusal } from '../files/errors.ts';

/** A folder of the command line. */
export interface Root {
  /** As it was given, for people. */
  given: string;
  /** Without links; undefined while it is not there. */
  path: string | undefined;
}

/** What stands in the way of a look into a folder. */
export interface FolderProblem {
  place: string;
  problem: string;
}

/** Entries of one folder that are looked at. */
const MOST_ENTRIES = 2000;

/** Throws UserError for a folder that is there and is no folder. */
export function rootOf(given: string): Root {
  try {
    const path = realpathSync(given);
    if (!lstatSync(path).isDirectory())
      throw new UserError(`${given} is no folder: give a study, or a folder that holds studies`);
    return { given, path };
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return { given, path: undefined };
    throw error;
  }
}

/** Directories of studies in the folders, without links, each once; and what could not be looked at. */
export function findStudies(roots: readonly Root[]): { found: string[]; problems: FolderProblem[] } {
  const found = new Set<string>();
  const problems: FolderProblem[] = [];
  for (const { given, path } of roots.map((root) => (root.path ? root : again(root)))) {
    if (path === undefined) {
      problems.push({ place: given, problem: 'there is no such folder' });
      continue;
    }
    if (isStudy(path)) {
      found.add(path);
      continue;
    }
    try {
      const folders = readdirSync(path, { withFileTypes: true })
        .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
        .slice(0, MOST_ENTRIES);
      for (const { name } of folders) if (isStudy(join(path, name))) found.add(join(path, name));
    } catch (error) {
      problems.push({ place: given, problem: refusal(codeOf(error)) ?? 'the folder cannot be read' });
    }
  }
  return { found: [...found], problems };
}

function again(root: Root): Root {
  try {
    return rootOf(root.given);
  } catch {
    return root;
  }
}

function isStudy(dir: string): boolean {
  return lstatSync(join(dir, 'study.json'), { throwIfNoEntry: false })?.isFile() === true;
}

/** Whether `path`, which exists, lies in one of the folders when all links are followed. */
export function isWithin(roots: readonly Root[], path: string): boolean {
  try {
    const real = realpathSync(path);
    return roots.some(({ path: root }) => root !== undefined && `${real}${sep}`.startsWith(`${root}${sep}`));
  } catch {
    return false;
  }
}

/**
 * The same directory has the same id after a restart: a word to recognize it by, and a digest of its path.
 */
export function studyIdOf(dir: string): string {
  const word = basename(dir)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 32)
    .replace(/-$/, '');
  return `${word || 'study'}-${createHash('sha256').update(dir).digest('hex').slice(0, 6)}`;
}

/** A directory as people read it: from here, where it is below here. */
export function shownPlace(dir: string): string {
  const here = relative(resolve('.'), dir);
  return here === '' ? '.' : here.startsWith('..') ? dir : here;
}
