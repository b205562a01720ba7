// What a report is made from (a loaded study) and what it comes to (the summary).

import type { Frontier } from '../analysis/budgets.ts';
import type { Judged, JudgedLedgerClaim } from '../analysis/claims/claim.ts';
import type { Crossover } from '../analysis/crossover.ts';
import type { Effort } from '../analysis/effort.ts';
import type { Cell, CellKey } from '../analysis/frontier.ts';
import type { Gap } from '../analysis/gap.ts';
import type { RunRow } from '../analysis/rows.ts';
import type { FrozenStudy } from '../store/schemas.ts';
import type { Shortfall } from '../study/shortfall.ts';
import type { LabRun } from '../theory/specs/registry.ts';
import type { Sources } from './sources.ts';

/** Where the runs were made, as far as the directory and this machine tell. */
export interface Environment {
  /** Host names of the runs. */
  hosts: string[];
  /** Threads per run. */
  threads: number[];
  /** Of the machine that writes the report; it need not be the one of the runs. */
  writer: { host: string; system: string; processor: string; cores: number; memoryGiB: number };
  versions: Record<string, string>;
}

/** A study read from its directory: every run it has reached, as rows. */
export interface LoadedStudy {
  study: FrozenStudy;
  rows: RunRow[];
  /** All cells the study will have, those without a run yet included. */
  expected: CellKey[];
  /** Simulations that belong to the study, as far as they have been run. */
  theory: LabRun[];
  /** Time during which at least one run was going: pauses between two starts of the study do not count. */
  wallSeconds: number;
  /** ISO times of the first start and last finish of a run. */
  startedAt: string | null;
  finishedAt: string | null;
  environment: Environment;
  /** What was read; curves and probes are added when they are asked for. */
  sources: Sources;
}

/** The gaps of one model and budget, and what is claimed from them. */
export interface Group extends Frontier {
  gaps: Gap[];
  claims: Judged[];
  /** Up to which batch size the challenger stays within `margin` nats. */
  crossover: Crossover & { margin: number };
}

/** `summary.json`. Losses and gaps in nats per `lossPer`. */
export interface Summary {
  schema: 1;
  study: string;
  title: string;
  description: string;
  wallSeconds: number;
  tokensTrained: number;
  /** What losses are counted per: token, masked token, image; prediction where models differ in that. */
  lossPer: string;
  startedAt: string | null;
  finishedAt: string | null;
  /** What the study asks, and the answer in a few sentences, from the numbers below. */
  question: string;
  answer: string[];
  /** What limits that answer: open brackets, missing cells, single seeds. */
  caveats: string[];
  runs: Record<RunRow['status'], number>;
  baseline: string | null;
  challenger: string | null;
  tuningSeed: number;
  cells: Cell[];
  gaps: Gap[];
  /** The experiment of the paper that the study is about, and the size it was run in; null for others. */
  experiment: string | null;
  size: string | null;
  /** Claims about that experiment; else those on the gaps of the first group (`groups` has those of all). */
  claims: (JudgedLedgerClaim | Judged)[];
  groups: Group[];
  effort: Effort[];
  /** Budgets of which whole batches leave more than 1% unused. */
  shortfalls: Shortfall[];
  environment: Environment;
}
