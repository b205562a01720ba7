// From a study file to the frozen study: names looked up, defaults filled in, impossible wishes refused before any training.

import { budgetsOf, tokensOf } from '../analysis/budgets.ts';
import { UserError } from '../core/errors.ts';
import { suggest } from '../core/suggest.ts';
import { checkData, type ExampleData, imagesIn } from '../data/index.ts';
import type { ModelConfig } from '../model/config.ts';
import { entriesFor } from '../model/objectives/registry.ts';
import { parameters } from '../model/parameters.ts';
import { modelPreset, modelPresets } from '../model/presets.ts';
import { batchSchedules } from '../optim/batch-schedules.ts';
import { checkGroups, hybridName } from '../optim/names.ts';
import { defaultGrid, optimizer, resolveHyper } from '../optim/registry.ts';
import { schedules } from '../optim/schedules.ts';
import { withClip } from '../optim/words.ts';
import type { ArmConfig, FrozenStudy } from '../store/schemas.ts';
import { lengthOf } from '../train/budget.ts';
import { checkProbe, resolveOptions } from '../train/probes/registry.ts';
import { combinations } from './points.ts';
import type { StudyFile } from './schema.ts';

/** Measurements of a probe in a run: enough to see where things change. */
const DEFAULT_TIMES = 10;

/** What resolving needs to know of the prepared data; lengths in tokens. */
export interface DataFacts extends ExampleData {
  fingerprint: string;
  train: { length: number };
  validation: { length: number };
}

/** Everything of a study that does not depend on its data. */
export type Draft = Omit<FrozenStudy, 'data' | 'models'> & {
  models: Record<string, ModelConfig>;
  source: { corpus: string; vocabSize?: number; tokenizer?: string };
};

/** Resolves what can be resolved without data. Throws UserError: unknown names, values out of range, arms that do not fit. */
export function draftStudy(file: StudyFile): Draft {
  const models = modelsOf(file);
  const vocabularies = new Set(Object.values(models).map((m) => m.vocabSize));
  if (file.data.vocabSize === undefined && vocabularies.size > 1)
    throw new UserError(
      'model: the models have different vocabularies; set data.vocabSize, all models of a study share one',
    );
  const { corpus } = file.data;
  for (const [label, model] of Object.entries(models)) checkCorpus(label, model, corpus);
  const vocabSize = file.data.vocabSize ?? (imagesIn(corpus) ? undefined : [...vocabularies][0]);
  const arms = Object.entries(file.optimizers).map(
    ([label, arm]) => [label, resolveArm(file, label, arm)] as const,
  );
  for (const [label, { optimizer: name }] of arms)
    for (const model of Object.values(models))
      at(`optimizers.${label}`, () => checkGroups(name, parameters(model)));
  const labels = arms.map(([label]) => label);
  const known = (field: string, label: string | undefined) => {
    if (label !== undefined && !labels.includes(label)) throw unknown(field, label, labels, 'no such arm');
    return label;
  };
  const challengerGiven = known('challenger', file.challenger);
  const baseline =
    known('baseline', file.baseline) ??
    (labels.includes('adam') && challengerGiven !== 'adam'
      ? 'adam'
      : labels.findLast((l) => l !== challengerGiven));
  const challenger = challengerGiven ?? labels.find((l) => l !== baseline);
  if (file.baseline !== undefined && file.baseline === file.challenger)
    throw new UserError(`challenger: "${file.challenger}" is the baseline too; name two different arms`);
  const batchSizes = ascending(file.batchSizes);
  if (!file.tokens && !file.steps)
    throw new UserError('tokens: a study needs a budget per run, in tokens (or in steps)');
  return {
    schema: 1,
    name: file.name,
    title: file.title ?? file.name,
    description: file.description,
    ...(file.experiment === undefined ? {} : { experiment: file.experiment }),
    ...(file.size === undefined ? {} : { size: file.size }),
    models,
    source: { corpus, vocabSize, tokenizer: file.data.tokenizer },
    tokens: ascending(file.tokens ?? []),
    ...(file.steps ? { steps: ascending(file.steps) } : {}),
    batchSizes,
    optimizers: Object.fromEntries(arms),
    maxPoints: file.maxPoints,
    seeds: file.seeds,
    eval: file.eval,
    microBatch: file.microBatch ?? null,
    baseline: challenger === undefined ? null : (baseline ?? null),
    challenger: challenger ?? null,
    ...(file.probes ? { probes: file.probes.map((one) => resolveProbe(file, one)) } : {}),
    ...(file.theory ? { theory: distinct(file.theory) } : {}),
  };
}

