// `launcher:` in a study file: who starts the workers, and what each of them gets.
// No part of what the study is.
import { z } from 'zod';
import { fields, oneOrMore } from '../short-forms.ts';

/**
 * minutes, minutes:seconds, hours:minutes:seconds, days-hours, days-hours:minutes,
 * days-hours:minutes:seconds; or 90m, 12h, 2d.
 */
const slurmTime = /^(\d+|\d+:\d\d(:\d\d)?|\d+-\d+(:\d\d){0,2}|\d+[mhd])$/;

const oneLine = z.string().regex(/^[^\n\r]+$/, 'must be one line');

export const launcherNames = ['local', 'slurm', 'none'] as const;
export type LauncherName = (typeof launcherNames)[number];

export const launcher = fields(
  z.strictObject({
    kind: z
      .enum(launcherNames)
      .default('slurm')
      .describe(
        'slurm: workers are submitted to Slurm. none: the study is prepared, and waits for workers that somebody else starts (`gaplab worker`). local: runs are made by the command itself. Default: slurm, to which all other fields here belong.',
      ),
    workers: z
      .int()
      .positive()
      .default(4)
      .describe(
        'Workers at once, each with one run at a time. Fewer are submitted when fewer are of use. Default: a few, so that a first try does not fill a queue.',
      ),
    partition: oneLine.optional().describe("Partition. Default: the cluster's."),
    time: z
      .union([
        z.string().regex(slurmTime, 'must be a time limit, e.g. 4:00:00, 90m or 1-12'),
        z.int().positive(),
      ])
      .optional()
      .describe(
        'Time limit of a worker: hours:minutes:seconds, days-hours, 90m, 12h, or a number of minutes. Runs may be longer: before the end they write a checkpoint, and the worker is queued again. Default: that of the partition.',
      ),
    gpus: z
      .union([z.int().positive(), oneLine])
      .optional()
      .describe('GPUs of a run: a number, or kind and number (a100:2). Default: none.'),
    cpus: z
      .int()
      .positive()
      .default(1)
      .describe('Processor cores of a run, which are its threads. Default: that of runs elsewhere.'),
    memory: oneLine.optional().describe("Memory of a run, e.g. 8G. Default: the cluster's."),
    idle: z
      .number()
      .positive()
      .optional()
      .describe(
        'Minutes without a run to train after which a worker leaves. Default: it waits for the others to the end.',
      ),
    sbatch: oneOrMore(
      oneLine.regex(/^(#SBATCH\s+)?--?\w/, 'must be an option of sbatch, e.g. --account=physics'),
    )
      .optional()
      .describe('Further options of sbatch, one a line, e.g. --account=physics.'),
    setup: oneOrMore(oneLine)
      .optional()
      .describe(
        'Shell commands before the worker starts, e.g. module load cuda. If one fails, the worker does not start.',
      ),
  }),
  { name: 'kind', type: 'string' },
);

export type LauncherSettings = z.infer<typeof launcher>;

/** The launcher that `name` asks for, with what the study file says about it. */
export function launcherSettings(
  name: LauncherName | undefined,
  file: LauncherSettings | undefined,
): LauncherSettings {
  if (file && (name === undefined || name === file.kind)) return file;
  return launcher.parse({ kind: name ?? 'local' });
}

const unitMinutes: Record<string, number> = { m: 1, h: 60, d: 1440 };

/** The time limit in seconds, as Slurm reads it. */
export function secondsOf(time: string | number): number {
  if (typeof time === 'number') return time * 60;
  const unit = unitMinutes[time.at(-1)!];
  if (unit) return Number(time.slice(0, -1)) * unit * 60;
  const [days, rest] = time.includes('-') ? time.split('-') : [undefined, time];
  const parts = rest.split(':').map(Number);
  if (days !== undefined)
    return Number(days) * 86400 + parts[0] * 3600 + (parts[1] ?? 0) * 60 + (parts[2] ?? 0);
  const [a, b = 0, c = 0] = parts;
  return parts.length === 3 ? a * 3600 + b * 60 + c : a * 60 + b;
}
