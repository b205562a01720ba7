// What starts a worker somewhere else: its command line, and the job script that Slurm is given.
import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defaultCacheDir } from '../../data/cache.ts';
import { digest } from '../../files/seal.ts';
import type { WorkOptions } from '../make-runs.ts';
import { type LauncherSettings, secondsOf } from './settings.ts';

/** What a worker elsewhere has to know. */
export interface WorkerPlace {
  /** Directory of the study. */
  dir: string;
  /** Name of the study. */
  name: string;
  options: Pick<WorkOptions, 'threads' | 'device' | 'checkpointSeconds' | 'cacheDir' | 'torch'>;
}

/** For a POSIX shell. */
export const quoted = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

/** This Node and this gaplab, which the other computers see under the same paths. */
export const gaplabCommand = (): string[] => [
  process.execPath,
  fileURLToPath(new URL('../../../bin/gaplab.js', import.meta.url)),
];

/** Arguments of `gaplab` that make the runs of the study as `options` say. */
export function workerArguments({ dir, options }: WorkerPlace, more: readonly string[] = []): string[] {
  const flag = (name: string, value: string | number | undefined) =>
    value === undefined ? [] : [`--${name}`, String(value)];
  return [
    'worker',
    ...flag('study', dir),
    ...flag('threads', options.threads),
    ...flag('device', options.device === 'cpu' ? undefined : options.device),
    ...flag('checkpoint-seconds', options.checkpointSeconds),
    ...flag('python', options.torch?.python),
    ...(options.torch?.compile ? ['--compile'] : []),
    ...flag('gpus', options.torch?.gpus),
    ...more,
  ];
}

/** Where the data of all studies are, for computers that may have another home. */
export const cacheOf = ({ options }: WorkerPlace): string => options.cacheDir ?? defaultCacheDir();

/** Name of the jobs of a study, by which the queue is asked: two studies of one name have two. */
export function jobName({ dir, name }: Pick<WorkerPlace, 'dir' | 'name'>): string {
  return `gaplab-${name}-${digest(realpathSync(dir)).slice(0, 8)}`;
}

/** Folder of the job script and of the workers' logs. */
export const slurmFolder = (dir: string): string => join(dir, 'slurm');

/**
 * The job script of one worker. Slurm announces the end of the time limit by SIGUSR1 to the process
 * of the script, which is the worker itself (exec): shells would pass it on only after their child has ended.
 */
export function slurmScript(place: WorkerPlace, settings: LauncherSettings): string {
  const { partition, time, gpus, cpus, memory, idle, sbatch = [], setup = [] } = settings;
  // The announcement comes up to a minute early. Of a short limit it must not be all.
  const lead = time === undefined ? 120 : Math.min(120, Math.max(10, Math.round(secondsOf(time) / 5)));
  // % begins a placeholder there.
  const log = join(slurmFolder(place.dir), 'worker').replaceAll('%', '%%');
  const own = [
    `--job-name=${jobName(place)}`,
    '--requeue',
    '--open-mode=append',
    `--output="${log}-%A_%a.log"`,
    `--signal=B:USR1@${lead}`,
    `--cpus-per-task=${cpus}`,
    ...(partition === undefined ? [] : [`--partition=${partition}`]),
    ...(time === undefined ? [] : [`--time=${Math.ceil(secondsOf(time) / 60)}`]),
    ...(gpus === undefined ? [] : [`--gres=gpu:${gpus}`]),
    ...(memory === undefined ? [] : [`--mem=${memory}`]),
    ...sbatch.map((line) => line.replace(/^#SBATCH\s+/, '')),
  ];
  const args = workerArguments(
    { ...place, options: { ...place.options, threads: place.options.threads ?? cpus } },
    [
      '--jobs',
      '1',
      '--requeue',
      '--margin',
      String(Math.ceil(lead / 2)),
      ...(idle === undefined ? [] : ['--idle', String(idle)]),
    ],
  );
  // Older versions of Slurm do not tell the end: then the announcement alone does.
  const end = '$' + '{SLURM_JOB_END_TIME:+--deadline $SLURM_JOB_END_TIME}';
  return [
    '#!/bin/bash',
    `# A worker of the study ${place.name}; gaplab writes this file anew each time that it submits workers.`,
    ...own.map((option) => `#SBATCH ${option}`),
    '',
    'set -e',
    ...setup,
    `export GAPLAB_CACHE=${quoted(cacheOf(place))}`,
    `exec ${[...gaplabCommand(), ...args].map(quoted).join(' ')} ${end}`,
    '',
  ].join('\n');
}
