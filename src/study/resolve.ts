// From a study file to the frozen study: names looked up, defaults filled in, impossible
// wishes refused before any training.

import { budgetsOf, tokensOf } from '../analysis/budgets.ts';
import { USUAL_CANDIDATES } from '../analysis/tuning.ts';
import { UserError } from '../core/errors.ts';
import { imagesIn, type PrepareOptions, type ReadingOptions } from '../data/index.ts';
import type { ModelConfig } from '../model/config.ts';
import { parameters } from '../model/parameters.ts';
import { checkGroups } from '../optim/names.ts';
import { optimizer } from '../optim/registry.ts';
import { filesIn } from '../script/version.ts';
import type { FrozenStudy, TrainerConfig } from '../store/schemas.ts';
import { lengthOf } from '../train/budget.ts';
import { checkProbe, resolveOptions } from '../train/probes/registry.ts';
import { type Problem, Problems } from './problems.ts';
import { armsOf } from './resolve-arm.ts';
import { checkSequence, type DataFacts, fitted, modelsOf } from './resolve-model.ts';
import { scriptArmsOf, trainerOf } from './resolve-script.ts';
import type { StudyFile } from './schema.ts';

/** Measurements of a probe in a run: enough to see where things change. */
const DEFAULT_TIMES = 10;

/** More are a slip: a plan of them takes minutes each time. */
const MOST_CELLS = 10_000;

/** Everything of a study that does not depend on its data. */
export type Draft = Omit<FrozenStudy, 'data' | 'models'> & {
  /** Those of gaplab; a script's is its own affair. */
  models: Record<string, ModelConfig>;
  /** Absent where a script trains. */
  source?: Pick<PrepareOptions, 'corpus' | 'vocabSize' | 'tokenizer' | keyof ReadingOptions>;
};

/**
 * Resolves what can be resolved without data. Throws UserErrors: unknown names,
 * values out of range, arms that do not fit.
 */
export function draftStudy(file: StudyFile): Draft {
  const problems = new Problems();
  const draft = drafted(file, problems);
  problems.refuse();
  return draft;
}

/** Everything that `draftStudy` would refuse. */
export function draftProblems(file: StudyFile): Problem[] {
  const problems = new Problems();
  drafted(file, problems);
  return problems.found;
}

/** The draft; where there are problems, a part of it. */
function drafted(file: StudyFile, problems: Problems): Draft {
  const trainer = file.trainer && trainerOf(file, problems);
  const models = file.trainer ? {} : modelsOf(file, problems);
  const { corpus } = file.data;
  const arms = file.trainer ? scriptArmsOf(file, problems) : armsOf(file, problems);
  if (!file.trainer) refuseArgs(file, problems);
  for (const [label, { optimizer: name }] of Object.entries(arms))
    for (const model of Object.values(models))
      problems.at(['optimizers', label], () => checkGroups(name, parameters(model)));
  const batchSizes = ascending(file.batchSizes);
  const budgets = {
    tokens: ascending(file.tokens ?? []),
    ...(file.steps ? { steps: ascending(file.steps) } : {}),
  };
  if (!file.tokens && !file.steps)
    problems.add(
      ['tokens'],
      'a study needs a budget per run, in tokens (or in steps); write it as tokens: 300000',
    );
  const lengths = file.trainer
    ? [file.trainer.tokensPerSequence ?? 1]
    : Object.values(models).map((m) => m.seqLen);
  for (const seqLen of lengths)
    for (const budget of budgetsOf(budgets))
      for (const batchSize of batchSizes)
        problems.at(['batchSizes'], () =>
          lengthOf({ tokens: tokensOf(budget, batchSize, seqLen) }, { batchSize, seqLen }),
        );
  const cells = lengths.length * budgetsOf(budgets).length * batchSizes.length * Object.keys(arms).length;
  if (cells > MOST_CELLS)
    problems.add(
      ['batchSizes'],
      `models x budgets x batch sizes x optimizers make ${cells.toLocaleString('en-US')} cells, more than ${MOST_CELLS.toLocaleString('en-US')}; split the study`,
    );
  const vocabSize =
    file.data.vocabSize ?? (imagesIn(corpus) ? undefined : Object.values(models)[0]?.vocabSize);
  return {
    schema: 1,
    name: file.name,
    title: file.title ?? file.name,
    description: file.description,
    ...(file.experiment === undefined ? {} : { experiment: file.experiment }),
    ...(file.size === undefined ? {} : { size: file.size }),
    models,
    ...(file.trainer ? { trainer } : { source: { ...file.data, vocabSize } }),
    ...budgets,
    batchSizes,
    optimizers: arms,
    maxPoints: file.maxPoints,
    ...tunerOf(file),
    seeds: file.seeds,
    eval: file.eval,
    microBatch: file.microBatch ?? null,
    ...compared(file, problems),
    ...(file.probes
      ? { probes: file.probes.flatMap((one, i) => probeOf(file, one, i, problems) ?? []) }
      : {}),
    ...(file.theory ? { theory: distinct(file.theory, problems) } : {}),
    ...engineOf(file, problems),
  };
}

