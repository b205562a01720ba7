// Slurm: workers are submitted as an array of jobs. The queue is only a hint of who works;
// the study's directory is the truth.
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../../core/errors.ts';
import { shown } from '../../core/shown.ts';
import { writeAtomic } from '../../files/atomic.ts';
import { codeOf } from '../../files/errors.ts';
import { makeFolder } from '../../files/folder.ts';
import { refuseLinkedFolders } from '../../files/plain.ts';
import { jobName, slurmFolder, slurmScript, type WorkerPlace } from './script.ts';
import type { LauncherSettings } from './settings.ts';

export interface SlurmJob {
  /** Of an array: job and task, e.g. 12_0. */
  id: string;
  /** RUNNING, PENDING, COMPLETING, ... */
  state: string;
  /** Why it waits. */
  reason: string;
}

/** Throws UserError where there is no Slurm. */
export function requireSlurm(): void {
  try {
    execFileSync('sbatch', ['--version'], { stdio: 'pipe', timeout: 20_000 });
  } catch (error) {
    throw refusal(error, 'no workers can be submitted');
  }
}

/** The study's jobs that wait or run. Throws UserError when the queue does not answer. */
export function jobsOf(place: Pick<WorkerPlace, 'dir' | 'name'>, timeoutMs = 20_000): Promise<SlurmJob[]> {
  const args = ['--noheader', '--array', `--name=${jobName(place)}`, '--format=%i|%T|%r'];
  return new Promise((resolve, reject) => {
    execFile('squeue', args, { timeout: timeoutMs, encoding: 'utf8' }, (error, stdout, stderr) => {
      if (error) return reject(refusal(Object.assign(error, { stderr }), 'the queue does not answer'));
      const lines = stdout.split('\n').filter((line) => line !== '');
      resolve(
        lines.map((line) => {
          const [id, state = '', reason = ''] = line.split('|');
          return { id, state, reason };
        }),
      );
    });
  });
}

/**
 * What the queue says of the workers of a study, in words; undefined for a study that was never submitted.
 */
export async function queueHint(place: Pick<WorkerPlace, 'dir' | 'name'>): Promise<string | undefined> {
  if (!existsSync(scriptOf(place.dir))) return undefined;
  try {
    const kinds = Map.groupBy(await jobsOf(place, 5000), ({ state, reason }) =>
      state === 'PENDING' ? `pending (${reason})` : state.toLowerCase(),
    );
    const counts = [...kinds].map(([kind, jobs]) => `${jobs.length} ${kind}`);
    return `queue, as a hint: ${counts.length > 0 ? `workers ${counts.join(', ')}` : 'no workers'}`;
  } catch (error) {
    return `queue: ${(error as Error).message}`;
  }
}

const scriptOf = (dir: string) => join(slurmFolder(dir), 'worker.sh');

/** Submits `count` workers; gives the number of their job. Throws UserError when Slurm refuses them. */
export function submit(place: WorkerPlace, settings: LauncherSettings, count: number): string {
  const folder = slurmFolder(place.dir);
  refuseLinkedFolders(place.dir, 'slurm/worker.sh');
  makeFolder(folder);
  const script = scriptOf(place.dir);
  writeAtomic(script, slurmScript(place, settings));
  try {
    const answer = execFileSync('sbatch', ['--parsable', `--array=0-${count - 1}`, script], {
      encoding: 'utf8',
      stdio: 'pipe',
      timeout: 60_000,
    });
    return answer.trim().split(';')[0];
  } catch (error) {
    throw refusal(error, 'the workers were not submitted');
  }
}

/** Takes the workers out of the queue that have not begun. */
export function cancelWaiting(place: Pick<WorkerPlace, 'dir' | 'name'>): void {
  try {
    execFileSync('scancel', ['--state=PENDING', `--name=${jobName(place)}`], {
      stdio: 'ignore',
      timeout: 20_000,
    });
  } catch {} // they find nothing to do, and end
}

/** Puts the job of this process back into the queue. Gives what stood in the way. */
export function requeueThisJob(): string | undefined {
  const job = process.env.SLURM_JOB_ID;
  if (!job) return 'this is no job of Slurm';
  try {
    execFileSync('scontrol', ['requeue', job], { stdio: 'pipe', timeout: 30_000 });
    return undefined;
  } catch (error) {
    return refusal(error, 'not queued again').message;
  }
}

/** Last line of the log that was written last. */
export function lastWords(dir: string): string | undefined {
  try {
    const logs = readdirSync(slurmFolder(dir)).filter((name) => name.endsWith('.log'));
    const at = (name: string) => statSync(join(slurmFolder(dir), name)).mtimeMs;
    const newest = logs.sort((a, b) => at(a) - at(b)).at(-1);
    if (newest === undefined) return undefined;
    const line = readFileSync(join(slurmFolder(dir), newest), 'utf8')
      .trim()
      .split('\n')
      .at(-1);
    return line ? `${join(slurmFolder(dir), newest)}: ${shown(line, 300)}` : undefined;
  } catch {
    return undefined;
  }
}

/** What is known of a command that failed. */
interface SpawnError {
  stderr?: string | Buffer;
  /** Of `execFileSync`; `execFile` tells the exit code as `code`. */
  status?: number | null;
}

function refusal(error: unknown, what: string): UserError {
  const { stderr, status, code, message } = error as NodeJS.ErrnoException & SpawnError;
  const path = (error as NodeJS.ErrnoException).path ?? 'sbatch';
  if (codeOf(error) === 'ENOENT')
    return new UserError(
      `${what}: there is no ${path} here; the launcher slurm is for computers of a Slurm cluster, --launcher local for all others`,
    );
  const said = String(stderr ?? '')
    .split('\n')
    .map((line) => line.replace(/^\w+: (error: )?/, '').trim())
    .filter((line) => line !== '');
  if (said.length > 0) return new UserError(`${what}: Slurm says: ${said.join('; ')}`);
  const ended = status ?? code;
  return new UserError(
    `${what}: Slurm does not say why${typeof ended === 'number' ? ` (exit code ${ended})` : ` (${message.split('\n')[0]})`}`,
  );
}
