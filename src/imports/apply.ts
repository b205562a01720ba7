// Foreign runs under a mapping: runs of gaplab's kind, and those that cannot be mapped with the reason.

import type { CurvePoint } from '../analysis/rows.ts';
import { hyperKey } from '../analysis/rows.ts';
import { UserError } from '../core/errors.ts';
import { type ForeignResult, hasChoice, inNats, judgeRun, lastStep, seriesOf } from './judge.ts';
import type { Mapping } from './mapping.ts';
import type { ForeignRun } from './run.ts';
import { lookUp, nameOf, numberAt } from './values.ts';

export interface ImportedRun extends ForeignResult {
  name: string;
  where: string;
  optimizer: string;
  model: string;
  batchSize: number;
  steps: number;
  /** Budget: that of the runs that it is compared with. */
  tokens: number;
  tokensPerSequence: number;
  lr: number;
  hyper: Record<string, number>;
  seed: number;
  trainLoss: number | null;
  curve: CurvePoint[];
}

export interface Applied {
  runs: ImportedRun[];
  /** Runs that cannot be mapped. */
  left: { name: string; where: string; why: string }[];
  /** What was assumed, for people. */
  notes: string[];
}

/** Throws UserError for a mapping that lacks what every run needs, and where a choice has not been made. */
export function applyMapping(foreign: readonly ForeignRun[], mapping: Mapping): Applied {
  for (const field of ['optimizer', 'lr', 'batchSize', 'valLoss'] as const)
    if (mapping[field] === undefined)
      throw new UserError(
        `no name was found for ${field}; write it into the mapping, as ${field}: NAME or ${field}: {value: ...} (names: ${allNames(foreign)})`,
      );
  if (mapping.take === undefined && hasChoice(foreign, mapping))
    throw new UserError(
      'the runs have several losses each: say which one counts with --loss final, --loss best, or --loss mean:0.1 for the mean of the last tenth',
    );
  const notes: string[] = [];
  if (mapping.tokensPerSequence === undefined && mapping.tokens === undefined)
    notes.push('tokensPerSequence is not known: budgets are counted in sequences');
  const lengths = lengthsBySeries(foreign, mapping);
  const left: Applied['left'] = [];
  const runs = foreign.flatMap((run): ImportedRun[] => {
    const made = one(run, mapping, lengths);
    if (typeof made !== 'string') return [made];
    left.push({ name: run.name, where: run.where, why: made });
    return [];
  });
  budgets(runs, notes);
  return { runs: seeds(runs, mapping, left, notes), left, notes };
}

const allNames = (runs: readonly ForeignRun[]): string => {
  const names = [
    ...new Set(runs.flatMap(({ config, summary, series }) => [config, summary, series].flatMap(Object.keys))),
  ];
  return names.length === 0 ? 'none' : `${names.slice(0, 20).join(', ')}${names.length > 20 ? ', ...' : ''}`;
};

/** The longest run of a batch size and model: a diverged one is shorter than it was to be. */
function lengthsBySeries(foreign: readonly ForeignRun[], mapping: Mapping): Map<string, number> {
  const longest = new Map<string, number>();
  for (const run of foreign) {
    const key = lengthKey(run, mapping);
    longest.set(key, Math.max(longest.get(key) ?? 0, lastStep(run, mapping) ?? 0));
  }
  return longest;
}
const lengthKey = (run: ForeignRun, { batchSize, model }: Mapping): string =>
  JSON.stringify([numberAt(run, batchSize), model && lookUp(run, model)]);

/** The run, or why it cannot be mapped. */
function one(run: ForeignRun, mapping: Mapping, lengths: ReadonlyMap<string, number>): ImportedRun | string {
  const lr = numberAt(run, mapping.lr);
  const batchSize = numberAt(run, mapping.batchSize);
  const optimizer = lookUp(run, mapping.optimizer!);
  if (lr === undefined || !(lr > 0 && Number.isFinite(lr)))
    return `no learning rate above 0 (${nameOf(mapping.lr)})`;
  if (batchSize === undefined || !(Number.isInteger(batchSize) && batchSize > 0))
    return `no whole batch size above 0 (${nameOf(mapping.batchSize)})`;
  if (optimizer === undefined || optimizer === null || optimizer === '')
    return `no optimizer (${nameOf(mapping.optimizer)})`;
  const perSequence = numberAt(run, mapping.tokensPerSequence) ?? 1;
  const given = numberAt(run, mapping.tokens);
  const steps =
    numberAt(run, mapping.steps) ??
    (given === undefined
      ? lengths.get(lengthKey(run, mapping)) || undefined
      : Math.floor(given / (batchSize * perSequence)));
  if (steps === undefined || !(steps >= 1)) return 'nothing says how long it was (steps or tokens)';
  const hyper: Record<string, number> = {};
  for (const [name, place] of Object.entries(mapping.hyper ?? {})) {
    const value = numberAt(run, place);
    if (value !== undefined && Number.isFinite(value)) hyper[name] = value;
  }
  const tokens = given ?? Math.floor(steps) * batchSize * perSequence;
  if (tokens < batchSize * perSequence) return `its budget of ${tokens} tokens is less than one batch`;
  const seed = numberAt(run, mapping.seed);
  if (seed !== undefined && !(Number.isInteger(seed) && seed >= 0)) return `its seed is ${seed}`;
  const curve = curveOf(run, mapping, batchSize * perSequence);
  return {
    name: run.name,
    where: run.where,
    optimizer: labelOf(String(optimizer)),
    model: mapping.model === undefined ? 'model' : String(lookUp(run, mapping.model) ?? 'model'),
    batchSize,
    steps: Math.floor(steps),
    tokens,
    tokensPerSequence: perSequence,
    lr,
    hyper,
    seed: seed ?? 0,
    ...judgeRun(run, mapping, Math.floor(steps)),
    trainLoss: curve.findLast(({ loss }) => Number.isFinite(loss))?.loss ?? null,
    curve,
  };
}

