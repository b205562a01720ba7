// What a caller of `train` may ask for, and what it is told on the way.
import type { PreparedData } from '../data/index.ts';
import type { Engine } from '../runtime/engine.ts';
import type { DeviceName } from '../runtime/targets/gpu/device.ts';
import type { StepRecord } from './step.ts';

export interface TrainOptions {
  data: PreparedData;
  /**
   * Folder for metrics.jsonl and checkpoint.safetensors, made if it is not there;
   * a run found there is continued. None: nothing is written.
   */
  attemptDir?: string;
  /** Threads of ONNX Runtime (default 1). Another number gives other rounding, so other bits. */
  threads?: number;
  /**
   * Where to compute (default cpu). Another device rounds otherwise, and a GPU not the same way each time.
   */
  device?: DeviceName;
  /** Keep few activations and compute the others again: the same bits, less memory, more time. */
  recompute?: boolean;
  /** Seconds between checkpoints (default 20). */
  checkpointSeconds?: number;
  onProgress?(progress: TrainProgress): void;
  /**
   * Called with the engine before the first step of this attempt, and after every step:
   * to record or to probe.
   */
  onStart?(engine: Engine): void | Promise<void>;
  onStep?(step: StepRecord, engine: Engine): void | Promise<void>;
  /** When aborted: checkpoint, then throw InterruptedError. */
  signal?: AbortSignal;
  /**
   * Called before anything is written to `attemptDir`; throws when the folder is no longer this process's.
   */
  beforeWrite?(): void;
}

export interface TrainProgress {
  step: number;
  steps: number;
  /** Smoothed training loss, nats per prediction. */
  loss: number;
  lr: number;
  tokensPerSecond: number;
}
