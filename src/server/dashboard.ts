// The studies of a server: found, looked at while somebody watches, and made into what pages ask for.
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../core/errors.ts';
import { loadStudyDir } from '../report/load.ts';
import { summarizeStudy } from '../report/summary.ts';
import type { LoadedStudy, Summary } from '../report/types.ts';
import { Damages } from './damages.ts';
import { Hub } from './events.ts';
import { type FolderProblem, findStudies, type Root, shownPlace, studyIdOf } from './folders.ts';
import { type Changes, LiveStudy } from './live-study.ts';
import { metricsFrom } from './metrics.ts';
import { noProgress, progressOfState } from './progress.ts';
import { Runs } from './run-table.ts';
import { runViewOf } from './run-view.ts';
import { viewOf } from './view.ts';
import type { Metrics, Progress, RunTable, RunView, StudyEntry, StudyList, StudyView } from './wire.ts';

/** Milliseconds between looks. An update is to reach a page within a second. */
const PULSE_MS = 400;
/** The folders are searched for new studies at every so-manyth look. */
const SEARCH_EVERY = 5;

/** What follows from the results of a study, as of one revision. */
interface Summarized {
  revision: number;
  loaded: LoadedStudy;
  summary: Summary;
}

interface Shown {
  live: LiveStudy;
  runs: Runs;
  summarized: Summarized | undefined;
  /** Why what follows from the results cannot be made, as of one revision. */
  unreadable: { revision: number; text: string } | undefined;
  /** JSON of the progress that pages have. */
  progress: string;
}

export class Dashboard {
  readonly hub: Hub;
  readonly roots: readonly Root[];
  /** Whether this server can pause the process that works on a study. */
  isOurs: (id: string) => boolean = () => false;
  #studies = new Map<string, Shown>();
  #problems: FolderProblem[] = [];
  readonly #damages = new Damages();
  readonly #end = new AbortController();

  constructor(roots: readonly Root[], boot: string) {
    this.roots = roots;
    this.hub = new Hub(boot);
  }

  /** Looks for studies, and gives whether the list has changed. */
  search(): boolean {
    const { found, problems } = findStudies(this.roots);
    let isNew = JSON.stringify(problems) !== JSON.stringify(this.#problems);
    this.#problems = problems;
    for (const dir of found) {
      const id = studyIdOf(dir);
      if (this.#studies.has(id)) continue;
      const live = new LiveStudy(dir, this.roots);
      this.#studies.set(id, {
        live,
        runs: new Runs(this.hub.boot),
        summarized: undefined,
        unreadable: undefined,
        progress: '',
      });
      isNew = true;
    }
    return isNew;
  }

