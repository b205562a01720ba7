// A study as the advisor sees it: what was tuned in it, and what else it measured.
import { closeMargin } from '../analysis/claims/decide.ts';
import { bySeed, criticalBatch } from '../analysis/critical.ts';
import type { Cell } from '../analysis/frontier.ts';
import { geometricMean, noisePredictions, openings, overTraining } from '../analysis/opening.ts';
import { countByKind } from '../model/cost.ts';
import { parameterCount } from '../model/parameters.ts';
import type { LoadedStudy, Summary } from '../report/types.ts';
import { isOwnModel } from '../store/schemas.ts';
import type { OwnStudy } from './given.ts';

/** One model and budget of the study. */
export function ownStudy(loaded: LoadedStudy, summary: Summary, group: Summary['groups'][number]): OwnStudy {
  const { study } = loaded;
  const tokens = group.tokens ?? Math.max(...summary.cells.map((cell) => cell.tokens));
  const isOf = (one: { model: string; tokens: number }) =>
    one.model === group.model && (group.tokens === null || one.tokens === group.tokens);
  const cells = summary.cells.filter(isOf);
  const gaps = group.gaps.filter((gap) => gap.challenger === summary.challenger);
  const rows = loaded.rows.filter(isOf).filter(({ status }) => status === 'done');
  const of = (arm: string) => rows.filter(({ optimizer }) => optimizer === arm);
  const predicted = sizes(of('adam'), 'momentum');
  const shape = study.models[group.model];
  const model = isOwnModel(shape) ? shape : null;
  const parameters = model && parameterCount(model);
  const kinds = model && countByKind(model);
  return {
    ...{ name: study.name, model, parameters, tokens, cells, gaps },
    inner: parameters === null || kinds === null ? null : parameters - kinds.embedding - kinds.head,
    openings: openings(gaps, closeMargin),
    predicted,
    noiseScale: sizes(of('sgd'), 'noiseScale')?.at ?? null,
    bestAdam: bestAdam(cells, tokens),
    critical: criticalOf(rows, cells, group.model, tokens),
    weightDecay: decayOf(cells, study.optimizers.adam?.axes ?? {}),
  };
}

function sizes(rows: LoadedStudy['rows'], kind: 'momentum' | 'noiseScale'): OwnStudy['predicted'] {
  const found = rows.flatMap((row) => overTraining(noisePredictions(row), kind) ?? []);
  const at = geometricMean(found.map((size) => size.at));
  if (at === null) return null;
  const isExact = found.every(({ bound }) => bound === 'exact');
  return {
    at,
    bound: isExact ? 'from all its measurements' : 'at least, since some measurements are bounds',
  };
}

function bestAdam(cells: readonly Cell[], tokens: number): OwnStudy['bestAdam'] {
  const tuned = cells
    .filter(({ optimizer, best, bracketed }) => optimizer === 'adam' && best !== null && bracketed)
    .sort((a, b) => a.batchSize - b.batchSize);
  if (tuned.length < 3) return null;
  const best = tuned.reduce((a, b) => (b.best!.valLossMean < a.best!.valLossMean ? b : a));
  const at = tuned.indexOf(best);
  return { batchSize: best.batchSize, tokens, inside: at > 0 && at < tuned.length - 1 };
}

/** Of Adam: up to which batch size a loss that all its winners reach takes at most a fifth more tokens. */
function criticalOf(
  rows: LoadedStudy['rows'],
  cells: readonly Cell[],
  model: string,
  tokens: number,
): OwnStudy['critical'] {
  const found = bySeed(rows, cells, model, ['adam']).flatMap(({ arms }) => {
    const one = criticalBatch(arms.adam ?? [], 'linear');
    return one?.bound === 'exact' ? [one.at] : [];
  });
  const at = geometricMean(found);
  return at === null ? null : { at, tokens };
}

function decayOf(cells: readonly Cell[], axes: Record<string, unknown>): OwnStudy['weightDecay'] {
  if (!('weightDecay' in axes)) return null;
  const cell = cells.find(
    ({ optimizer, best }) => optimizer === 'adam' && (best?.hyper.weightDecay ?? 0) > 0,
  );
  return cell
    ? { value: cell.best!.hyper.weightDecay, batchSize: cell.batchSize, tokens: cell.tokens }
    : null;
}
