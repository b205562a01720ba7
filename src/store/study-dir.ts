// The directory of a study: created, bound to one study by its study.json, its runs perhaps in a shared pool.

import {
  accessSync,
  constants,
  copyFileSync,
  existsSync,
  lstatSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { UserError } from '../core/errors.ts';
import { shown } from '../core/shown.ts';
import { parseJson, readIfThere, temporaryName, toJson, writeAtomic, writeNew } from '../files/atomic.ts';
import { canonical } from '../files/canonical.ts';
import { codeOf, placeError } from '../files/errors.ts';
import { makeFolder } from '../files/folder.ts';
import { addEntries, readManifest } from '../files/manifest.ts';
import { sealed, unsealed } from '../files/seal.ts';
import { sha256 } from '../files/sha256.ts';
import { type FrozenStudy, frozenStudy } from './schemas.ts';

/**
 * Makes `dir` and `dir/runs` (a link to `pool` when given) and tries to write there.
 * Throws UserError when it cannot.
 */
export function openStudyDir(dir: string, pool?: string): void {
  try {
    refuseForeignStudy(dir);
    makeFolder(dir);
    tryWriting(dir);
  } catch (error) {
    throw codeOf(error) === undefined ? error : placeError(dir, error);
  }
  try {
    linkPool(dir, pool);
    tryWriting(join(dir, 'runs'));
  } catch (error) {
    throw codeOf(error) === undefined
      ? error
      : placeError(pool ?? join(dir, 'runs'), error, pool === undefined ? '--out' : '--runs');
  }
}

/**
 * The surest test of a place is to write to it: access(2) says nothing about a full disk.
 * Gives the time of the file system there (milliseconds), which may not be this computer's.
 */
export function tryWriting(dir: string): number {
  accessSync(dir, constants.W_OK);
  // A pool may be shared, and process ids repeat: the name is nobody else's.
  const file = temporaryName(join(dir, '.writable'));
  const { mtimeMs } = writeNew(file, 'x'.repeat(4096));
  rmSync(file, { force: true });
  // A process that is killed leaves its file. One that lives needs it no more than to be written.
  // Of names alone: what kind each entry of a large pool is may cost a file server a question each.
  for (const name of readdirSync(dir).filter((name) => /^\.writable\.[0-9a-f]{12}\.tmp$/.test(name)))
    if (lstatSync(join(dir, name), { throwIfNoEntry: false })?.isFile())
      rmSync(join(dir, name), { force: true });
  return mtimeMs;
}

/**
 * Where the runs of the study in `dir` are, for reading. Throws UserError when they
 * are in a pool that is not there.
 */
export function runsDirOf(dir: string): string {
  const runs = join(dir, 'runs');
  if (lstatSync(runs, { throwIfNoEntry: false })?.isSymbolicLink() && !existsSync(runs))
    throw new UserError(
      `${runs} is a link to ${shown(readlinkSync(runs))}, which is not there: mount or restore that pool of runs, then run the same command again`,
    );
  return runs;
}

function linkPool(dir: string, pool: string | undefined): void {
  const runs = join(dir, 'runs');
  const there = lstatSync(runs, { throwIfNoEntry: false });
  if (pool === undefined) {
    // Whoever made the link decides where it leads; who runs the study decides where is written.
    if (there?.isSymbolicLink())
      throw new UserError(
        `${runs} is a link: to use the pool of runs that it leads to, say so with --runs ${shown(resolve(dir, readlinkSync(runs)))}`,
      );
    makeFolder(runs);
    return;
  }
  const target = resolve(pool);
  makeFolder(target);
  // A link rather than a line in a file: every reader finds <dir>/runs/<id>, and the shell does too.
  if (!there) symlinkSync(target, runs, 'junction');
  else if (!there.isSymbolicLink() || resolve(dir, readlinkSync(runs)) !== target)
    throw new UserError(
      `${runs} exists and is not the pool ${target}: leave --runs out, or use another --out`,
    );
}

/** The frozen study of a directory. Throws UserError when there is none or it is damaged. */
export function readStudy(dir: string): FrozenStudy {
  const text = readIfThere(join(dir, 'study.json'));
  if (text === undefined)
    throw new UserError(`${dir} holds no study (no study.json): give the --out directory of a study`);
  const parsed = frozenStudy.safeParse(unsealed(parseJson(text)));
  if (!parsed.success)
    throw new UserError(
      `${join(dir, 'study.json')} is damaged; run the study again with --out ${dir} to write it anew`,
    );
  return parsed.data;
}

/**
 * Binds `dir` to `study`. A changed study of the same name replaces study.json (the old
 * one stays as study.<n>.json, its runs stay too); one of another name is refused with a UserError.
 */
export function freezeStudy(dir: string, study: FrozenStudy, warn: (line: string) => void): void {
  const path = join(dir, 'study.json');
  const text = readIfThere(path);
  const written = toJson(sealed(study));
  if (text !== undefined) {
    const value = unsealed(parseJson(text)) as { name?: unknown } | undefined;
    const old = frozenStudy.safeParse(value);
    // Of a study as another version writes it the name can still be told.
    const name = value?.name;
    if (typeof name === 'string' && name !== study.name)
      throw new UserError(
        `${dir} belongs to the study "${name}", not to "${study.name}": use another --out (or give the study that name)`,
      );
    if (old.success && canonical(old.data) === canonical(study)) return;
    const aside = freeName(dir);
    if (old.success) copyFileSync(path, aside);
    else renameSync(path, aside);
    warn(
      old.success
        ? `the study has changed: finished runs are kept, the older study.json is ${aside}`
        : `study.json was damaged; moved to ${aside}`,
    );
  }
  // In the list of our files: damaged later, it is known to have been ours.
  addEntries(dir, [{ name: 'study.json', sha256: sha256(written), by: 'study' }]);
  writeAtomic(path, written);
}

/** Throws UserError when `dir` has a study.json of somebody else. */
function refuseForeignStudy(dir: string): void {
  const text = readIfThere(join(dir, 'study.json'));
  if (text === undefined || nameIn(text) !== undefined) return;
  // A damaged one of ours is set aside later: older versions kept no list, but made runs/ first.
  const isOurs = existsSync(join(dir, 'runs')) || readManifest(dir).some(({ name }) => name === 'study.json');
  if (!isOurs)
    throw new UserError(
      `${join(dir, 'study.json')} was not written by gaplab: move or rename it, or use another --out`,
    );
}

function nameIn(text: string): string | undefined {
  const value = parseJson(text) as { name?: unknown } | undefined;
  return typeof value?.name === 'string' ? value.name : undefined;
}

function freeName(dir: string): string {
  for (let n = 1; ; n++) {
    const path = join(dir, `study.${n}.json`);
    if (!lstatSync(path, { throwIfNoEntry: false })) return path;
  }
}
