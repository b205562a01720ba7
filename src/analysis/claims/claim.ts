// What a claim is: a sentence, where it comes from, the experiment it needs, and the test that decides it.
import type { ModelConfig } from '../../model/config.ts';
import type { LabRun } from '../../theory/specs/registry.ts';
import type { Frontier } from '../budgets.ts';
import type { Verdict } from '../claims.ts';
import type { Cell } from '../frontier.ts';
import type { RunRow } from '../rows.ts';
import type { Interval } from '../stats.ts';

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
  /** Simulations that belong to the study, as far as they have been run. */
  theory: readonly LabRun[];
}

export interface Judgement {
  verdict: Verdict;
  /** The number that decides, with its 95% interval: null where it is not known, or infinite. */
  effect: number | null;
  ci95: Interval | null;
  /** Of the effect. */
  unit: string;
  /** A sentence or two with the numbers. */
  evidence: string;
}

export interface ClaimDef {
  id: string;
  text: string;
  /** Where it is said: the paper's figure or section, or another work. */
  source: string;
  /** The experiment (the name of a preset) whose runs decide it. */
  experiment: string;
  /** What was found there, in a sentence. */
  paper: string;
  /** Name of the figure that shows it, without the prefix of a group. */
  figure: string;
  judge(study: StudyFacts): Judgement;
}

/** A claim about one study, judged. */
export type GradedClaim = Omit<ClaimDef, 'judge'> & Judgement;
