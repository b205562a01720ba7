// What a claim is: a sentence, where it comes from, the experiment it needs, and the test that decides it.
import type { ModelConfig } from '../../model/config.ts';
import type { LabRun } from '../../theory/specs/registry.ts';
import type { Frontier } from '../budgets.ts';
import type { Cell } from '../frontier.ts';
import type { RunRow } from '../rows.ts';
import type { Interval } from '../stats.ts';
import type { Attribution } from './attribution.ts';

export type ClaimVerdict = 'supported' | 'refuted' | 'inconclusive';

/** One study as claims see it. Losses in nats per what the models predict. */
export interface StudyFacts {
  cells: readonly Cell[];
  rows: readonly RunRow[];
  /** Labels of the arms, ascending batch sizes, models and budgets. */
  arms: readonly string[];
  batchSizes: readonly number[];
  frontiers: readonly Frontier[];
  /** Seeds that every winner is planned to have. */
  seeds: readonly number[];
  /** Of those, the ones in which a probe is planned to measure, by probe. */
  probed: Readonly<Record<string, readonly number[]>>;
  models: Record<string, Pick<ModelConfig, 'seqLen' | 'objective'>>;
  /**
   * Loss of predicting tokens by their frequencies alone, in nats per token; absent
   * where the data are not at hand.
   */
  unigram?: number;
  /** Simulations that belong to the study, as far as they have been run. */
  theory: readonly LabRun[];
}

export interface Judgement {
  verdict: ClaimVerdict;
  /** The number that decides, with its 95% interval: null where it is not known, or infinite. */
  effect: number | null;
  ci95: Interval | null;
  /** Of the effect. */
  unit: string;
  /** A sentence or two with the numbers. */
  evidence: string;
  /** The margin that the effect is held against, and the seeds of its interval: what a p value is made of. */
  against?: number;
  seeds?: number;
  /** Degrees of freedom of the interval, where they are not those of so many seeds. */
  degrees?: number;
  /** Which number of a claim about several the effect is, from 0. Absent where the claim is about one. */
  part?: number;
}

/** A sentence, and the test that decides it on facts of some kind. */
export interface Claim<Facts> {
  id: string;
  text: string;
  judge(facts: Facts): Judgement;
}

/** A claim of the ledger (registry.ts), decided by the runs of one experiment. */
export interface LedgerClaim extends Claim<StudyFacts> {
  /** Where it is said: the paper's figure or section, or another work. */
  source: string;
  /** The experiment (the name of a preset) whose runs decide it. */
  experiment: string;
  /** What was found there, in a sentence. */
  paper: string;
  /** Name of the figure that shows it, without the prefix of a group. */
  figure: string;
}

/** A claim with its verdict. */
export type Judged<C extends Claim<never> = Claim<never>> = Omit<C, 'judge'> & Judgement;
export type JudgedLedgerClaim = Judged<LedgerClaim & Attribution>;
