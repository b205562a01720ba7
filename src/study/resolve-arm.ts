// From an arm of the study file to its configuration: names looked up, hyperparameters and grids filled in.
import { batchSchedules } from '../optim/batch-schedules.ts';
import { hybridName } from '../optim/names.ts';
import { defaultGrid, optimizer, resolveHyper } from '../optim/registry.ts';
import { schedules } from '../optim/schedules.ts';
import { withClip } from '../optim/words.ts';
import type { ArmConfig } from '../store/schemas.ts';
import { meantFor } from './field-names.ts';
import { combinations } from './points.ts';
import type { Problems } from './problems.ts';
import type { StudyFile } from './schema.ts';
import { armFieldNames } from './schema-arm.ts';

type Arm = StudyFile['optimizers'][string];

/** The arms that can be run, by label. */
export function armsOf(file: StudyFile, problems: Problems): Record<string, ArmConfig> {
  // What the study says for all arms is judged once.
  const before = problems.found.length;
  problems.at(['clip'], () => withClip('sgd', file.clip));
  checkSchedule(['schedule'], file.schedule.name, problems);
  const usable = problems.found.length === before ? file : { ...file, clip: [1], schedule: USUAL };
  return Object.fromEntries(
    Object.entries(file.optimizers).flatMap(([label, arm]) => {
      const config = armOf(usable, label, arm, problems);
      return config ? [[label, config]] : [];
    }),
  );
}

/** More are a slip: nobody can run them. */
const MOST_SEARCHES = 1000;

/** Stands in for what is refused already. */
const USUAL = { name: 'cosine', warmup: 0.1, final: 0.01 };

function checkSchedule(path: string[], name: string, problems: Problems): void {
  if (!Object.hasOwn(schedules, name))
    problems.unknown([...path, 'name'], name, Object.keys(schedules), 'no such schedule');
}

function armOf(file: StudyFile, label: string, arm: Arm, problems: Problems): ArmConfig | undefined {
  const path = ['optimizers', label];
  const before = problems.found.length;
  const { optimizer: spelt = label } = arm;
  if (arm.schedule) checkSchedule([...path, 'schedule'], arm.schedule.name, problems);
  const growth = arm.batchSchedule;
  if (growth && !Object.hasOwn(batchSchedules, growth.name))
    problems.unknown(
      [...path, 'batchSchedule', 'name'],
      growth.name,
      Object.keys(batchSchedules),
      'no such batch schedule',
    );
  const clipped = problems.at(path, () =>
    withClip(typeof spelt === 'string' ? spelt : hybridName(spelt), arm.clip ?? file.clip),
  );
  const rule = clipped && problems.at(path, () => optimizer(clipped.optimizer));
  if (!clipped || !rule) return;
  const name = clipped.optimizer;
  const fixed = { ...clipped.hyper, ...arm.hyper };
  for (const where of ['hyper', 'axes'] as const)
    for (const key of Object.keys(arm[where]))
      if (!Object.hasOwn(rule.hyper, key))
        unknownHyper(problems, [...path, where, key], key, name, Object.keys(rule.hyper));
  const axes = axesOf(arm, fixed, rule.hyper, path, problems);
  const searches = Object.values(axes).reduce((n, values) => n * values.length, 1);
  if (searches > MOST_SEARCHES)
    problems.add(
      path,
      `${searches.toLocaleString('en-US')} combinations of hyperparameters, each with a search of its own; give at most ${MOST_SEARCHES.toLocaleString('en-US')}`,
    );
  const lr = lrOf(file, name, arm.lr);
  if (problems.found.length > before) return;
  // Every combination once through the registry's checks of range.
  const resolved = problems.at(path, () =>
    combinations(axes).map((combination) => resolveHyper(name, { ...fixed, ...combination })),
  );
  if (!resolved) return;
  return {
    optimizer: name,
    hyper: Object.fromEntries(Object.entries(resolved[0]).filter(([key]) => !(key in axes))),
    axes,
    lr,
    clip: clipped.clip,
    ...clipAtOf(file, arm),
    schedule: arm.schedule ?? file.schedule,
    ...(growth ? { batchSchedule: growth } : {}),
    ...(arm.microBatch === undefined ? {} : { microBatch: arm.microBatch }),
  };
}

/** Norms of batch sizes that the study has not are of no use to it: sizes of one file may have others. */
function clipAtOf({ batchSizes }: StudyFile, { clipAt = {} }: Arm): Pick<ArmConfig, 'clipAt'> {
  const own = Object.entries(clipAt).filter(([size]) => batchSizes.includes(Number(size)));
  return own.length > 0 ? { clipAt: Object.fromEntries(own) } : {};
}

/**
 * What stands beside the fields of an arm is taken for a hyperparameter: it may be a field's name,
 * too, spelt in another way.
 */
function unknownHyper(problems: Problems, path: string[], key: string, name: string, names: string[]): void {
  const field = meantFor(key, armFieldNames);
  if (field && !meantFor(key, names)) problems.add(path, `unknown field; did you mean "${field}"?`);
  else problems.unknown(path, key, names, `${name} has no such hyperparameter`);
}

function axesOf(
  arm: Arm,
  fixed: Record<string, number>,
  specs: Record<string, { grid?: readonly number[] }>,
  path: string[],
  problems: Problems,
): Record<string, number[]> {
  return Object.fromEntries(
    Object.entries(arm.axes).map(([key, values]) => {
      const here = [...path, 'axes', key];
      if (key in fixed) problems.add(here, `${key} is both fixed and tuned (axes); keep one`);
      if (values !== 'default') return [key, [...new Set(values)]];
      const grid = specs[key]?.grid;
      if (Object.hasOwn(specs, key) && !grid) problems.add(here, 'there are no default values; give a list');
      return [key, [...(grid ?? [])]];
    }),
  );
}

function lrOf({ mode }: StudyFile, name: string, lr: Arm['lr']): ArmConfig['lr'] {
  if (mode === 'grid' || lr.values) {
    const values = lr.values ?? defaultGrid(name, lr.guess).lr;
    return { kind: 'grid', values: [...new Set(values)].sort((a, b) => a - b) };
  }
  return { kind: 'bracket', guess: lr.guess ?? optimizer(name).lrGuess, ratio: lr.ratio, carry: lr.carry };
}
