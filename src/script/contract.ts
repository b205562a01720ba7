// What a command that trains is told, and what it may say: the contract of docs/trainers.md.
import { basename, dirname, join } from 'node:path';
import * as z from 'zod';

/** "Ask again later" (EX_TEMPFAIL of sysexits.h): the attempt does not count, and the run is continued. */
export const EXIT_INTERRUPTED = 75;

/** Seconds between the request to end (SIGTERM) and the end by force (SIGKILL). */
export const GRACE_SECONDS = 30;

/**
 * In the folder of an attempt: what went to standard output and standard error,
 * the parameters, and JSON lines.
 */
export const OUTPUT = 'output.log';
export const PARAMETERS = 'parameters.json';
export const METRICS = 'script-metrics.jsonl';
/** In the folder of an attempt: what gaplab's own trainer in PyTorch is handed (src/torch). */
export const HANDED_OVER = 'handed-over';
/** The folder of the script's own files, in the run's directory. */
export const FILES = 'files';

/** Exit statuses of a run as its end record says them. */
const statuses = ['done', 'diverged', 'failed'] as const;

/** `{"event": "end", ...}`. The fields after `valLoss` may be left out; gaplab's own engines fill them. */
export const endRecord = z.looseObject({
  event: z.literal('end'),
  status: z.enum(statuses),
  /** Why a run diverged or failed. */
  reason: z.string().optional(),
  valBitsPerByte: z.number().nullable().optional(),
  valAccuracy: z.number().optional(),
  valTokens: z.number().nonnegative().optional(),
  paramsSha256: z.string().optional(),
  threads: z.int().positive().optional(),
  engine: z.string().optional(),
  dtype: z.string().optional(),
  device: z.string().optional(),
});
export type EndRecord = z.infer<typeof endRecord>;

/** Which attempt at which run a process belongs to. */
export interface AttemptPlace {
  run: string;
  attempt: number;
  /** JSON file of the parameters. */
  config: string;
  /** Folder of the run, the same for all attempts: checkpoints live there. */
  runDir: string;
  /** File that JSON lines are appended to. */
  metrics: string;
  /** Unix time in seconds by which the process should have ended. */
  deadline?: number;
}

/** The place of an attempt whose folder is `<run's directory>/attempt-<n>`. */
export function placeOf(run: string, attemptDir: string, deadline: number | undefined): AttemptPlace {
  return {
    run,
    attempt: Number(basename(attemptDir).replace('attempt-', '')) || 1,
    config: join(attemptDir, PARAMETERS),
    runDir: join(dirname(attemptDir), FILES),
    metrics: join(attemptDir, METRICS),
    deadline,
  };
}

/**
 * The environment of a command that trains. Every variable is set, `GAPLAB_DEADLINE`
 * to nothing where there is none.
 */
export const environmentOf = (place: AttemptPlace): Record<string, string> => ({
  GAPLAB_CONFIG: place.config,
  GAPLAB_RUN_ID: place.run,
  GAPLAB_RUN_DIR: place.runDir,
  GAPLAB_ATTEMPT: String(place.attempt),
  GAPLAB_METRICS: place.metrics,
  GAPLAB_DEADLINE: place.deadline === undefined ? '' : String(place.deadline),
});
