// Run directories: identity, result, metrics. A run's directory is named by a hash of its full configuration.
import { createHash } from 'node:crypto';
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import canonicalize from 'canonicalize';
import { parseJson, publish, readIfThere, toJson } from '../files/atomic.ts';
import { makeFolder } from '../files/folder.ts';
import { refuseLinkedFolders, refuseLinks } from '../files/plain.ts';
import type { RunConfig } from '../train/config.ts';
import type { MetricsLine } from '../train/metrics.ts';
import { attemptDir } from './attempt.ts';
import { type RunResult, runResult } from './schemas.ts';

/** First 16 hex digits of SHA-256 over the canonical JSON (RFC 8785) of the config. */
export function runId(config: RunConfig): string {
  return createHash('sha256').update(canonicalize(config)!).digest('hex').slice(0, 16);
}

/** Files and folders of a run; beside them its directory may hold what it likes. */
const ofRun = /^(config\.json|result\.json|lease|attempt-\d+|model)/;

/** Throws UserError when something in the directory of a run is a link, which could lead reading and writing anywhere. */
export const refuseLinksInRun = (runDir: string): void => refuseLinks(runDir, (name) => ofRun.test(name));

/** Directory of a run of a study. The folder `runs` may be a link to a pool; what is in it may not be one. */
export function runDirOf(runsDir: string, id: string): string {
  refuseLinkedFolders(runsDir, `${id}/`);
  const dir = join(runsDir, id);
  refuseLinksInRun(dir);
  return dir;
}

const resultFile = (runDir: string) => join(runDir, 'result.json');

/**
 * Result of a run, undefined when there is none. A damaged file is moved aside (never deleted) and the run counts as
 * missing; `warn` gets a line about it. Without `warn` nothing is moved: for readers that must not write.
 */
export function readResult(runDir: string, warn?: (line: string) => void): RunResult | undefined {
  const text = readIfThere(resultFile(runDir));
  if (text === undefined) return undefined;
  const parsed = runResult.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  if (warn) {
    const aside = `${resultFile(runDir)}.damaged-${Date.now()}`;
    renameSync(resultFile(runDir), aside);
    warn(`${resultFile(runDir)} is damaged; moved to ${aside}, the run is made again`);
  }
  return undefined;
}

/** Publishes a result; false when another attempt was first, whose result stands. */
export function publishResult(runDir: string, result: RunResult): boolean {
  runResult.parse(result); // a result that cannot be read back must never stand
  return publish(resultFile(runDir), toJson(result));
}

/** Moves the result of a failed run into its attempt's directory, so that the run can be tried again. */
export function retireFailure(runDir: string, result: RunResult): void {
  const dir = attemptDir(runDir, result.attempt);
  makeFolder(dir); // a worker may have died before it had an attempt
  renameSync(resultFile(runDir), join(dir, 'result.json'));
}

/** Lines of metrics.jsonl of the attempt that finished the run; a last line cut short by a crash is left out. */
export function readMetrics(runDir: string, attempt: number): MetricsLine[] {
  const text = readIfThere(join(attemptDir(runDir, attempt), 'metrics.jsonl')) ?? '';
  return text.split('\n').flatMap((line) => {
    const value = line === '' ? undefined : parseJson(line);
    return value && typeof value === 'object' ? [value as MetricsLine] : [];
  });
}
