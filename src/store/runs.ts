// Run directories: identity, configuration, result. A run's directory is named by a hash
// of its full configuration.
import { randomBytes } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';
import { z } from 'zod';
import { parseJson, readIfThere, toJson, writeAtomic } from '../files/atomic.ts';
import { makeFolder } from '../files/folder.ts';
import { entriesOf, refuseLinkedFolders, refuseLinks } from '../files/plain.ts';
import { publish, readPublished } from '../files/publish.ts';
import { isUnchanged, sealed } from '../files/seal.ts';
import { runConfig } from '../train/config.ts';
import { type AnyRunConfig, runId } from '../train/run-id.ts';
import { scriptConfig } from '../train/script-config.ts';
import { setAside } from './aside.ts';
import { attemptDir, expectedId } from './attempt.ts';
import { type RunResult, runResult } from './schemas.ts';

/** Files and folders of a run; beside them its directory may hold what it likes. */
const ofRun = /^(config\.json|result\.json|lease|attempt-\d+|model)/;

/**
 * Throws UserError when something in the directory of a run is a link, which could
 * lead reading and writing anywhere.
 */
export const refuseLinksInRun = (runDir: string): void => refuseLinks(runDir, (name) => ofRun.test(name));

/**
 * Directory of a run of a study. The folder `runs` may be a link to a pool; what
 * is in it may not be one. Links further down are refused when they are come to:
 * to look for them in all of a large pool takes as long as reading it.
 */
export function runDirOf(runsDir: string, id: string): string {
  refuseLinkedFolders(runsDir, `${id}/`);
  return join(runsDir, id);
}

/**
 * Directories of the runs that are there, by id. The folder is listed once: to ask the system
 * about each of 10,000 runs takes as long as reading their results.
 */
export function runDirsIn(runsDir: string): (id: string) => string | undefined {
  const isFolder = new Map(entriesOf(runsDir).map((entry) => [entry.name, entry.isDirectory()]));
  return (id) => {
    if (isFolder.get(id)) return join(runsDir, id);
    // Throws with what it is: a link, or no folder.
    return isFolder.has(id) ? runDirOf(runsDir, id) : undefined;
  };
}

/** The configuration of a run of gaplab's own, or of a script. */
export const runConfigOfAnyKind = z.union([runConfig, scriptConfig]);

const configFile = (runDir: string) => join(runDir, 'config.json');
// Not `join`, which takes apart and puts together a path that is in order: 10,000 times.
const resultFile = (runDir: string) => `${runDir}${sep}result.json`;

/**
 * The configuration of the run in a directory; `damaged` when there is a file that is not the run's,
 * undefined without a file.
 */
export function readConfig(runDir: string): AnyRunConfig | 'damaged' | undefined {
  const text = readIfThere(configFile(runDir));
  if (text === undefined) return undefined;
  const value = parseJson(text);
  const parsed = runConfigOfAnyKind.safeParse(value);
  if (!parsed.success) return 'damaged';
  const id = expectedId(runDir);
  return id === undefined || id === runId(parsed.data) ? parsed.data : 'damaged';
}

/**
 * Makes the directory of a run, with its config. A config that is not the run's is moved aside;
 * `warn` gets a line about it.
 */
export function createRunDir(runDir: string, config: AnyRunConfig, warn: (line: string) => void): void {
  makeFolder(runDir);
  refuseLinksInRun(runDir);
  const path = configFile(runDir);
  const text = readIfThere(path);
  const parsed = text === undefined ? undefined : runConfigOfAnyKind.safeParse(parseJson(text));
  if (parsed?.success && runId(parsed.data) === runId(config)) return;
  const aside = text === undefined ? undefined : setAside(path, (there) => there === text);
  if (aside) warn(`${path} is damaged; moved to ${aside}, and written again`);
  writeAtomic(path, toJson(config));
}

/**
 * Result of a run, undefined when there is none. A file that is damaged, or belongs to another run,
 * is moved aside (never deleted) and the run counts as missing; `warn` gets a line about it.
 * Without `warn` nothing is moved: for readers that must not write.
 */
export function readResult(runDir: string, warn?: (line: string) => void): RunResult | undefined {
  const path = resultFile(runDir);
  const text = readPublished(path);
  if (text === undefined) return undefined;
  const result = parseResult(text);
  const id = expectedId(runDir);
  if (result && (id === undefined || result.id === id)) return result;
  const aside = warn && setAside(path, (there) => there === text);
  if (aside) warn(`${path} is damaged; moved to ${aside}, the run is made again`);
  return undefined;
}

/** Whether there is a file of a result, whatever stands in it. */
export const hasResult = (runDir: string): boolean => existsSync(resultFile(runDir));

/**
 * When the result of a run was written, as the file system tells time (milliseconds);
 * infinite when it is gone.
 */
export function writtenAt(runDir: string): number {
  return statSync(resultFile(runDir), { throwIfNoEntry: false })?.mtimeMs ?? Number.POSITIVE_INFINITY;
}

function parseResult(text: string): RunResult | undefined {
  const value = parseJson(text);
  // The schema leaves the seal out.
  const parsed = isUnchanged(value) ? runResult.safeParse(value) : undefined;
  return parsed?.success ? parsed.data : undefined;
}

/** Publishes a result; false when another attempt was first, whose result stands. */
export function publishResult(runDir: string, result: RunResult): boolean {
  runResult.parse(result); // a result that cannot be read back must never stand
  return publish(resultFile(runDir), toJson(sealed(result)));
}

/**
 * Moves the result of a failed run into its attempt's folder, where there is one,
 * so that the run can be tried again.
 */
export function retireFailure(runDir: string, result: RunResult): void {
  refuseLinksInRun(runDir);
  const dir = attemptDir(runDir, result.attempt);
  // A worker may have died before it had an attempt. Its folder is not made here:
  // without a lease it would look held.
  const aside = existsSync(dir)
    ? join(dir, 'result.json')
    : `${resultFile(runDir)}.failed-${randomBytes(4).toString('hex')}`;
  const isIt = (text: string) => {
    const there = parseResult(text);
    return there?.status === 'failed' && there.attempt === result.attempt;
  };
  setAside(resultFile(runDir), isIt, aside);
}
