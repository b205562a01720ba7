// Runs by their setting: everything but the seed. What is pinned are settings, so
// that all of their seeds are compared.
import { displayName } from '../../../src/analysis/names.ts';
import { hyperKey, type RunRow } from '../../../src/analysis/rows.ts';
import { short } from '../../../src/report/format.ts';

export interface Setting {
  /** Its name in addresses: its first run, with the optimizer where two optimizers share that run. */
  id: string;
  /** The first run of it in the table. */
  run: string;
  optimizer: string;
  batchSize: number;
  label: string;
  runs: RunRow[];
}

const keyOf = ({ optimizer, batchSize, model, tokens, lr, hyper }: RunRow): string =>
  JSON.stringify([optimizer, batchSize, model, tokens, lr, hyperKey(hyper)]);

/** The settings of `rows`. Labels say of model, budget and hyperparameters only what differs between rows. */
export function settingsOf(rows: readonly RunRow[]): Setting[] {
  const differ = (of: (row: RunRow) => unknown) => new Set(rows.map(of)).size > 1;
  const [models, budgets] = [differ((row) => row.model), differ((row) => row.tokens)];
  const varied = [...Map.groupBy(rows, (row) => row.optimizer)]
    .filter(([, own]) => new Set(own.map(({ hyper }) => hyperKey(hyper))).size > 1)
    .map(([optimizer]) => optimizer);
  const named = new Set<string>();
  return [...Map.groupBy(rows, keyOf).values()].map((runs): Setting => {
    const [{ runId, optimizer, batchSize, model, tokens, lr, hyper }] = runs;
    const label = [
      displayName(optimizer),
      `batch ${batchSize}`,
      `rate ${short(lr)}`,
      ...(varied.includes(optimizer) ? [hyperKey(hyper)] : []),
      ...(models ? [model] : []),
      ...(budgets ? [`${tokens.toLocaleString('en-US')} tokens`] : []),
    ];
    const id = named.has(runId) ? `${runId}~${optimizer}` : runId;
    named.add(runId);
    return { id, run: runId, optimizer, batchSize, label: label.join(', '), runs };
  });
}

/**
 * Colours by number, no two alike while there are enough: an arm's own for its first setting,
 * then those left over.
 */
export function slotsOf(settings: readonly Setting[], arms: readonly string[]): number[] {
  const reserved = ['adam', 'sgd', ...arms.filter((arm) => arm !== 'adam' && arm !== 'sgd')];
  const taken = new Set<number>();
  const wanted = new Set(settings.map(({ optimizer }) => reserved.indexOf(optimizer)));
  let next = 0;
  return settings.map(({ optimizer }) => {
    const own = reserved.indexOf(optimizer);
    if (own >= 0 && !taken.has(own)) {
      taken.add(own);
      return own;
    }
    while (taken.has(next) || wanted.has(next)) next++;
    taken.add(next);
    return next;
  });
}
