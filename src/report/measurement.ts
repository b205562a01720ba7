// A measurement of a probe, and whose it is.
import type { ProbeLine } from '../train/probes/measure.ts';

/** Whose measurement it is. */
export interface ProbedRun {
  /** Name of the run's directory: its id, in a study. */
  run: string;
  /** Hash of its configuration. */
  id: string;
  /** Label of the arm in a study, else the optimizer. */
  optimizer: string;
  batchSize: number;
  lr: number;
  seed: number;
}
export type Measurement = ProbedRun & ProbeLine;
