// The learning rates measured for the playground, and what they gave (basins.json).
import type { Equal } from './race.ts';

export interface Basin {
  optimizer: string;
  batchSize: number;
  given: Equal;
  /** The best rate. */
  lr: number;
  /** Fresh seeds that have been run at that rate, and their validation losses in nats per token. */
  seeds: number[];
  losses: number[];
  /** At the tuning seed, by learning rate; null where the run diverged. */
  tried: { lr: number; loss: number | null }[];
}

export interface Basins {
  /** The command that makes the file. */
  madeBy: string;
  date: string;
  /** Of the data that the runs trained on. */
  fingerprint: string;
  seeds: { tune: number; fresh: number };
  basins: Basin[];
}

/** The basin of an optimizer at a batch size. Throws Error where it was not measured. */
export function basinOf({ basins }: Basins, optimizer: string, batchSize: number, given: Equal): Basin {
  const found = basins.find(
    (basin) => basin.optimizer === optimizer && basin.batchSize === batchSize && basin.given === given,
  );
  if (!found) throw new Error(`no learning rate was measured for ${optimizer} at batch size ${batchSize}`);
  return found;
}

export interface MeasuredGap {
  batchSize: number;
  /** Seeds that both have. */
  seeds: number;
  /** Mean over them, the lowest and the highest, in nats per token. */
  gap: number;
  lo: number;
  hi: number;
}

/**
 * Tuned loss of one optimizer minus that of another, seed by seed, at each batch size where both have a
 * seed.
 */
export function measuredGaps(
  all: Basins,
  { arm, against, given }: { arm: string; against: string; given: Equal },
  batchSizes: readonly number[],
): MeasuredGap[] {
  return batchSizes.flatMap((batchSize) => {
    const [a, b] = [arm, against].map((name) => basinOf(all, name, batchSize, given));
    const gaps = a.seeds.flatMap((seed, i) => {
      const there = b.seeds.indexOf(seed);
      return there < 0 ? [] : [a.losses[i] - b.losses[there]];
    });
    if (gaps.length === 0) return [];
    const gap = gaps.reduce((sum, value) => sum + value, 0) / gaps.length;
    return [{ batchSize, seeds: gaps.length, gap, lo: Math.min(...gaps), hi: Math.max(...gaps) }];
  });
}

/** Rates that a slider offers: quarters of a doubling, two doublings beyond what was tried. */
export function offeredRates({ tried }: Basin): number[] {
  const [least, most] = [tried[0].lr / 4, tried[tried.length - 1].lr * 4];
  const count = Math.round(4 * Math.log2(most / least));
  return Array.from({ length: count + 1 }, (_, i) => least * 2 ** (i / 4));
}

/** Which of the offered rates is nearest to `lr`. */
export function nearest(rates: readonly number[], lr: number): number {
  const far = (rate: number) => Math.abs(Math.log(rate / lr));
  return rates.reduce((best, rate, i) => (far(rate) < far(rates[best]) ? i : best), 0);
}