const ascending = (values: readonly number[]) => [...new Set(values)].sort((a, b) => a - b);

/** Labs have files by their names, which some systems compare without upper and lower case. */
function distinct(labs: NonNullable<StudyFile['theory']>): NonNullable<StudyFile['theory']> {
  const names = labs.map(({ name }) => name.toLowerCase());
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined)
    throw new UserError(`theory: two labs are called "${twice}"; give each a name of its own`);
  return labs;
}

type ProbeEntry = NonNullable<StudyFile['probes']>[number];

function resolveProbe(file: StudyFile, entry: ProbeEntry): NonNullable<FrozenStudy['probes']>[number] {
  const { name, every, times = DEFAULT_TIMES, optimizers: compared, runs } = entry;
  try {
    for (const one of compared ?? []) optimizer(one);
    const options = resolveOptions(name, entry.options);
    if (runs === 'winners' && file.seeds.final < 2)
      throw new UserError(
        'winners are probed in their further seeds, and seeds.final is 1: raise it, or set runs: all',
      );
    const pace = every === undefined ? { times } : { every };
    return { name, options, ...(compared ? { optimizers: compared } : {}), pace, runs };
  } catch (error) {
    throw error instanceof UserError ? new UserError(`probes: ${error.message}`) : error;
  }
}

/** Adds the data. Throws UserError when a sequence or the evaluation does not fit into it. */
export function resolveStudy(draft: Draft, data: DataFacts): FrozenStudy {
  const { source: _, models, ...rest } = draft;
  for (const [label, model] of Object.entries(models)) {
    checkSequence(label, model, data);
    for (const { name } of draft.probes ?? []) checkProbe(name, model);
  }
  for (const label of Object.keys(models))
    for (const budget of budgetsOf(draft))
      for (const batchSize of draft.batchSizes) {
        const { seqLen } = models[label];
        const tokens = tokensOf(budget, batchSize, seqLen);
        at('batchSizes', () => lengthOf({ tokens }, { batchSize, seqLen }));
      }
  return {
    ...rest,
    models: Object.fromEntries(Object.entries(models).map(([label, model]) => [label, fitted(model, data)])),
    data: { corpus: data.corpus, fingerprint: data.fingerprint, vocabSize: data.vocabSize },
  };
}

/** The model with the entries that the data need, the mask's among them. */
const fitted = (model: ModelConfig, data: DataFacts): ModelConfig => ({
  ...model,
  vocabSize: entriesFor(model, data.vocabSize),
});

/** Throws UserError, before anything is prepared, when a model cannot be trained on what that corpus holds. */
export function checkCorpus(label: string, model: ModelConfig, corpus: string): void {
  const vocabSize = model.vocabSize - entriesFor(model, 0);
  try {
    checkData(model, { corpus, vocabSize, images: imagesIn(corpus) });
  } catch (error) {
    throw error instanceof UserError ? new UserError(`model ${label}: ${error.message}`) : error;
  }
}

/** Throws UserError when a sequence of the model does not fit into the data. */
export function checkSequence(label: string, { seqLen }: ModelConfig, data: DataFacts): void {
  if (data.images) return;
  for (const [split, { length }] of [
    ['training', data.train],
    ['validation', data.validation],
  ] as const)
    if (length < seqLen + 1)
      throw new UserError(
        `model ${label}: a sequence of ${seqLen} tokens is longer than the ${split} split of ${data.corpus} (${length} tokens); lower seqLen or use a larger corpus`,
      );
}

