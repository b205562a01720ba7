// The directory of a study: created, bound to one study by its study.json, its runs perhaps in a shared pool.
import {
  accessSync,
  constants,
  copyFileSync,
  lstatSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import canonicalize from 'canonicalize';
import { UserError } from '../core/errors.ts';
import { parseJson, readIfThere, toJson, writeAtomic } from '../files/atomic.ts';
import { codeOf, placeError } from '../files/errors.ts';
import { makeFolder } from '../files/folder.ts';
import { type FrozenStudy, frozenStudy } from './schemas.ts';

/** Makes `dir` and `dir/runs` (a link to `pool` when given) and tries to write there. Throws UserError when it cannot. */
export function openStudyDir(dir: string, pool?: string): void {
  try {
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

/** The surest test of a place is to write to it: access(2) says nothing about a full disk. */
function tryWriting(dir: string): void {
  accessSync(dir, constants.W_OK);
  const probe = join(dir, `.writable-${process.pid}`); // a pool may be shared
  writeAtomic(probe, 'x'.repeat(4096));
  rmSync(probe, { force: true });
}

function linkPool(dir: string, pool: string | undefined): void {
  const runs = join(dir, 'runs');
  if (pool === undefined) {
    makeFolder(runs);
    return;
  }
  const target = resolve(pool);
  makeFolder(target);
  const there = lstatSync(runs, { throwIfNoEntry: false });
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
  const parsed = frozenStudy.safeParse(parseJson(text));
  if (!parsed.success)
    throw new UserError(
      `${join(dir, 'study.json')} is damaged; run the study again with --out ${dir} to write it anew`,
    );
  return parsed.data;
}

/**
 * Binds `dir` to `study`. A changed study of the same name replaces study.json (the old one stays as study.<n>.json,
 * its runs stay too); one of another name is refused with a UserError.
 */
export function freezeStudy(dir: string, study: FrozenStudy, warn: (line: string) => void): void {
  const path = join(dir, 'study.json');
  const text = readIfThere(path);
  if (text !== undefined) {
    const old = frozenStudy.safeParse(parseJson(text));
    const name = old.success ? old.data.name : nameIn(text);
    if (name !== undefined && name !== study.name)
      throw new UserError(
        `${dir} belongs to the study "${name}", not to "${study.name}": use another --out (or give the study that name)`,
      );
    if (old.success && canonicalize(old.data) === canonicalize(study)) return;
    const aside = freeName(dir);
    if (old.success) copyFileSync(path, aside);
    else renameSync(path, aside);
    warn(
      old.success
        ? `the study has changed: finished runs are kept, the older study.json is ${aside}`
        : `study.json was damaged; moved to ${aside}`,
    );
  }
  writeAtomic(path, toJson(study));
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
