// Three arms or more: which is best at each batch size, and how far behind it the others are.
import type { Cell } from '../analysis/frontier.ts';
import { gaps } from '../analysis/gap.ts';
import { displayName } from '../analysis/names.ts';
import { groupBy } from '../analysis/rows.ts';
import { fixed, list, range } from './format.ts';

/**
 * `cells` of one model and budget. The winners of all batch sizes first, then every
 * arm at the smallest and the largest.
 */
export function rankingSentences(cells: readonly Cell[], per: string, sizes: 'ends' | 'largest'): string[] {
  const ranked = [...groupBy(cells, (cell) => String(cell.batchSize)).values()].flatMap((own) => {
    const order = own.filter((cell) => cell.best).sort((a, b) => a.best!.valLossMean - b.best!.valLossMean);
    return order.length > 0 ? [order] : [];
  });
  if (ranked.length === 0) return ['No batch size has a tuned loss yet.'];
  const last = ranked[ranked.length - 1];
  const ends = sizes === 'largest' ? [last] : [...new Set([ranked[0], last])];
  const winners = [...groupBy(ranked, ([first]) => first.optimizer)].map(
    ([arm, own]) => `${displayName(arm)} at ${list(own.map(([{ batchSize }]) => batchSize))}`,
  );
  const first = ranked.length > 1 ? [`The lowest mean loss by batch size: ${list(winners)}.`] : [];
  return [...first, ...ends.flatMap((order) => atOneSize(order, per))];
}

function atOneSize([first, ...others]: readonly Cell[], per: string): string[] {
  const best = displayName(first.optimizer);
  const sentence = `At batch size ${first.batchSize} ${best} has the lowest mean loss, ${fixed(first.best!.valLossMean)} nats per ${per}`;
  if (others.length === 0) return [`${sentence}.`];
  const unsure: string[] = [];
  let hasInterval = false;
  const behind = others.map((cell) => {
    const name = displayName(cell.optimizer);
    const [gap] = gaps([first, cell], { baseline: first.optimizer, challenger: cell.optimizer });
    if (!gap.ci95) return `${name} by ${fixed(gap.gap)}`;
    hasInterval = true;
    if (gap.ci95[0] <= 0) unsure.push(name);
    return `${name} by ${fixed(gap.gap)} (${range(gap.ci95)})`;
  });
  const intervals = hasInterval ? ', with 95% intervals' : '';
  return [
    `${sentence}. Behind it${intervals}: ${list(behind)}.`,
    ...(unsure.length > 0
      ? [
          `At batch size ${first.batchSize} these seeds cannot tell ${list(unsure)} from ${best}: ${unsure.length === 1 ? 'the interval includes' : 'the intervals include'} zero.`,
        ]
      : []),
  ];
}
