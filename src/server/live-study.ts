// A study as the server sees it: read once, then looked at again and again for what has changed.
// A look costs little where nothing has: results that are known are not read twice.
import { lstatSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../core/errors.ts';
import { shown } from '../core/shown.ts';
import { codeOf } from '../files/errors.ts';
import { studyHolder } from '../store/lock.ts';
import type { FrozenStudy } from '../store/schemas.ts';
import { readStudy, runsDirOf } from '../store/study-dir.ts';
import { Outcomes } from '../study/outcomes.ts';
import { runStateOf, type StudyState, stateOf } from '../study/state.ts';
import { refuseLargeFile, refuseLargeStudy } from './bounds.ts';
import { newlyDiverged } from './diverged.ts';
import { isWithin, type Root, studyIdOf } from './folders.ts';
import { metricsSize } from './metrics.ts';
import type { Diverged } from './wire.ts';

/** What a look has found to be new. */
export interface Changes {
  /** The study, its results or its plan: everything that follows from them is to be made anew. */
  results: boolean;
  /** Who works on it, or which runs are in progress. */
  standing: boolean;
  /** Runs that have more metrics. */
  metrics: string[];
  diverged: Diverged[];
}

const nothing = (): Changes => ({ results: false, standing: false, metrics: [], diverged: [] });

export class LiveStudy {
  readonly id: string;
  readonly dir: string;
  /** Counts up with every change of results. */
  revision = 0;
  /** What is wrong with it; undefined while it can be read. */
  problem: { standing: 'gone' | 'damaged'; text: string } | undefined;
  /** As of the last good look, even if there is a problem since. */
  state: StudyState | undefined;
  readonly #roots: readonly Root[];
  #outcomes: Outcomes | undefined;
  #print = '';
  /** Times of the results of runs that failed: they may be tried again. */
  #failures = new Map<string, number>();
  #sizes = new Map<string, string>();
  #diverged = new Set<string>();

  constructor(dir: string, roots: readonly Root[]) {
    this.dir = dir;
    this.id = studyIdOf(dir);
    this.#roots = roots;
  }

  /** Where its runs are. Throws UserError where that is not within the given folders. */
  runsDir(): string {
    const runs = runsDirOf(this.dir);
    if (lstatSync(runs, { throwIfNoEntry: false })?.isSymbolicLink() && !isWithin(this.#roots, runs))
      throw new UserError(
        'its runs are in a pool outside of the given folders: give the folder of that pool, too',
      );
    return runs;
  }

  /** Looks at the directory. Never throws: what is wrong becomes `problem`. */
  look(): Changes {
    const before = this.problem?.text;
    try {
      const changes = this.#look();
      this.problem = undefined;
      return before === undefined ? changes : { ...changes, results: true, standing: true };
    } catch (error) {
      this.problem = problemOf(error, this.dir);
      // What comes back is read from the beginning.
      this.#print = '';
      if (before === this.problem.text) return nothing();
      return { ...nothing(), standing: true };
    }
  }

  #look(): Changes {
    const print = printOf(this.dir);
    const runsDir = this.runsDir();
    const names = new Set(namesIn(runsDir));
    if (print !== this.#print || !this.#outcomes || !this.state) {
      refuseLargeFile(this.dir);
      const study = readStudy(this.dir);
      refuseLargeStudy(study);
      this.#outcomes = new Outcomes(study, runsDir);
      const isFirst = this.state === undefined;
      const changes = this.#plan(study, names);
      this.#print = print;
      return isFirst ? { ...changes, diverged: [] } : changes;
    }
    const { runs, study } = this.state;
    const { results } = this.#outcomes;
    let isNew = false;
    for (const { run } of runs) {
      const known = results.get(run.id);
      if (known && known.status !== 'failed') {
        if (names.has(run.id)) continue;
        // Somebody has removed it.
        results.delete(run.id);
        isNew = true;
      } else if (names.has(run.id)) {
        const at = resultTime(runsDir, run.id);
        if (known ? at !== this.#failures.get(run.id) : at !== undefined) isNew = true;
      } else if (known) isNew = true;
    }
    if (isNew) return this.#plan(study, names);
    return this.#unfinished(names);
  }

  /** Reads new results and plans with them. */
  #plan(study: FrozenStudy, names: ReadonlySet<string>): Changes {
    const state = stateOf(this.dir, study, this.#outcomes!);
    this.state = state;
    this.revision++;
    const runsDir = this.runsDir();
    this.#failures = new Map(
      state.runs.flatMap(({ run, state: s }) => {
        const at = s === 'failed' ? resultTime(runsDir, run.id) : undefined;
        return at === undefined ? [] : [[run.id, at] as const];
      }),
    );
    const { metrics } = this.#unfinished(names);
    const diverged = newlyDiverged(this.#diverged, state);
    for (const { run } of diverged) this.#diverged.add(run);
    return { results: true, standing: true, metrics, diverged };
  }

  /** Where the runs without a result stand, and which of them have gone on. */
  #unfinished(names: ReadonlySet<string>): Changes {
    const state = this.state!;
    const { results } = state;
    const runsDir = this.runsDir();
    const changes = nothing();
    const holder = studyHolder(this.dir);
    if (JSON.stringify(holder) !== JSON.stringify(state.holder)) changes.standing = true;
    const sizes = new Map<string, string>();
    const runs = state.runs.map((one) => {
      const { id } = one.run;
      if (results.has(id)) return one;
      const now = names.has(id) ? runStateOf(runsDir, id, results) : 'waiting';
      if (now === 'running' || now === 'held') {
        const size = metricsSize(join(runsDir, id));
        sizes.set(id, size);
        if (size !== this.#sizes.get(id)) changes.metrics.push(id);
      }
      if (now === one.state) return one;
      changes.standing = true;
      return { ...one, state: now };
    });
    this.#sizes = sizes;
    this.state = { ...state, runs, holder };
    return { ...changes, metrics: [...new Set(changes.metrics)] };
  }
}

/** Everything of study.json that moves when it is written. */
function printOf(dir: string): string {
  const { mtimeNs, size, ino } = lstatSync(join(dir, 'study.json'), { bigint: true });
  return `${mtimeNs} ${size} ${ino}`;
}

function namesIn(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}

const resultTime = (runsDir: string, id: string): number | undefined =>
  statSync(join(runsDir, id, 'result.json'), { throwIfNoEntry: false })?.mtimeMs;

function problemOf(error: unknown, dir: string): { standing: 'gone' | 'damaged'; text: string } {
  const there = lstatSync(join(dir, 'study.json'), { throwIfNoEntry: false });
  if (!there)
    return {
      standing: 'gone',
      text: 'the directory is not there any more, or its study.json is not; it is shown again when it comes back',
    };
  const text =
    error instanceof UserError ? error.message : `it cannot be read (${shown(String(error), 200)})`;
  return { standing: 'damaged', text };
}
