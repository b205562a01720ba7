// What advice is asked for, and what is known: a model or its size, a budget, and perhaps a study of one's
// own.
import type { Cell } from '../analysis/frontier.ts';
import type { Gap } from '../analysis/gap.ts';
import { displayName } from '../analysis/names.ts';
import type { ModelConfig } from '../model/config.ts';
import { count } from '../report/format.ts';

export interface OwnStudy {
  name: string;
  /** Of its runs; null where a script trains, of whose model nothing is known. */
  model: ModelConfig | null;
  parameters: number | null;
  inner: number | null;
  tokens: number;
  cells: readonly Cell[];
  gaps: readonly Gap[];
  /** Where the gap opens in each seed, in sequences; empty where it cannot be told. */
  openings: readonly { at: number; bound: string }[];
  /** Predicted from measured moments, with momentum counted in; null without the probe `noise`. */
  predicted: { at: number; bound: string } | null;
  /** tr Σ / |G|² in sequences, over the runs of SGD; null without the probe. */
  noiseScale: number | null;
  /** The batch size with the lowest tuned loss of Adam, and whether smaller and larger ones were tried. */
  bestAdam: { batchSize: number; tokens: number; inside: boolean } | null;
  /** Up to which fewer steps pay in full; null where it was not measured. */
  critical: { at: number; tokens: number } | null;
  /** Of Adam, where it was tuned. */
  weightDecay: { value: number; batchSize: number; tokens: number } | null;
}

/** Gradient moments that `gaplab probe` measured at checkpoints of one's own. */
export interface Moments {
  /** Whose, for people. */
  source: string;
  /** Where SGD should fall behind, in sequences, with momentum counted in; null where it cannot be told. */
  predicted: { at: number; bound: string } | null;
  /** tr Σ / |G|² in sequences; null where it cannot be told. */
  noiseScale: number | null;
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
  moments?: Moments;
  /** Tokens per second: measured by the user, or from and to by a device's published peak. */
  speed?: { from: number; to: number; source: string };
}

/** Inner parameters of `nano`, on which this project's own runs are. */
export const NANO_INNER = 110_000;
/** Whether runs of the one size may speak for the other: within a factor of three. */
export const isNear = (x: number, y: number): boolean => x <= 3 * y && y <= 3 * x;

/** Why the user's study does not speak of what was asked for; undefined where it does. */
export function foreign({ study, inner, tokens }: Given): string | undefined {
  if (!study) return 'there is no study';
  if (study.inner !== null && !isNear(study.inner, inner))
    return `its model has ${count(study.inner)} inner parameters, and this one ${count(inner)}`;
  if (tokens !== undefined && !isNear(study.tokens, tokens))
    return `its runs have ${count(study.tokens)} tokens, and these ${count(tokens)}`;
  return undefined;
}

/**
 * The tuned cell of the study at the batch size that is nearest: of a study that speaks of what was asked
 * for, or (`elsewhere`) of one that does not.
 */
export function nearestCell(
  given: Given,
  arm: string,
  batchSize: number,
  where: 'here' | 'elsewhere' = 'here',
): Cell | undefined {
  if ((foreign(given) === undefined) !== (where === 'here')) return undefined;
  const tuned = (given.study?.cells ?? []).filter(
    ({ optimizer, best }) => optimizer === arm && best !== null,
  );
  const distance = (cell: Cell) => Math.abs(Math.log(cell.batchSize / batchSize));
  return tuned.reduce<Cell | undefined>((a, b) => (a && distance(a) <= distance(b) ? a : b), undefined);
}

export const whatLr = (arm: string): string => `learning rate of ${displayName(arm)}`;
export const WHAT_BATCH = 'batch size to train with';

/** Where a number comes from. */
export type Origin = 'measured by you' | 'runs of this project' | 'published rule';

/** One number of the advice; a refused one says why, and has no value. */
export interface Fact {
  what: string;
  value: number | null;
  text: string;
  origin: Origin;
  source: string;
  /** In which range the source holds. */
  range: string;
  /** A prediction that has been too large in runs of this project, by up to a factor of nine. */
  isTooLarge?: true;
  refused?: string;
  /** What a refused rule would have said, for the record (grade.ts). */
  would?: number;
}

export const accepted = (fact: Omit<Fact, 'refused' | 'would'>): Fact => fact;
export const refused = (
  fact: Omit<Fact, 'value' | 'text' | 'refused' | 'would'>,
  why: string,
  would?: number,
): Fact => ({ ...fact, value: null, text: '–', refused: why, ...(would === undefined ? {} : { would }) });

export const holds = ({ refused: why }: Fact): boolean => why === undefined;
