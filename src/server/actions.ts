// What a page can do to studies. Each action is a command that a person could give;
// nothing of a study is run here.
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { UserError } from '../core/errors.ts';
import { codeOf } from '../files/errors.ts';
import { attempts } from '../store/attempt.ts';
import { createRunDir, publishResult, readResult, runDirOf } from '../store/runs.ts';
import { isOnlyImported } from '../study/continued.ts';
import type { Dashboard } from './dashboard.ts';
import { extendStudy } from './extend.ts';
import { studyIdOf } from './folders.ts';
import type { LiveStudy } from './live-study.ts';
import { Processes } from './processes.ts';
import { orderOf } from './start.ts';
import type { ActionAnswer, ActionName, Actions } from './wire.ts';

const study = z.string().max(100);
const jobs = z.int().min(1).max(1024).optional();
const positive = z.int().positive().max(Number.MAX_SAFE_INTEGER);
const bodies = {
  start: z.strictObject({
    place: z.int().nonnegative(),
    preset: z.string().max(200).optional(),
    size: z.string().max(50).optional(),
    set: z.record(z.string(), z.unknown()).optional(),
    study: z.record(z.string(), z.unknown()).optional(),
    text: z.string().max(60_000).optional(),
    jobs,
  }),
  pause: z.strictObject({ study }),
  resume: z.strictObject({ study, jobs }),
  extend: z.strictObject({
    study,
    fresh: z.int().nonnegative().max(1000).optional(),
    batchSizes: z.array(positive).max(100).optional(),
    tokens: z.array(positive).max(100).optional(),
    jobs,
  }),
  stop: z.strictObject({ study, run: z.string().regex(/^[0-9a-f]{16}$/) }),
} satisfies { [Name in ActionName]: z.ZodType<Actions[Name]> };

export const isAction = (name: string): name is ActionName => Object.hasOwn(bodies, name);

export interface ActorOptions {
  /** Program and first arguments of gaplab's command line. */
  launch: readonly string[];
  /** Whether pages may start studies that name commands and files. */
  allowCommands: boolean;
}

/** Why a run that was stopped has no result; it is tried again when the study is resumed. */
export const STOPPED = 'stopped from the dashboard';

/** Milliseconds in which a process that has nothing left to do usually ends: it writes a report. */
const ENDING_MS = 10_000;

export class Actor {
  readonly processes: Processes;
  readonly #dashboard: Dashboard;
  readonly #options: ActorOptions;

  constructor(dashboard: Dashboard, options: ActorOptions) {
    this.#dashboard = dashboard;
    this.#options = options;
    this.processes = new Processes({
      launch: options.launch,
      trouble: (id, message) => dashboard.hub.publish('trouble', { study: id, message }),
      changed: () => dashboard.hub.publish('studies', {}),
    });
    dashboard.isOurs = (id) => this.processes.works(id);
  }

  /** Throws UserError for what cannot be done. */
  async act(name: ActionName, body: unknown): Promise<ActionAnswer> {
    const parsed = bodies[name].safeParse(body);
    if (!parsed.success) {
      const { path, message } = parsed.error.issues[0];
      throw new UserError(`${path.join('.') || 'the request'}: ${message}`);
    }
    return this[name](parsed.data as never);
  }

