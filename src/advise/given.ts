// What advice is asked for, and what is known: a model or its size, a budget, and perhaps
// a study of one's own.
import type { Cell } from '../analysis/frontier.ts';
import type { Gap } from '../analysis/gap.ts';
import type { ModelConfig } from '../model/config.ts';

export interface OwnStudy {
  name: string;
  cells: readonly Cell[];
  gaps: readonly Gap[];
  /** Where the gap opens in each seed, in sequences; empty where it cannot be told. */
  openings: readonly { at: number; bound: string }[];
  /** Predicted from measured moments, with momentum counted in; null without the probe `noise`. */
  predicted: { at: number; bound: string } | null;
}

export interface Given {
  /** As it was asked for. */
  label: string;
  /** Absent where only a number of parameters is known. */
  model?: ModelConfig;
  parameters: number;
  /** Those in neither embedding nor head; an upper bound where only a number is known. */
  inner: number;
  seqLen: number | null;
  tokens?: number;
  /** Bytes. */
  memory?: number;
  batchSizes: readonly number[];
  study?: OwnStudy;
  /** Tokens per second: measured by the user, or from and to by a device's published peak. */
  speed?: { from: number; to: number; source: string };
}

/** Inner parameters of `nano`, on which this project's own runs are. */
export const NANO_INNER = 110_000;
/** Whether runs of the one size may speak for the other: within a factor of three. */
export const isNear = (x: number, y: number): boolean => x <= 3 * y && y <= 3 * x;

/** Where a number comes from. */
export type Origin =
  | 'measured by you'
  | 'runs of this project'
  | 'published rule'
  | 'counted'
  | 'usual start';

/** One number of the advice; a refused one says why, and has no value. */
export interface Fact {
  what: string;
  value: number | null;
  text: string;
  origin: Origin;
  source: string;
  /** In which range the source holds. */
  range: string;
  refused?: string;
}

export const accepted = (fact: Omit<Fact, 'refused'>): Fact => fact;
export const refused = (fact: Omit<Fact, 'value' | 'text' | 'refused'>, why: string): Fact => ({
  ...fact,
  value: null,
  text: '–',
  refused: why,
});
