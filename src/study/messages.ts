// What a worker and its child processes say to each other over the process channel (JSON).
import type { DeviceName } from '../runtime/targets/gpu/device.ts';
import type { RunResult } from '../store/schemas.ts';
import type { TorchOptions } from '../torch/job.ts';
import type { AnyRunConfig } from '../train/run-id.ts';
import type { RunProgress, ScriptPlace } from './trainer.ts';

export type ToChild =
  | {
      type: 'run';
      id: string;
      runDir: string;
      config: AnyRunConfig;
      threads?: number;
      device?: DeviceName;
      /** Given where PyTorch computes. */
      torch?: TorchOptions;
      checkpointSeconds?: number;
      script?: ScriptPlace;
      /** Unix time in seconds by which runs should have ended. */
      deadline?: number;
      /** Print of a lease that may be taken over (`Watch`). */
      silent?: string;
    }
  /** Write a checkpoint and end. */
  | { type: 'stop' };

export type FromChild =
  | ({ type: 'progress'; id: string } & RunProgress)
  /** `made` is false when somebody else had finished the run. */
  | { type: 'end'; id: string; result: RunResult; made: boolean }
  /** A live process outside this study has the run. */
  | { type: 'busy'; id: string }
  /** A line for the user. */
  | { type: 'warning'; id: string; message: string }
  | { type: 'interrupted'; id: string }
  /** Nothing can be written: the study must end. */
  | { type: 'refused'; id: string; message: string };
