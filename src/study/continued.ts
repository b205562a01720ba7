// A study of imported runs that a script goes on with: what was imported counts as run, and the search asks
// for the rest.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { CellKey } from '../analysis/frontier.ts';
import { cellKey, hyperKey } from '../analysis/rows.ts';
import { UserError } from '../core/errors.ts';
import type { FrozenStudy } from '../store/schemas.ts';
import { readStudy } from '../store/study-dir.ts';
import { runId } from '../train/run-id.ts';
import type { Results, RunRequest } from './plan.ts';
import { type Point, runConfigFor } from './points.ts';

/** Whether its runs were imported and no script goes on with them: then there is nothing to run. */
export const isOnlyImported = ({ imported }: FrozenStudy): boolean =>
  imported !== undefined && imported.trainer === undefined;

/**
 * The study in `dir` if its runs were imported. Throws UserError where `file` has no script to go on with
 * them.
 */
export function importedIn(dir: string, file: { name: string; trainer?: object }): FrozenStudy | undefined {
  const study = readIfWhole(dir);
  if (!study?.imported) return undefined;
  if (file.trainer) return study;
  throw new UserError(
    `${dir} holds imported runs: only a study file with a trainer can add to them (docs/import.md)`,
  );
}

/** A study.json that is damaged is moved aside later, as of every study. */
function readIfWhole(dir: string): FrozenStudy | undefined {
  try {
    return existsSync(join(dir, 'study.json')) ? readStudy(dir) : undefined;
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

/**
 * The imported study with the script, the arms and the further batch sizes of `file`. Throws UserError where
 * the two are not about the same runs.
 */
export function continued(there: FrozenStudy, file: FrozenStudy): FrozenStudy {
  const refuse = (why: string): never => {
    throw new UserError(`${file.name} cannot go on with the imported runs of ${there.name}: ${why}`);
  };
  const imported = there.imported!;
  const trainer = file.trainer!;
  const models = Object.entries(there.models);
  if (models.length !== 1) return refuse(`they are of ${models.length} models`);
  const [[, { seqLen }]] = models;
  if ((trainer.tokensPerSequence ?? 1) !== seqLen)
    refuse(`they have ${seqLen} tokens a sequence; write trainer.tokensPerSequence: ${seqLen}`);
  if (`${file.tokens} ${file.steps ?? ''}` !== `${there.tokens} ${there.steps ?? ''}`)
    refuse(`their budget is ${budgetText(there)}; write that into the study file`);
  const arms = [...new Set(imported.runs.map(({ optimizer }) => optimizer))];
  const lacking = arms.filter((arm) => !Object.hasOwn(file.optimizers, arm));
  if (lacking.length > 0)
    refuse(`it has no optimizer ${lacking.join(', ')}, of which there are imported runs`);
  for (const arm of arms) {
    const known = imported.runs.filter(({ optimizer }) => optimizer === arm).map(({ hyper }) => hyper);
    const { hyper, axes } = file.optimizers[arm];
    const names = [...Object.keys(hyper), ...Object.keys(axes)].sort().join(', ');
    if (!known.some((one) => Object.keys(one).sort().join(', ') === names))
      refuse(
        `${arm} has the hyperparameters ${names || 'none'} there and ${Object.keys(known[0]).sort().join(', ') || 'none'} in the import`,
      );
  }
  const { tuner, maxPoints, seeds, baseline, challenger } = file;
  return {
    ...there,
    // Of other programs' seeds nobody knows whether they pair with one's own.
    trainer: { ...trainer, paired: false },
    imported: { ...imported, trainer: imported.trainer ?? there.trainer },
    batchSizes: [...new Set([...there.batchSizes, ...file.batchSizes])].sort((a, b) => a - b),
    optimizers: file.optimizers,
    ...(tuner ? { tuner } : {}),
    maxPoints,
    seeds: { tune: there.seeds.tune, fresh: seeds.fresh },
    baseline: there.baseline ?? baseline,
    challenger: there.challenger ?? challenger,
  };
}

const budgetText = ({ tokens, steps }: FrozenStudy): string =>
  [...(tokens.length > 0 ? [`tokens: [${tokens}]`] : []), ...(steps ? [`steps: [${steps}]`] : [])].join(', ');

/** The study as it was imported: its runs have the ids of that one. */
function asImported(study: FrozenStudy): FrozenStudy {
  const bare = Object.entries(study.optimizers).map(([label, { args: _, ...arm }]) => [label, arm]);
  return { ...study, trainer: study.imported!.trainer, optimizers: Object.fromEntries(bare) };
}

type Known = { id: string; config: RunRequest['config']; point: Point };
const byCell = new WeakMap<FrozenStudy, Map<string, Known[]>>();
function knownCells(study: FrozenStudy): Map<string, Known[]> {
  let cells = byCell.get(study);
  if (!cells) {
    const view = asImported(study);
    // Not `configured`: imported runs of one arm may have different hyperparameters.
    const all = study.imported!.runs.map(({ name: _, where: __, ...point }): Known => {
      const config = runConfigFor(view, point);
      return { id: runId(config), config, point };
    });
    cells = Map.groupBy(all, ({ point }) => cellKey(point));
    byCell.set(study, cells);
  }
  return cells;
}
const knownIn = (study: FrozenStudy, key: CellKey): Known[] => knownCells(study).get(cellKey(key)) ?? [];

/** Ids of the imported runs: nobody here can try them again. */
export const importedIds = (study: FrozenStudy): ReadonlySet<string> =>
  new Set(study.imported?.trainer ? [...knownCells(study).values()].flat().map(({ id }) => id) : []);

/** Rates within 3% are one: `0.001953` is 2^-9. */
const isSameRate = (a: number, b: number) => Math.abs(Math.log(a / b)) < 0.03;

/** The imported run of a point that the search asks for; undefined where there is none that ended. */
export function importedAt(study: FrozenStudy, point: Point, results: Results): Known | undefined {
  const key = hyperKey(point.hyper);
  return knownIn(study, point).find(
    ({ id, point: own }) =>
      own.seed === point.seed &&
      hyperKey(own.hyper) === key &&
      isSameRate(own.lr, point.lr) &&
      results.has(id) &&
      results.get(id)?.status !== 'failed',
  );
}

/** All imported runs of a cell that have a result. */
export const importedRunsOf = (study: FrozenStudy, key: CellKey, results: Results): Known[] =>
  knownIn(study, key).filter(({ id }) => results.has(id));

/**
 * The study with the grid of rates laid through the best imported one of the cell, so that the search begins
 * there and asks only for the neighbours that were not run.
 */
export function anchored(study: FrozenStudy, key: CellKey, results: Results): FrozenStudy {
  const arm = study.optimizers[key.optimizer];
  if (arm.lr.kind !== 'bracket') return study;
  const losses = knownIn(study, key).flatMap(({ id, point }) => {
    const result = results.get(id);
    const loss = result?.status === 'done' ? result.valLoss : null;
    return typeof loss === 'number' && point.seed === study.seeds.tune ? [{ lr: point.lr, loss }] : [];
  });
  if (losses.length === 0) return study;
  const { lr } = losses.reduce((a, b) => (b.loss < a.loss ? b : a));
  return {
    ...study,
    optimizers: { ...study.optimizers, [key.optimizer]: { ...arm, lr: { ...arm.lr, guess: lr } } },
  };
}