/** Text that is handed to a script has no meaning for gaplab's own optimizers. */
function refuseArgs(file: StudyFile, problems: Problems): void {
  for (const [label, { args }] of Object.entries(file.optimizers))
    if (args)
      problems.add(
        ['optimizers', label, 'args'],
        "arguments are for a script of your own (trainer:); hyperparameters of gaplab's optimizers stand in hyper",
      );
}

/** Absent where it is as usual. */
function engineOf({ engine, dtype }: StudyFile, problems: Problems): Pick<Draft, 'engine' | 'dtype'> {
  if (engine === 'torch') return { engine, ...(dtype === 'bfloat16' ? { dtype } : {}) };
  if (dtype !== 'float32')
    problems.add(['dtype'], `${dtype} is for PyTorch: add engine: torch, or leave dtype out`);
  return {};
}

/** What is as usual is not named, so that studies of before are the same study. */
function tunerOf({ tuner: { candidates, ...tuner } }: StudyFile): Pick<Draft, 'tuner'> {
  const isPlain = tuner.probe === 0 && tuner.halve === 0 && tuner.seeds === 1;
  if (isPlain) return {};
  return { tuner: candidates === USUAL_CANDIDATES ? tuner : { ...tuner, candidates } };
}

const ascending = (values: readonly number[]) => [...new Set(values)].sort((a, b) => a - b);

/** The two arms whose difference is the gap; null for a study of one arm. */
function compared(file: StudyFile, problems: Problems): Pick<Draft, 'baseline' | 'challenger'> {
  const labels = Object.keys(file.optimizers);
  for (const field of ['baseline', 'challenger'] as const) {
    const label = file[field];
    if (label !== undefined && !labels.includes(label))
      problems.unknown([field], label, labels, 'no such arm');
  }
  if (file.baseline !== undefined && file.baseline === file.challenger)
    problems.add(['challenger'], `"${file.challenger}" is the baseline too; name two different arms`);
  const baseline =
    file.baseline ??
    (labels.includes('adam') && file.challenger !== 'adam'
      ? 'adam'
      : labels.findLast((label) => label !== file.challenger));
  const challenger = file.challenger ?? labels.find((label) => label !== baseline);
  return challenger === undefined
    ? { baseline: null, challenger: null }
    : { baseline: baseline ?? null, challenger };
}

/** Labs have files by their names, which some systems compare without upper and lower case. */
function distinct(labs: NonNullable<StudyFile['theory']>, problems: Problems): typeof labs {
  const names = labs.map(({ name }) => name.toLowerCase());
  const twice = names.findIndex((name, i) => names.indexOf(name) < i);
  if (twice >= 0)
    problems.add(['theory', twice], `two labs are called "${names[twice]}"; give each a name of its own`);
  return labs;
}

type ProbeEntry = NonNullable<StudyFile['probes']>[number];

function probeOf(file: StudyFile, entry: ProbeEntry, i: number, problems: Problems) {
  const { name, every, times = DEFAULT_TIMES, optimizers: compared, runs } = entry;
  return problems.at(['probes', i], (): NonNullable<FrozenStudy['probes']>[number] => {
    for (const one of compared ?? []) optimizer(one);
    const options = resolveOptions(name, entry.options);
    if (runs === 'winners' && file.seeds.fresh < 1)
      throw new UserError(
        'winners are probed in their fresh seeds, and seeds.fresh is 0: raise it, or set runs: all',
      );
    const pace = every === undefined ? { times } : { every };
    return { name, options, ...(compared ? { optimizers: compared } : {}), pace, runs };
  });
}

/** The study of a script, whose data nobody knows here. */
export function resolveScript(draft: Draft & { trainer: TrainerConfig }): FrozenStudy {
  const { source: _, models: __, trainer, ...rest } = draft;
  const { command, program, tokensPerSequence } = trainer;
  const [name = 'script'] = [
    ...(program === undefined ? [] : [program]),
    ...filesIn(command, program, trainer.folder),
  ];
  const model = {
    seqLen: tokensPerSequence ?? 1,
    per: tokensPerSequence === undefined ? 'prediction' : 'token',
  };
  return { ...rest, trainer, models: { [name]: model } };
}

/** Adds the data. Throws UserError when a sequence does not fit into it. */
export function resolveStudy(
  draft: Draft,
  data: DataFacts,
): FrozenStudy & { models: Record<string, ModelConfig> } {
  const { source: _, models, ...rest } = draft;
  for (const [label, model] of Object.entries(models)) {
    checkSequence(label, model, data);
    for (const { name } of draft.probes ?? []) checkProbe(name, model);
  }
  return {
    ...rest,
    models: Object.fromEntries(Object.entries(models).map(([label, model]) => [label, fitted(model, data)])),
    data: { corpus: data.corpus, fingerprint: data.fingerprint, vocabSize: data.vocabSize },
  };
}
