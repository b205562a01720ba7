// The learning rates measured for the playground, and what they gave (basins.json).
import type { Equal } from './race.ts';

export interface Basin {
  optimizer: string;
  batchSize: number;
  given: Equal;
  /** The best rate. */
  lr: number;
  /** Validation losses at that rate, one for each fresh seed, in nats per token. */
  losses: number[];
  /** At the tuning seed, by learning rate; null where the run diverged. */
  tried: { lr: number; loss: number | null }[];
}

export interface Basins {
  /** The command that makes the file. */
  madeBy: string;
  date: string;
  /** Of the data that the runs trained on. */
  fingerprint: string;
  seeds: { tune: number; fresh: number[] };
  basins: Basin[];
}