function modelsOf(file: StudyFile): Record<string, ModelConfig> {
  const models: Record<string, ModelConfig> = {};
  for (const { preset, label, ...overrides } of file.model) {
    if (!Object.hasOwn(modelPresets, preset))
      throw unknown('model', preset, Object.keys(modelPresets), 'no such preset');
    const given: Partial<ModelConfig> = Object.fromEntries(
      Object.entries(overrides).filter(([, value]) => value !== undefined),
    );
    const name =
      label ??
      [
        preset,
        ...Object.entries(given).map(
          ([key, value]) => `${key}${typeof value === 'string' ? '-' : ''}${value}`,
        ),
      ].join('-');
    if (models[name]) throw new UserError(`model: two models are called "${name}"; give them labels`);
    const vocabSize = file.data.vocabSize ?? given.vocabSize ?? modelPresets[preset].vocabSize;
    models[name] = modelPreset(preset, { ...given, vocabSize });
  }
  return models;
}

/** What `f` gives; its UserError says which field it is about. */
function at<T>(field: string, f: () => T): T {
  try {
    return f();
  } catch (error) {
    throw error instanceof UserError ? new UserError(`${field}: ${error.message}`) : error;
  }
}

function resolveArm(file: StudyFile, label: string, arm: StudyFile['optimizers'][string]): ArmConfig {
  const field = `optimizers.${label}`;
  const named = <T>(f: () => T): T => at(field, f);
  const { optimizer: spelt = label } = arm;
  const clipped = named(() =>
    withClip(typeof spelt === 'string' ? spelt : hybridName(spelt), arm.clip ?? file.clip),
  );
  const name = clipped.optimizer;
  const specs = named(() => optimizer(name)).hyper;
  const fixed = { ...clipped.hyper, ...arm.hyper };
  for (const [where, values] of [
    ['hyper', arm.hyper],
    ['axes', arm.axes],
  ] as const)
    for (const key of Object.keys(values))
      if (!Object.hasOwn(specs, key))
        throw unknown(`${field}.${where}`, key, Object.keys(specs), `${name} has no such hyperparameter`);
  const axes = Object.fromEntries(
    Object.entries(arm.axes).map(([key, values]) => {
      if (key in fixed) throw new UserError(`${field}: ${key} is both fixed and tuned (axes); keep one`);
      if (values !== 'default') return [key, [...new Set(values)]];
      const { grid } = specs[key];
      if (!grid) throw new UserError(`${field}.axes.${key}: there are no default values; give a list`);
      return [key, [...grid]];
    }),
  );
  // Every combination once through the registry's checks of range.
  const resolved = combinations(axes).map((combination) =>
    named(() => resolveHyper(name, { ...fixed, ...combination })),
  );
  const hyper = Object.fromEntries(Object.entries(resolved[0]).filter(([key]) => !(key in axes)));
  const schedule = arm.schedule ?? file.schedule;
  if (!Object.hasOwn(schedules, schedule.name))
    throw unknown(
      arm.schedule ? `${field}.schedule.name` : 'schedule.name',
      schedule.name,
      Object.keys(schedules),
      'no such schedule',
    );
  return {
    optimizer: name,
    hyper,
    axes,
    lr: lrOf(file, name, field, arm.lr),
    clip: clipped.clip,
    schedule,
    ...(arm.batchSchedule ? { batchSchedule: growth(`${field}.batchSchedule`, arm.batchSchedule) } : {}),
    ...(arm.microBatch === undefined ? {} : { microBatch: arm.microBatch }),
  };
}

function growth<T extends { name: string }>(field: string, schedule: T): T {
  if (!Object.hasOwn(batchSchedules, schedule.name))
    throw unknown(`${field}.name`, schedule.name, Object.keys(batchSchedules), 'no such batch schedule');
  return schedule;
}

function lrOf(
  file: StudyFile,
  name: string,
  field: string,
  lr: StudyFile['optimizers'][string]['lr'],
): ArmConfig['lr'] {
  if (file.mode === 'grid') {
    const values = lr.values ?? defaultGrid(name, lr.guess).lr;
    return { kind: 'grid', values: [...new Set(values)].sort((a, b) => a - b) };
  }
  if (lr.values)
    throw new UserError(`${field}.lr.values: only mode grid takes values; give lr.guess, or set mode: grid`);
  return { kind: 'bracket', guess: lr.guess ?? optimizer(name).lrGuess, ratio: lr.ratio, carry: lr.carry };
}

function unknown(field: string, name: string, names: string[], what: string): UserError {
  const close = suggest(name, names);
  return new UserError(
    `${field}: ${what}: "${name}"; ${close ? `did you mean "${close}"? (${names.join(', ')})` : `choose one of ${names.join(', ')}`}`,
  );
}
