// What was measured, as tables for people.
import type { Ceilings } from './ceilings.ts';
import type { CaseResult, SideResult } from './compare.ts';
import type { Scaled } from './scaling.ts';
import type { Spread } from './stats.ts';
import { digits, range } from './stats.ts';
import { table } from './table.ts';

export interface Startup {
  model: string;
  repeat: number;
  /** Milliseconds since the process was started. */
  times: Record<string, Spread>;
}

export const ceilingTable = ({ rows, best }: Ceilings): string =>
  `${table([
    ['ceiling, one core', 'by', 'rate: median (min .. max)', 'unit'],
    ...rows.map(({ what, by, rate, unit }) => [what, by, range(rate), unit]),
  ])}\n100% below: ${best.what}, measured again beside every row.`;

const percent = (share: number | undefined) => (share === undefined ? '-' : `${(100 * share).toFixed(0)}%`);

/** Below some millions of parameters the process itself hides the model. */
const perParameter = (side: SideResult, compared: CaseResult) =>
  compared.parameters < 5e6 ? '-' : side.bytesPerParameter.toFixed(1);

const HEAD = [
  'model',
  'batch',
  'optimizer',
  'by',
  'ms a step: median (min .. max)',
  'least CPU ms',
  'tokens/s',
  'of ceiling',
  'MiB',
  'bytes/parameter',
  'time / gaplab',
  'way',
];

export function comparedTable(list: readonly CaseResult[]): string {
  const rows = list.flatMap((compared) => {
    const { cell, sides, absent } = compared;
    const name = [cell.model, String(cell.batchSize), cell.optimizer];
    if (cell.threads > 1) name[0] += `, ${cell.threads} threads`;
    return [
      ...sides.map((side) => [
        ...name,
        side.name,
        range(side.ms),
        digits(side.cpu),
        digits(side.tokensPerSecond),
        percent(side.share),
        (side.rss / 2 ** 20).toFixed(0),
        perParameter(side, compared),
        side.ratio ? range(side.ratio) : '1',
        side.way,
      ]),
      ...absent.map(({ name: by, why }) => [...name, by, ...Array.from({ length: 7 }, () => '-'), why]),
    ];
  });
  return table([HEAD, ...rows]);
}

export const scaledTable = (list: readonly Scaled[]): string =>
  table([
    ['two cores', 'model', 'batch', 'times the tokens/s of one run on one thread'],
    ...list.map(({ what, model, batchSize, gain }) => [what, model, String(batchSize), range(gain)]),
  ]);

export const startupTable = ({ model, repeat, times }: Startup): string =>
  table([
    [`start of ${model}`, `milliseconds from process start: median (min .. max) of ${repeat}`],
    ...Object.entries(times).map(([what, ms]) => [what, range(ms)]),
  ]);
