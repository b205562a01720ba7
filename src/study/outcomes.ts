// What the runs of a study have come to: results as they appear on the disk, and the plan
// that follows from them.
import type { ReadBefore } from '../store/read-before.ts';
import { readResult, retireFailure, runDirsIn, writtenAt } from '../store/runs.ts';
import type { FrozenStudy, RunResult } from '../store/schemas.ts';
import { importedIds } from './continued.ts';
import { type Plan, plan } from './tuner.ts';

export class Outcomes {
  /** Of the runs that the study has reached, by id. */
  readonly results = new Map<string, RunResult>();
  readonly #study: FrozenStudy;
  readonly #runsDir: string;
  /** Runs that were made elsewhere, which cannot be tried again here. */
  readonly #foreign: ReadonlySet<string>;

  readonly #read: ReadBefore['read'] | undefined;

  /** `read`: how results are read while nothing may be written; usually `readResult`. */
  constructor(study: FrozenStudy, runsDir: string, read?: ReadBefore['read']) {
    this.#study = study;
    this.#read = read;
    this.#runsDir = runsDir;
    this.#foreign = importedIds(study);
  }

  /**
   * Reads what is new, and plans with all of it. `skip` names runs whose results
   * are on their way already. With `warn`, damaged results are moved aside and `warn` hears of them;
   * without it nothing is written, unless `retryUntil` is given (a time of the file system):
   * failures written until then are set aside, so that those runs are wanted again.
   */
  look({
    skip = () => false,
    warn,
    retryUntil,
  }: {
    skip?(id: string): boolean;
    warn?(line: string): void;
    retryUntil?: number;
  } = {}): Plan {
    const { results } = this;
    // Another worker may have set a failure aside, or made that run since.
    for (const [id, { status }] of results) if (status === 'failed') results.delete(id);
    // Most of the runs that are wanted have no folder yet.
    const runDirThere = runDirsIn(this.#runsDir);
    const seen = new Set<string>();
    // The planner asks for results as its searches go on: each is read when it is asked for.
    const get = (id: string): RunResult | undefined => {
      const known = results.get(id);
      if (known || seen.has(id) || skip(id)) return known;
      seen.add(id);
      const runDir = runDirThere(id);
      if (runDir === undefined) return undefined;
      const result = this.#read && !warn ? this.#read(runDir, id) : readResult(runDir, warn);
      const again = result?.status === 'failed' && retryUntil !== undefined && !this.#foreign.has(id);
      if (again && writtenAt(runDir) <= retryUntil) retireFailure(runDir, result);
      else if (result) results.set(id, result);
      return results.get(id);
    };
    return plan(this.#study, { get, has: (id) => get(id) !== undefined });
  }

  /** The runs of the plan that failed. */
  failures(state: Plan): { run: Plan['wanted'][number]; error: string }[] {
    return state.cells
      .flatMap((cell) => cell.runs)
      .flatMap((run) => {
        const result = this.results.get(run.id);
        return result?.status === 'failed' ? [{ run, error: result.error }] : [];
      });
  }
}