  async start(what: Actions['start']): Promise<ActionAnswer> {
    const order = orderOf(what, this.#dashboard.roots, this.#options.allowCommands);
    order.prepare();
    const id = studyIdOf(order.dir);
    await this.#launch(id, order.args, () => this.#dashboard.study(id) !== undefined);
    return { study: id, message: `${order.name} has been started` };
  }

  async pause({ study }: Actions['pause']): Promise<ActionAnswer> {
    const live = this.#known(study);
    const message = 'the runs write a checkpoint; resume goes on from there';
    if (this.processes.pause(study)) return { study, message };
    const holder = live.state?.holder;
    if (!holder) {
      const isWorked = live.state?.runs.some(({ state }) => state === 'running' || state === 'held');
      throw new UserError(
        isWorked
          ? 'workers that were started elsewhere make its runs: stop them there'
          : 'nobody works on it: there is nothing to pause',
      );
    }
    // The process table has proved that it is that process, and on this computer.
    if (!holder.seen)
      throw new UserError(
        `a process on ${holder.host} works on it, which cannot be seen from here: stop it there`,
      );
    try {
      process.kill(holder.pid, 'SIGINT');
    } catch (error) {
      throw new UserError(
        codeOf(error) === 'EPERM'
          ? `process ${holder.pid} of another user works on it: only they can pause it`
          : 'the process that worked on it has just ended',
      );
    }
    return { study, message };
  }

  async resume({ study, jobs }: Actions['resume']): Promise<ActionAnswer> {
    const live = this.#known(study);
    this.#refuseForeign(live);
    // A process that was paused has let go of the study before it ends: a page says "stopped" by then.
    if (this.processes.isEnding(study)) {
      await this.#ending(study);
      this.#dashboard.study(study);
    }
    if (this.#isWorkedOn(live)) throw new UserError('it is running');
    if (live.state!.plan.done)
      throw new UserError('it is finished: nothing is left to run; extend it for more');
    await this.#work(live, jobs);
    return { study, message: `${live.state!.study.name} goes on` };
  }

  async extend({ study, jobs, ...by }: Actions['extend']): Promise<ActionAnswer> {
    const live = this.#known(study);
    this.#refuseForeign(live);
    // A process that has made all runs writes the report, and ends.
    if (live.state!.plan.done) await this.#ending(study);
    await extendStudy(live.dir, by);
    this.#dashboard.study(study);
    if (this.#isWorkedOn(live)) void this.#workOnceEnded(live, jobs);
    else await this.#work(live, jobs);
    return { study, message: `${live.state!.study.name} has more to run` };
  }

  /**
   * A result that says that nothing is known stands in place of the run's own: whoever
   * trains it finds that and ends, on whatever computer.
   */
  async stop({ study, run }: Actions['stop']): Promise<ActionAnswer> {
    const live = this.#known(study);
    const found = live.state!.runs.find((one) => one.run.id === run);
    if (!found) throw new UserError('the study has no such run');
    if (found.state !== 'running' && found.state !== 'held') throw new UserError('the run is not running');
    const runDir = runDirOf(live.runsDir(), run);
    const now = new Date().toISOString();
    createRunDir(runDir, found.run.config, () => {});
    const isFirst = publishResult(runDir, {
      ...{ schema: 1, id: run, status: 'failed', error: STOPPED },
      ...{ attempt: attempts(runDir).at(-1) ?? 1, startedAt: now, finishedAt: now, host: hostname() },
    });
    if (!isFirst && readResult(runDir)?.status !== 'failed') throw new UserError('it has just finished');
    return { study, message: 'the run is stopped; it is tried again when the study is resumed' };
  }

  #known(id: string): LiveStudy {
    const live = this.#dashboard.study(id);
    if (!live) throw new UserError('there is no such study');
    if (live.problem || !live.state) throw new UserError(live.problem?.text ?? 'the study cannot be read');
    return live;
  }

  /** A study may be somebody else's: the command in it was never agreed to by who opened it here. */
  #refuseForeign(live: LiveStudy): void {
    const { study } = live.state!;
    if (isOnlyImported(study))
      throw new UserError(
        'its runs were imported: only `gaplab study` with a script can go on with them (docs/import.md)',
      );
    if (study.trainer && !this.#options.allowCommands)
      throw new UserError(
        'the study runs a command of its own: go on with `gaplab study` or `gaplab worker`, or start `gaplab ui` with --allow-commands',
      );
  }

  #ending(study: string): Promise<unknown> {
    return Promise.race([this.processes.ended(study), sleep(ENDING_MS, undefined, { ref: false })]);
  }

  #isWorkedOn(live: LiveStudy): boolean {
    const { holder, runs } = live.state!;
    return (
      this.processes.works(live.id) || holder?.seen === true || runs.some(({ state }) => state === 'running')
    );
  }

  /** A worker needs nothing but the directory: it goes on with what study.json says. */
  async #work(live: LiveStudy, jobs: number | undefined): Promise<void> {
    const args = ['worker', '--study', live.dir, ...(jobs === undefined ? [] : ['--jobs', String(jobs)])];
    const isUp = () => {
      // Not a look of its own: what that finds would be news that no page hears.
      this.#dashboard.study(live.id);
      return live.state?.runs.some(({ state }) => state === 'running') === true;
    };
    await this.#launch(live.id, args, isUp);
  }

  /** The process that works on it may have looked for changes for the last time. */
  async #workOnceEnded(live: LiveStudy, jobs: number | undefined): Promise<void> {
    if (!(await this.processes.ended(live.id))) return;
    this.#dashboard.study(live.id);
    if (live.problem || live.state!.plan.done || this.#isWorkedOn(live)) return;
    await this.#work(live, jobs).catch(({ message }: Error) =>
      this.#dashboard.hub.publish('trouble', { study: live.id, message }),
    );
  }

  async #launch(id: string, args: readonly string[], isUp: () => boolean): Promise<void> {
    if (this.processes.works(id)) throw new UserError('it is being started or paused: try again in a moment');
    const refusal = await this.processes.start(id, args, process.cwd(), isUp);
    if (refusal !== undefined) throw new UserError(refusal);
  }
}
