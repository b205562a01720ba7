// Trains a run by the user's own command.
import { basename, dirname, join } from 'node:path';
import { runId } from '../train/run-id.ts';
import type { ScriptConfig } from '../train/script-config.ts';
import { environmentOf } from './contract.ts';
import { argvOf, parametersOf } from './macros.ts';
import {
  type CommandOutcome,
  type CommandRun,
  FILES,
  METRICS,
  PARAMETERS,
  runCommand,
} from './run-command.ts';

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
  const file = join(attemptDir, PARAMETERS);
  const place = environmentOf({
    run: runId(config),
    attempt: Number(basename(attemptDir).replace('attempt-', '')) || 1,
    config: file,
    runDir: join(dirname(attemptDir), FILES),
    metrics: join(attemptDir, METRICS),
    deadline: options.deadline,
  });
  const few: Record<string, string> =
    threads === undefined ? {} : { OMP_NUM_THREADS: String(threads), MKL_NUM_THREADS: String(threads) };
  const { steps, batchSize, tokensPerSequence = 1 } = config;
  return runCommand({
    ...options,
    argv: argvOf(config, parameters, { file, env: { ...process.env, ...few, ...place } }),
    env: few,
    parameters,
    run: runId(config),
    metrics: config.metrics,
    steps,
    tokensPerStep: batchSize * tokensPerSequence,
    guessLoss: config.guessLoss,
  });
}