/** `AdamW` and `adamw` are one arm; what no label may hold becomes `-`. */
const labelOf = (optimizer: string): string =>
  optimizer
    .trim()
    .toLowerCase()
    .replace(/^torch\.optim\.(\w+\.)?/, '')
    .replace(/[^\w.#+-]+/g, '-');

function curveOf(run: ForeignRun, mapping: Mapping, perStep: number): CurvePoint[] {
  const points = new Map<number, CurvePoint>();
  const add = (place: Mapping['valLoss'], set: (point: CurvePoint, loss: number) => void) => {
    const series = seriesOf(run, place);
    series?.steps.forEach((step, i) => {
      const point = points.get(step) ?? { step, tokens: step * perStep, loss: Number.NaN };
      points.set(step, point);
      set(point, inNats(series.values[i], mapping));
    });
  };
  add(mapping.trainLoss, (point, loss) => {
    point.loss = loss;
  });
  add(mapping.valLoss, (point, loss) => {
    if (Number.isFinite(loss)) point.valLoss = loss;
  });
  return [...points.values()].sort((a, b) => a.step - b.step);
}

/** Budgets that differ by whole batches alone are one: those within 2% of each other, at the largest. */
function budgets(runs: ImportedRun[], notes: string[]): void {
  const NEAR = 1.02;
  const all = [...new Set(runs.map(({ tokens }) => tokens))].sort((a, b) => b - a);
  const joined = new Map<number, number>();
  for (const tokens of all) {
    const head = [...joined.values()].find((one) => one >= tokens && one <= tokens * NEAR);
    joined.set(tokens, head ?? tokens);
  }
  const budgets = new Set(joined.values()).size;
  if (budgets < all.length)
    notes.push(`${all.length} budgets within 2% of each other are taken for ${budgets}`);
  for (const run of runs) run.tokens = joined.get(run.tokens)!;
}

/**
 * Equal runs without a seed are repetitions. With one, a run that failed was tried again; two that ended are
 * duplicates, which would make a cell look surer than it is.
 */
function seeds(runs: ImportedRun[], mapping: Mapping, left: Applied['left'], notes: string[]): ImportedRun[] {
  const key = (run: ImportedRun) =>
    JSON.stringify([run.optimizer, run.model, run.batchSize, run.tokens, run.lr, hyperKey(run.hyper)]);
  const kept: ImportedRun[] = [];
  for (const same of Map.groupBy(runs, key).values()) {
    // The first repetition stands for its setting in the search, so a failed one
    // must not hide those that ended.
    if (mapping.seed === undefined)
      same
        .toSorted((a, b) => Number(a.status === 'failed') - Number(b.status === 'failed'))
        .forEach((run, i) => (run.seed = i));
    for (const twins of Map.groupBy(same, ({ seed }) => seed).values()) {
      const ended = twins.filter(({ status }) => status !== 'failed');
      if (ended.length > 1)
        throw new UserError(
          `${ended[0].name} (${ended[0].where}) and ${ended[1].name} (${ended[1].where}) are equal in all that is mapped, seed ${ended[1].seed} included: map what tells them apart under hyper, or leave one out`,
        );
      const one = ended[0] ?? twins[0];
      kept.push(one);
      for (const { name, where, reason } of twins.filter((run) => run !== one))
        left.push({ name, where, why: `failed (${reason}), and ${one.name} is the same run` });
    }
  }
  if (mapping.seed === undefined && kept.some(({ seed }) => seed > 0))
    notes.push('no seed is mapped: runs that are equal in all else count as repetitions with other seeds');
  return kept;
}
