// What bounds everything: the fastest product of matrices and the fastest copy that this
// machine does on one core.
import type { Timing } from './serve.ts';
import type { BenchSide } from './sides.ts';
import { type Spread, summary } from './stats.ts';
import { type Runner, runner, takeTurns } from './turns.ts';

export interface CeilingRow {
  what: string;
  unit: string;
  by: string;
  rate: Spread;
}

/** The best product, kept running: comparisons take turns with it. */
export interface Ceiling {
  what: string;
  run: Runner;
  /** Of one product. */
  flop: number;
  close(): Promise<void>;
}

/** Floats of a copy: far more than a cache holds. */
const COPY = 2 ** 26;

export interface Ceilings {
  rows: CeilingRow[];
  best: Ceiling;
  versions: Record<string, string>;
}

/** Products of `sizes` squared and a copy by every side, all sides in turns. */
export async function ceilings(
  sides: readonly BenchSide[],
  { sizes, pairs, milliseconds }: { sizes: readonly number[]; pairs: number; milliseconds: number },
): Promise<Ceilings> {
  const processes = await Promise.all(sides.map((side) => side.start(1)));
  const rows: CeilingRow[] = [];
  let best = { rate: 0, side: 0, size: sizes[0] };
  const measure = async (setup: object) => {
    for (const process of processes) await process.ask({ setup });
    return takeTurns(processes.map(runner), { pairs, milliseconds });
  };
  const rates = (work: number, times: Timing[]) => summary(times.map(({ ms }) => work / (ms * 1e6)));
  for (const size of sizes)
    for (const [i, times] of (await measure({ product: size })).entries()) {
      const rate = rates(2 * size ** 3, times);
      rows.push({ what: `product of ${size} squares`, unit: 'GFLOP/s', by: sides[i].name, rate });
      if (rate.median > best.rate) best = { rate: rate.median, side: i, size };
    }
  // Read and written.
  for (const [i, times] of (await measure({ copy: COPY })).entries())
    rows.push({
      what: 'copy, read and written',
      unit: 'GB/s',
      by: sides[i].key === 'ort' ? 'typed arrays' : 'numpy',
      rate: rates(8 * COPY, times),
    });
  const versions = Object.assign({}, ...processes.map(({ hello }) => hello));
  const keep = processes[best.side];
  for (const process of processes) if (process !== keep) await process.close();
  await keep.ask({ setup: { product: best.size } });
  const ceiling: Ceiling = {
    what: `${sides[best.side].name}, ${best.size} squares`,
    run: runner(keep),
    flop: 2 * best.size ** 3,
    close: () => keep.close(),
  };
  return { rows, best: ceiling, versions };
}
