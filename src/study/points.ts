// From a study to run configurations: the grid of learning rates, and one point of a cell as a full RunConfig.
import { defaultMicroBatch } from '../model/micro-batch.ts';
import { type BatchSchedule, batchPlan } from '../optim/batch-schedules.ts';
import type { FrozenStudy } from '../store/schemas.ts';
import type { RunConfig } from '../train/config.ts';

/** Which cell of the frontier: one arm at one batch size, model and token budget. */
export interface CellKey {
  /** Label of the arm. */
  optimizer: string;
  batchSize: number;
  model: string;
  tokens: number;
}

/** One run of a cell. `hyper` holds every hyperparameter but the learning rate. */
export interface Point extends CellKey {
  lr: number;
  hyper: Record<string, number>;
  seed: number;
}

/** Learning rate k of the grid anchored at `guess`: 6 digits, so that equal points are equal numbers everywhere. */
export function gridLr(guess: number, ratio: number, k: number): number {
  return Number((guess * ratio ** k).toPrecision(6));
}

/** Every combination of the axes, first axis slowest; one empty combination without axes. */
export function combinations(axes: Record<string, number[]>): Record<string, number>[] {
  return Object.entries(axes).reduce<Record<string, number>[]>(
    (list, [name, values]) => list.flatMap((c) => values.map((value) => ({ ...c, [name]: value }))),
    [{}],
  );
}

/** Optimizer steps of a run: the budget in whole batches, at least one. */
export const stepsFor = (
  tokens: number,
  batchSize: number,
  seqLen: number,
  batchSchedule?: BatchSchedule,
): number => batchPlan(batchSize, batchSchedule).steps(tokens / seqLen);

/** A batch schedule for a run of `tokens`, if its batch is larger than what it would start from. */
export function growthFor(
  growth: { name: string; from: number; over: number } | undefined,
  { tokens, batchSize }: { tokens: number; batchSize: number },
  seqLen: number,
): BatchSchedule | undefined {
  if (!growth || growth.from >= batchSize) return undefined;
  const { name, from, over } = growth;
  return { name, from, sequences: Math.max(1, Math.round((over * tokens) / seqLen)) };
}

/** The full configuration of a point: a pure function of the study, so its id is too. */
export function runConfigFor(study: FrozenStudy, point: Point): RunConfig {
  const model = study.models[point.model];
  const arm = study.optimizers[point.optimizer];
  const { batchSize, lr, seed, hyper } = point;
  const microBatch = Math.min(
    arm.microBatch ?? study.microBatch ?? defaultMicroBatch(model, batchSize),
    batchSize,
  );
  const batchSchedule = growthFor(arm.batchSchedule, point, model.seqLen);
  const steps = stepsFor(point.tokens, batchSize, model.seqLen, batchSchedule);
  const probes = (study.probes ?? [])
    .filter(({ runs }) => runs === 'all' || seed !== study.seeds.tune)
    .map(({ pace, runs: _, ...probe }) => ({
      ...probe,
      every: 'every' in pace ? pace.every : Math.max(1, Math.round(steps / pace.times)),
    }));
  return {
    schema: 1,
    model,
    data: { corpus: study.data.corpus, fingerprint: study.data.fingerprint },
    optimizer: { name: arm.optimizer, hyper },
    lr,
    schedule: arm.schedule,
    clip: arm.clip,
    batchSize,
    ...(batchSchedule ? { batchSchedule } : {}),
    microBatch,
    steps,
    seed,
    eval: study.eval,
    ...(probes.length > 0 ? { probes } : {}),
  };
}
