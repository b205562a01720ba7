// What a study takes before it is run: runs, tokens, time, memory and disk, from its
// plan and from this machine's measured speed.
import { budgetsOf, tokensOf } from '../analysis/budgets.ts';
import { UserError } from '../core/errors.ts';
import { parameterCount } from '../model/parameters.ts';
import { optimizer } from '../optim/registry.ts';
import { lengthOf } from '../train/budget.ts';
import { memoryOf } from '../train/fit.ts';
import { allLeft, type Left } from './left.ts';
import { armHyper, measureSpeed, microBatchOf, type Speed } from './measure-speed.ts';
import type { Draft } from './resolve.ts';
import { addRuns, type CountRange, ends, nothing, runsOf, withLeft } from './run-counts.ts';

export interface StudyEstimate {
  cells: number;
  /** Of the whole study. */
  runs: CountRange;
  /** Runs that are there already; what follows is of the others. */
  made: number;
  left: CountRange;
  /** Training tokens. */
  tokens: CountRange;
  /** With `jobs` processes at once; runs that diverge end earlier. */
  seconds: CountRange;
  jobs: number;
  /** Bytes of all processes at once, each with the largest run. */
  memory: number;
  /** Bytes of all runs: a checkpoint each, above all. */
  disk: CountRange;
  speed: { model: string; optimizer: string; batchSize: number; tokensPerSecond: number }[];
}

/** The speed of every model of a study, by its label. */
export type Speeds = Record<string, Speed>;

/**
 * Measures for some seconds; trains nothing and writes nothing. Throws UserError
 * when a run does not fit into memory.
 */
export async function measureStudy(
  draft: Draft,
  { threads = 1, signal }: { threads?: number; signal?: AbortSignal } = {},
): Promise<Speeds> {
  const speeds: Speeds = {};
  for (const label of Object.keys(draft.models))
    speeds[label] = await measureSpeed(label, draft, { threads, signal });
  return speeds;
}

/** What the rest of the study takes at those speeds, with `jobs` processes at once. */
export function estimateStudy(
  draft: Draft,
  speeds: Speeds,
  jobs: number,
  rest: Left = allLeft,
): StudyEstimate {
  const [left, tokens, work, disk] = [nothing(), nothing(), nothing(), nothing()];
  const speed: StudyEstimate['speed'] = [];
  let [cells, memory] = [0, 0];
  for (const [label, model] of Object.entries(draft.models)) {
    for (const [armLabel, arm] of Object.entries(draft.optimizers))
      for (const batchSize of draft.batchSizes) {
        const microBatch = microBatchOf(draft, armLabel, label, batchSize);
        const run = {
          model,
          optimizer: { name: arm.optimizer, hyper: armHyper(draft, armLabel) },
          batchSize,
          microBatch,
        };
        memory = Math.max(memory, memoryOf(run));
        const state = optimizer(arm.optimizer).state(run.optimizer.hyper).length;
        for (const budget of budgetsOf(draft)) {
          const cell = {
            ...{ model: label, optimizer: armLabel, batchSize },
            tokens: tokensOf(budget, batchSize, model.seqLen),
          };
          const length = lengthOf(cell, { batchSize, seqLen: model.seqLen, growth: arm.batchSchedule });
          const count = rest.of(cell, runsOf(draft, armLabel));
          const seconds = secondsOf(speeds[label], draft, {
            ...length,
            seqLen: model.seqLen,
            armLabel,
            microBatch,
          });
          cells++;
          addRuns(left, count, 1);
          addRuns(tokens, count, length.tokens);
          addRuns(work, count, seconds);
          addRuns(disk, count, 4 * parameterCount(model) * (1 + state));
          speed.push({
            ...{ model: label, optimizer: armLabel, batchSize },
            tokensPerSecond: length.tokens / seconds,
          });
        }
      }
  }
  const seconds = nothing();
  for (const kind of ends) seconds[kind] = work[kind] / Math.min(jobs, Math.max(1, left[kind]));
  const runs = withLeft(rest.made, left);
  return { cells, ...runs, tokens, seconds, jobs, memory: memory * jobs, disk, speed };
}

interface Run {
  steps: number;
  tokens: number;
  seqLen: number;
  armLabel: string;
  microBatch: number;
}

function secondsOf(speed: Speed, draft: Draft, { steps, tokens, seqLen, armLabel, microBatch }: Run): number {
  const { every, tokens: evalTokens } = draft.eval;
  const evaluations = 1 + (every > 0 ? Math.floor((steps - 1) / every) : 0);
  return (
    speed.start +
    (tokens / seqLen) * speed.gradient(microBatch) +
    steps * speed.update[armLabel] +
    ((evaluations * evalTokens) / seqLen) * speed.forward
  );
}

/**
 * The largest budgets, in the proportions of the study's, at which it is expected to take at most `seconds`;
 * undefined when one step of the largest batch is too much already.
 */
export function budgetsWithin(
  draft: Draft,
  speeds: Speeds,
  jobs: number,
  seconds: number,
): Pick<Draft, 'tokens' | 'steps'> | undefined {
  const at = (share: number) => ({
    tokens: draft.tokens.map((tokens) => rounded(tokens * share)),
    ...(draft.steps ? { steps: draft.steps.map((steps) => rounded(steps * share)) } : {}),
  });
  const fits = (share: number): boolean => {
    try {
      return estimateStudy({ ...draft, ...at(share) }, speeds, jobs).seconds.expected <= seconds;
    } catch (error) {
      if (error instanceof UserError) return false;
      throw error;
    }
  };
  // Small budgets do not pay for a step, large ones take too long: the largest share
  // of a hundredth part each that fits.
  for (let percent = 99; percent >= 1; percent--) if (fits(percent / 100)) return at(percent / 100);
  return undefined;
}

/** Down to two digits: a number that people read. */
function rounded(n: number): number {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(n)) - 1);
  return Math.max(1, Math.floor(n / unit) * unit);
}
