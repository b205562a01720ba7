// Trains a run by the user's own command.
import { runId } from '../train/run-id.ts';
import type { ScriptConfig } from '../train/script-config.ts';
import { environmentOf, placeOf } from './contract.ts';
import { argvOf, parametersOf } from './macros.ts';
import { type CommandOutcome, type CommandRun, runCommand } from './run-command.ts';

export interface ScriptOptions
  extends Pick<
    CommandRun,
    | 'attemptDir'
    | 'folder'
    | 'deadline'
    | 'graceSeconds'
    | 'signal'
    | 'onProgress'
    | 'onWarning'
    | 'onStart'
    | 'beforeWrite'
  > {
  /** Threads that numerical libraries may use. */
  threads?: number;
}

/** One attempt; see `runCommand`. */
export function runScript(config: ScriptConfig, options: ScriptOptions): Promise<CommandOutcome> {
  const { attemptDir, threads } = options;
  const parameters = parametersOf(config);
  const run = runId(config);
  const place = placeOf(run, attemptDir, options.deadline);
  const few: Record<string, string> =
    threads === undefined ? {} : { OMP_NUM_THREADS: String(threads), MKL_NUM_THREADS: String(threads) };
  const { steps, batchSize, tokensPerSequence = 1 } = config;
  return runCommand({
    ...options,
    argv: argvOf(config, parameters, {
      file: place.config,
      env: { ...process.env, ...few, ...environmentOf(place) },
    }),
    env: few,
    parameters,
    run,
    metrics: config.metrics,
    steps,
    tokensPerStep: batchSize * tokensPerSequence,
    guessLoss: config.guessLoss,
  });
}
