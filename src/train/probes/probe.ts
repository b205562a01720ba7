// What a probe is: a measurement at one point of a run (parameters, optimizer state, step),
// giving tables of plain rows.
import type { ExampleData, Tokenizer, TokenShard } from '../../data/index.ts';
import type { Engine, EngineConfig } from '../../runtime/engine.ts';
import type { ProbeModel } from '../../runtime/probing.ts';
import type { RunConfig } from '../config.ts';
import type { Writer } from '../writer.ts';

/** What probes need of prepared data. */
export type ProbeData = ExampleData & {
  train: TokenShard;
  validation: TokenShard;
  /** Absent where there is no text. */
  tokenizer?(): Pick<Tokenizer, 'decode'>;
};

/**
 * Where a run stands. The same for a live run and for a checkpoint: no probe knows which of the two it is.
 */
export interface ProbePoint {
  config: RunConfig;
  data: ProbeData;
  /** Steps taken. */
  step: number;
  /** Flat parameters and optimizer state; never written to. */
  params: Float32Array;
  state: Record<string, Float32Array>;
  /**
   * Losses, gradients and Hessian-vector products at `at.params`: equal to `params` unless a probe moves it,
   * and moves it back.
   */
  at: ProbeModel;
  /** An engine of the run's model for another optimizer, its parameters and state zero; to be closed. */
  engine(optimizer: EngineConfig['optimizer']): Promise<Engine>;
  /** What lets the run's model write, as `params` has it; to be closed. */
  writer(): Promise<Writer>;
  /** Optimizers whose pseudo-updates are compared with the run's own. */
  optimizers: readonly string[];
  /**
   * To be called between pieces of work: gives the event loop a turn now and then,
   * throws when the work is to stop.
   */
  breathe(): Promise<void> | undefined;
}

export type TableValue = string | number | boolean | null;
/** A line of a table; every row of a table has the same keys. */
export type TableRow = Record<string, TableValue>;
export type Tables = Record<string, TableRow[]>;

/** One option of a probe: a number with a default, where that comes from, and what is allowed. */
export interface OptionSpec {
  default: number;
  why: string;
  min: number;
  max?: number;
  /** Not an integer. */
  real?: boolean;
  powerOfTwo?: boolean;
}

export interface ProbeDef<O extends string = string> {
  name: string;
  /** One line for a list of probes. */
  summary: string;
  /** Equation or arXiv number. */
  source: string;
  /** Looks at single tokens: not for images. */
  ofTokens?: boolean;
  /** Lets the model write: for models that predict the next token alone. */
  writes?: boolean;
  options: Record<O, OptionSpec>;
  /** What a terminal shows of a measurement. */
  show: { table: string; columns: readonly string[] };
  /** Deterministic given the point. */
  measure(point: ProbePoint, options: Record<O, number>): Promise<Tables>;
}

/** Checks the names that the parts of a definition use against each other, then forgets them. */
export const defineProbe = <O extends string>(def: ProbeDef<O>): ProbeDef => def as ProbeDef;
