// Files that the first writer creates and nobody replaces, whole from the moment that they have their name,
// on every file system.
import {
  existsSync,
  linkSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { readIfThere, temporary } from './atomic.ts';
import { codeOf } from './errors.ts';

/** Creates `path` unless it exists. False when somebody else was first. */
export function publish(path: string, content: string | Uint8Array): boolean {
  const temp = temporary(path, content);
  try {
    linkSync(temp, path); // link(2) is atomic and refuses to replace
    return true;
  } catch (error) {
    // A file server may have made the link and lost its answer: the second try then says EEXIST.
    if (statSync(temp).nlink === 2) return true;
    if (codeOf(error) === 'EEXIST') return false;
    // exFAT and some network mounts have no links; which error they give differs.
    return publishByFolder(path, temp);
  } finally {
    rmSync(temp, { force: true });
  }
}

/**
 * Text of a published file, also of one whose publisher died between the two renames below;
 * undefined when there is none.
 */
export function readPublished(path: string): string | undefined {
  const pending = () => {
    const file = pendingFile(path);
    return file === undefined ? undefined : readIfThere(file);
  };
  return readIfThere(path) ?? pending() ?? readIfThere(path);
}

/** Holds the file of whoever was first, until it has been moved to its place. */
const folderOf = (path: string) => `${path}.publishing`;

/**
 * Publishing by two renames. First a folder with the file inside gets the name `<path>.publishing`:
 * rename(2) refuses to replace a folder that is not empty, so one publisher is first.
 * Then the file is moved to `path`, by its publisher or by whoever finds it there:
 * it can be moved only once, so a publisher that wakes up late changes nothing.
 */
function publishByFolder(path: string, temp: string): boolean {
  const own = mkdtempSync(`${path}.`);
  try {
    renameSync(temp, join(own, basename(temp)));
    for (let tries = 1; ; tries++) {
      settle(path);
      if (existsSync(path)) return false;
      try {
        renameSync(own, folderOf(path));
        break;
      } catch (error) {
        // Either somebody was faster, and the next round finds the file; or this
        // system never replaces a folder.
        removeEmpty(folderOf(path));
        if (tries === 10) throw error;
      }
    }
    const ours = join(folderOf(path), basename(temp));
    if (!existsSync(path)) {
      settle(path);
      return true;
    }
    // Another way of publishing was first.
    rmSync(ours, { force: true });
    removeEmpty(folderOf(path));
    return false;
  } finally {
    rmSync(own, { recursive: true, force: true });
  }
}

function pendingFile(path: string): string | undefined {
  try {
    const [name] = readdirSync(folderOf(path));
    return name === undefined ? undefined : join(folderOf(path), name);
  } catch {
    return undefined;
  }
}

/** Ends a publication that was begun and not ended. Whoever comes second finds nothing to move. */
export function settle(path: string): void {
  const file = pendingFile(path);
  if (file !== undefined && !existsSync(path)) {
    try {
      renameSync(file, path);
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
    }
  }
  removeEmpty(folderOf(path));
}

function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {} // not there, or not empty
}
