// From a study to run configurations: the grid of learning rates, and one point
// of a cell as a full RunConfig.
import type { CellKey } from '../analysis/frontier.ts';
import { freshSeeds } from '../analysis/seeds.ts';
import { type FrozenStudy, isOwnModel, type TrainerConfig } from '../store/schemas.ts';
import { lengthOf, type RunBudget } from '../train/budget.ts';
import type { RunConfig } from '../train/config.ts';
import { runConfigOf } from '../train/run-config.ts';
import type { AnyRunConfig } from '../train/run-id.ts';
import type { ScriptConfig } from '../train/script-config.ts';

/** One run of a cell. `hyper` holds every hyperparameter but the learning rate. */
export interface Point extends CellKey {
  lr: number;
  hyper: Record<string, number>;
  seed: number;
}

/**
 * Learning rate k of the grid anchored at `guess`, k + 1/2 between two of them: 6 digits,
 * so that equal points are equal numbers everywhere, and the same for whole k however fine the grid.
 */
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

/**
 * What the runs of a cell may use. A budget in steps has the tokens of full batches in the cell's key,
 * so that is how it is known from a budget of tokens.
 */
export function budgetOf(study: Pick<FrozenStudy, 'models' | 'tokens' | 'steps'>, cell: CellKey): RunBudget {
  const { tokens, batchSize, model } = cell;
  const perStep = batchSize * study.models[model].seqLen;
  const steps = study.steps?.find((n) => n * perStep === tokens);
  return steps === undefined || study.tokens.includes(tokens) ? { tokens } : { steps };
}

/** The full configuration of a point: a pure function of the study, so its id is too. */
export function runConfigFor(study: FrozenStudy, point: Point): AnyRunConfig {
  return study.trainer ? scriptConfigFor(study, study.trainer, point) : ownConfigFor(study, point);
}

function scriptConfigFor(study: FrozenStudy, trainer: TrainerConfig, point: Point): ScriptConfig {
  const { command, program, names, metrics, guessLoss, tokensPerSequence, digest } = trainer;
  const { lr, hyper, batchSize, seed } = point;
  const { seqLen } = study.models[point.model];
  return {
    schema: 1,
    kind: 'script',
    command,
    ...(program === undefined ? {} : { program }),
    version: digest,
    names,
    args: study.optimizers[point.optimizer].args ?? {},
    ...{ lr, hyper, batchSize, seed },
    steps: lengthOf(budgetOf(study, point), { batchSize, seqLen }).steps,
    ...(tokensPerSequence === undefined ? {} : { tokensPerSequence }),
    metrics,
    ...(guessLoss === undefined ? {} : { guessLoss }),
  };
}

/** A run of gaplab's own models, in a study that has no script. */
export function ownConfigFor(study: FrozenStudy, point: Point): RunConfig {
  const { data } = study;
  const model = study.models[point.model];
  if (!data || !isOwnModel(model)) throw new Error(`${point.model} is a model of a script`);
  const arm = study.optimizers[point.optimizer];
  const { batchSize, lr, seed, hyper } = point;
  return runConfigOf({
    model,
    data: { corpus: data.corpus, fingerprint: data.fingerprint },
    optimizer: { name: arm.optimizer, hyper },
    lr,
    schedule: arm.schedule!,
    clip: arm.clipAt?.[batchSize] ?? arm.clip,
    batchSize,
    budget: budgetOf(study, point),
    growth: arm.batchSchedule,
    microBatch: arm.microBatch ?? study.microBatch ?? undefined,
    seed,
    eval: study.eval,
    ...(study.dtype ? { dtype: study.dtype } : {}),
    probes: (study.probes ?? [])
      .filter(({ runs }) => runs === 'all' || freshSeeds(study.seeds).includes(seed))
      .map(({ runs: _, ...probe }) => probe),
  });
}
