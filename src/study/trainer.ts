// What a worker calls to train one run: the real trainer, or a stand-in that a test names.
import type { DeviceName } from '../runtime/targets/gpu/device.ts';
import type { JudgedResult, TrainerConfig } from '../store/schemas.ts';
import type { TorchOptions } from '../torch/job.ts';
import type { AnyRunConfig } from '../train/run-id.ts';

/** What training gives back; the store adds id, attempt and times. */
export type Outcome = Omit<
  JudgedResult,
  'schema' | 'id' | 'attempt' | 'startedAt' | 'finishedAt' | 'host' | 'files'
>;

export interface RunProgress {
  step: number;
  steps: number;
  loss: number;
  tokensPerSecond: number;
}

/** What a worker must know of a script beside the configuration of a run. */
export type ScriptPlace = Pick<TrainerConfig, 'folder' | 'version' | 'digest' | 'grace'>;

export interface RunOptions {
  attemptDir: string;
  threads?: number;
  device?: DeviceName;
  /** Given where PyTorch computes in place of gaplab's own engine. */
  torch?: TorchOptions;
  checkpointSeconds?: number;
  /** Where the script of the study is, and what it was when the study began. */
  script?: ScriptPlace;
  /** Unix time in seconds by which the run should have ended, for scripts. */
  deadline?: number;
  /** Aborted: write a checkpoint and throw InterruptedError. */
  signal: AbortSignal;
  onProgress(progress: RunProgress): void;
  onWarning?(line: string): void;
  /** Called before anything is written; throws when the run is somebody else's by now. */
  beforeWrite?(): void;
}

/**
 * Trains one run, continuing from the checkpoint in `attemptDir` if there is one;
 * CheckpointError when it is corrupt.
 */
export type RunFn<Config extends AnyRunConfig = AnyRunConfig> = (
  config: Config,
  options: RunOptions,
) => Promise<Outcome>;

/** A trainer module's export `createTrainer`: called once per worker process. */
export type CreateTrainer = (options: { cacheDir?: string }) => RunFn;
