// A study whose runs are made by workers of their own: as many as are useful are submitted,
// then it is looked at.
import { join } from 'node:path';
import { UserError } from '../../core/errors.ts';
import type { FrozenStudy } from '../../store/schemas.ts';
import { tryWriting } from '../../store/study-dir.ts';
import { followRuns, type View } from '../follow.ts';
import type { Made, WorkOptions } from '../make-runs.ts';
import { Outcomes } from '../outcomes.ts';
import type { Plan } from '../tuner.ts';
import { jobName, slurmFolder, type WorkerPlace, workerArguments } from './script.ts';
import type { LauncherSettings } from './settings.ts';
import { cancelWaiting, jobsOf, lastWords, type SlurmJob, submit } from './slurm.ts';

/** The queue is asked this often: more would be a burden to a cluster that many use. */
const ASK_MS = 30_000;

/** Throws as `followRuns` does, and UserError when Slurm refuses the workers or has none any more. */
export async function runElsewhere(
  dir: string,
  study: FrozenStudy,
  settings: LauncherSettings,
  options: WorkOptions,
  view: Pick<View, 'watch' | 'check'>,
): Promise<Made> {
  const place: WorkerPlace = { dir, name: study.name, options };
  const say = options.onWarning ?? (() => {});
  const runsDir = join(dir, 'runs');
  // Failures of earlier calls are tried again.
  const plan = new Outcomes(study, runsDir).look({ warn: say, retryUntil: tryWriting(runsDir) });
  if (settings.kind === 'none') {
    if (!plan.done) say(`waiting for workers: gaplab ${workerArguments(place).join(' ')}`);
    return followRuns(dir, study, options, view);
  }
  if (!plan.done) await submitUseful(place, settings, options.jobs ?? settings.workers, plan, say);
  const made = await followRuns(dir, study, options, { ...view, noticed: watchQueue(place, say) });
  if (!plan.done) cancelWaiting(place);
  return made;
}

/** Workers that are of use beside those in the queue: no more than there are runs to come. */
export function usefulWorkers(plan: Plan, atOnce: number, queue: readonly SlurmJob[]): number {
  const open = new Set(plan.wanted.map(({ id }) => id));
  const toCome = plan.cells.reduce(
    (n, { runs, expected }) =>
      n + Math.max(0, expected - runs.length) + runs.filter(({ id }) => open.has(id)).length,
    0,
  );
  const there = queue.filter(({ state }) => state !== 'COMPLETING').length;
  return Math.max(0, Math.min(atOnce, toCome) - there);
}

async function submitUseful(
  place: WorkerPlace,
  settings: LauncherSettings,
  atOnce: number,
  plan: Plan,
  say: (line: string) => void,
): Promise<void> {
  const queue = await jobsOf(place);
  const count = usefulWorkers(plan, atOnce, queue);
  const there = queue.length > 0 ? `${workers(queue.length)} in the queue already` : '';
  if (count === 0) return say(`${there}; no more are useful`);
  const job = submit(place, settings, count);
  say(
    `submitted ${workers(count)} as job ${job}${there && `, beside ${there}`}; logs: ${slurmFolder(place.dir)}; they go on if this command ends, \`scancel --name=${jobName(place)}\` stops them`,
  );
}

const workers = (n: number) => `${n} ${n === 1 ? 'worker' : 'workers'}`;

/** Ends the view when nobody is left who could finish the study. */
function watchQueue(place: WorkerPlace, say: (line: string) => void): View['noticed'] {
  let asked = performance.now();
  let empty = 0;
  let silent = false;
  return async (running) => {
    if (performance.now() - asked < ASK_MS) return;
    asked = performance.now();
    try {
      empty = (await jobsOf(place)).length === 0 && running === 0 ? empty + 1 : 0;
      silent = false;
    } catch (error) {
      // The directory tells how things stand; the queue may answer again.
      if (!silent) say((error as Error).message);
      silent = true;
      return;
    }
    // Between the end of a worker and what it left on a file server there may be some time.
    if (empty < 2) return;
    const words = lastWords(place.dir);
    throw new UserError(
      `no worker is left in the queue, and the study is not finished${words ? ` (${words})` : ''}; the same command submits workers again`,
    );
  };
}