  /** A study by its id, looked at just now. */
  study(id: string): LiveStudy | undefined {
    if (!this.#studies.has(id)) this.search();
    const shown = this.#studies.get(id);
    if (shown) this.#look(shown);
    return shown?.live;
  }

  async list(): Promise<StudyList> {
    this.search();
    const studies: StudyEntry[] = [];
    for (const shown of this.#studies.values()) {
      this.#look(shown);
      studies.push(this.#entry(shown));
      await setImmediate();
    }
    studies.sort((a, b) => (a.place < b.place ? -1 : 1));
    return { studies, problems: this.#problems };
  }

  #entry(shown: Shown): StudyEntry {
    const { live } = shown;
    const summary = this.#summarized(shown)?.summary;
    const progress = this.#progress(shown);
    const { standing, problem, cells, cellsDone, runs, runsExpected, etaSeconds } = progress;
    return {
      id: live.id,
      name: summary?.study ?? live.state?.study.name ?? shownPlace(live.dir),
      title: summary?.title ?? '',
      place: shownPlace(live.dir),
      ...{ standing, problem, cells, cellsDone, runs, runsExpected, etaSeconds },
      finishedAt: summary?.finishedAt ?? null,
      question: summary?.question ?? '',
      answer: summary?.answer ?? [],
    };
  }

  #progress({ live, unreadable }: Shown): Progress {
    const { state, revision } = live;
    const problem =
      live.problem ??
      (unreadable?.revision === revision
        ? { standing: 'damaged' as const, text: unreadable.text }
        : undefined);
    const broken = problem && noProgress(problem);
    if (!state) return broken ?? noProgress({ standing: 'damaged', text: 'it has not been read' });
    if (broken) {
      // What was known stays to be seen.
      const { standing, problem: text } = broken;
      return {
        ...progressOfState({ ...state, runs: idle(state.runs) }, live.dir, false),
        standing,
        problem: text,
      };
    }
    return progressOfState(state, live.runsDir(), this.isOurs(live.id));
  }

  /** Undefined where there is no such study, or nothing of it was ever read. */
  view(id: string): StudyView | { problem: string } | undefined {
    const live = this.study(id);
    const shown = this.#studies.get(id);
    if (!live || !shown) return undefined;
    const made = this.#summarized(shown);
    if (!made || !live.state)
      return { problem: live.problem?.text ?? shown.unreadable?.text ?? 'the study cannot be read' };
    const { loaded, summary } = made;
    return viewOf(id, { loaded, summary, progress: this.#progress(shown) });
  }

  table(id: string, after?: string): RunTable | undefined {
    const live = this.study(id);
    const shown = this.#studies.get(id);
    if (!live?.state || !shown) return undefined;
    return shown.runs.table(after);
  }

  run(id: string, run: string): RunView | undefined {
    const live = this.study(id);
    const shown = this.#studies.get(id);
    if (!live?.state || !shown) return undefined;
    const cells = this.#summarized(shown)?.summary.cells ?? [];
    return runViewOf(run, live.state, cells, live.runsDir());
  }

  async metrics(id: string, run: string, from?: string): Promise<Metrics | undefined> {
    const live = this.study(id);
    if (!live?.state?.runs.some((one) => one.run.id === run)) return undefined;
    const result = live.state.results.get(run);
    const part = await metricsFrom(`${live.runsDir()}/${run}`, result, from);
    return { run, ended: result !== undefined, ...part };
  }

  /** Summary of the results as they are now; what was known when it can no more be read. */
  #summarized(shown: Shown): Summarized | undefined {
    const { live } = shown;
    const { state, revision } = live;
    const isKnown = [shown.summarized, shown.unreadable].some((made) => made?.revision === revision);
    if (!state || live.problem || isKnown) return shown.summarized;
    let loaded: LoadedStudy;
    try {
      loaded = loadStudyDir(live.dir, state);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      shown.unreadable = { revision, text: error.message };
      return shown.summarized;
    }
    const unchecked = this.#damages.tell(loaded.rows, state.results);
    const summary = summarizeStudy(loaded);
    shown.summarized = { revision, loaded, summary };
    const checks = unchecked(summary.cells);
    if (checks.length > 0)
      void this.#damages.check(checks).then((isDamaged) => {
        if (!isDamaged) return;
        live.revision++;
        this.hub.publish('view', { study: live.id });
      });
    return shown.summarized;
  }

  /** Looks at the studies until the server is closed, while somebody listens. */
  async watch(): Promise<void> {
    const { signal } = this.#end;
    for (let n = 0; !signal.aborted; n++) {
      const begun = performance.now();
      if (this.hub.listeners > 0) {
        if (n % SEARCH_EVERY === 0 && this.search()) this.hub.publish('studies', {});
        for (const shown of this.#studies.values()) {
          this.#look(shown);
          await setImmediate();
        }
      }
      // Looking stays a part of the waiting, however large the studies.
      const pause = Math.max(PULSE_MS, 2 * (performance.now() - begun));
      await sleep(pause, undefined, { signal, ref: false }).catch(() => {});
    }
  }

  close(): void {
    this.#end.abort();
    this.hub.close();
  }

  /** Looks at one study, and tells pages what is new. */
  #look(shown: Shown): void {
    const { live } = shown;
    const isFirst = live.state === undefined && live.problem === undefined;
    const changes = live.look();
    if (isFirst) this.#tellFirst(shown);
    else this.#tell(shown, changes);
  }

  /** Nobody has it yet: there is nothing to tell but where it stands. */
  #tellFirst(shown: Shown): void {
    const { live } = shown;
    shown.progress = JSON.stringify(this.#progress(shown));
    if (live.state && !live.problem) shown.runs.update(live.state, live.runsDir());
  }

  #tell(shown: Shown, { results, standing, metrics, diverged }: Changes): void {
    const { live, runs } = shown;
    const study = live.id;
    if (!results && !standing && metrics.length === 0) return;
    if (results) this.hub.publish('view', { study });
    if (live.state && !live.problem && runs.update(live.state, live.runsDir()))
      this.hub.publish('runs', { study, cursor: runs.cursor });
    if (metrics.length > 0) this.hub.publish('metrics', { study, runs: metrics });
    for (const one of diverged) this.hub.publish('diverged', { study, ...one });
    const progress = this.#progress(shown);
    const text = JSON.stringify(progress);
    if (text !== shown.progress) {
      shown.progress = text;
      this.hub.publish('progress', { study, progress });
    }
    if (results || standing) this.hub.publish('studies', {});
  }
}

/** Nothing runs as far as can be seen. */
const idle = (runs: NonNullable<LiveStudy['state']>['runs']) =>
  runs.map((one) =>
    one.state === 'running' || one.state === 'held' ? { ...one, state: 'interrupted' as const } : one,
  );
