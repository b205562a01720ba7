// The gap between two tuned optimizers at each batch size, with the uncertainty that seeds leave.
import { closeMargin } from './claims/decide.ts';
import type { Best, Cell } from './frontier.ts';
import { missingOf } from './missing.ts';
import { displayName } from './names.ts';
import { groupBy } from './rows.ts';
import {
  choiceOf,
  type Interval,
  mean,
  plateaus,
  type RateDoubt,
  seedsInterval,
  welchSum,
  withChoice,
} from './stats.ts';
import { type TokensToLoss, tokensToLoss } from './tokens-to-loss.ts';

/** How the interval was computed; `single` has none. */
export type GapMethod = 'paired-t' | 'welch-t' | 'single';

/**
 * Loss of the challenger minus loss of the baseline, in nats per token: positive when the baseline is better.
 */
export interface GapEstimate {
  gap: number;
  /** 95% interval; null when one seed leaves the uncertainty unknown. */
  ci95: Interval | null;
  /** Degrees of freedom of the interval of the seeds; null without one. */
  degrees: number | null;
  /** Seeds the estimate stands on (of the smaller side when unpaired). */
  seeds: number;
  method: GapMethod;
}

/** Its interval counts the seeds and the choice of learning rates. */
export interface Gap extends GapEstimate {
  batchSize: number;
  model: string;
  tokens: number;
  baseline: string;
  challenger: string;
  /** The interval of the seeds alone, and how far the choice of learning rates may move the gap. */
  ci95Seeds: Interval | null;
  choice: RateDoubt;
  /**
   * The gaps of the seeds where they are two groups that are not close, the lower first;
   * null where they are one.
   */
  plateaus: [number[], number[]] | null;
  /** How many times the tokens the challenger needs for the baseline's loss; null with one budget. */
  tokensToLoss: TokensToLoss | null;
  /** The differences seed by seed, where both optimizers have the seed. */
  perSeed: { seed: number; gap: number }[];
  /** Both cells are bracketed; if not, better learning rates may exist and the gap is provisional. */
  bracketed: boolean;
  /** The optimizers whose cell is not bracketed, and whose loss may therefore be lower than it shows. */
  open: ('baseline' | 'challenger')[];
  /** What was planned of either cell and is not known, in words. */
  missing: string[];
  /**
   * Whether both sides stand on fresh seeds. Where not, at least one has only the losses
   * that it was chosen for.
   */
  fresh: boolean;
  /**
   * The same difference at the tuning seeds that both have, to be seen beside it:
   * those losses were chosen for being low.
   */
  tuning: number | null;
}

/**
 * One gap per (model, tokens, batch size) at which both cells have a best run, in the cells' order.
 * It stands on fresh seeds alone. Seeds decide initialisation and data order, so losses are paired by seed:
 * gap and interval come from the differences at common seeds (Student t). Fewer than two common seeds,
 * or seeds that are not the same draw in both cells: difference of means, Welch's interval.
 */
export function gaps(
  cells: readonly Cell[],
  { baseline, challenger }: { baseline: string; challenger: string },
): Gap[] {
  const result: Gap[] = [];
  for (const group of groupBy(cells, (c) => JSON.stringify([c.model, c.tokens, c.batchSize])).values()) {
    const base = group.find((cell) => cell.optimizer === baseline);
    const other = group.find((cell) => cell.optimizer === challenger);
    if (!base?.best || !other?.best) continue;
    const [b, c] = [seedLosses(base.best), seedLosses(other.best)];
    const isPaired = !base.best.unpaired;
    const [tunedB, tunedC] = [base.best, other.best].map(
      ({ tuning }) => new Map(tuning.map(({ seed, valLoss }) => [seed, valLoss])),
    );
    const tuned = [...tunedC.keys()].filter((seed) => tunedB.has(seed));
    const choice = choiceOf([
      { weight: 1, doubt: other.doubt },
      { weight: -1, doubt: base.doubt },
    ]);
    const common = isPaired ? [...c.keys()].filter((seed) => b.has(seed)) : [];
    const perSeed = common.map((seed) => ({ seed, gap: c.get(seed)! - b.get(seed)! }));
    const differences = perSeed.map(({ gap }) => gap);
    const estimated = estimate([...b.values()], [...c.values()], differences);
    const ci95 = withChoice(estimated.ci95, estimated.gap, choice);
    const curve = cells.flatMap(({ best, ...cell }) =>
      best && cell.optimizer === challenger && cell.model === base.model && cell.batchSize === base.batchSize
        ? [{ tokens: cell.tokens, loss: best.valLossMean }]
        : [],
    );
    result.push({
      batchSize: base.batchSize,
      model: base.model,
      tokens: base.tokens,
      baseline,
      challenger,
      ...estimated,
      ci95,
      ci95Seeds: estimated.ci95,
      choice,
      plateaus: plateaus(differences, closeMargin),
      tokensToLoss: tokensToLoss(curve, { tokens: base.tokens, gap: estimated.gap, ci95 }),
      perSeed,
      bracketed: base.bracketed && other.bracketed,
      open: [
        ...(base.bracketed ? [] : (['baseline'] as const)),
        ...(other.bracketed ? [] : (['challenger'] as const)),
      ],
      missing: [base, other].flatMap((cell) =>
        missingOf(cell).map(
          (what) => `${what} (${displayName(cell.optimizer)} at batch size ${cell.batchSize})`,
        ),
      ),
      fresh: base.best.fresh && other.best.fresh,
      tuning: tuned.length > 0 ? mean(tuned.map((seed) => tunedC.get(seed)! - tunedB.get(seed)!)) : null,
    });
  }
  return result;
}

/** `differences`: seed by seed, at the seeds that both have and that are the same draw. */
function estimate(
  base: readonly number[],
  challenger: readonly number[],
  differences: readonly number[],
): GapEstimate {
  if (differences.length >= 2)
    return {
      ...{ gap: mean(differences), seeds: differences.length, method: 'paired-t' },
      ...seedsInterval(differences)!,
    };
  const welch = welchSum([
    { weight: 1, values: challenger },
    { weight: -1, values: base },
  ]);
  const unpaired = mean(challenger) - mean(base);
  const seeds = Math.min(challenger.length, base.length);
  if (welch) return { gap: unpaired, ...welch, seeds, method: 'welch-t' };
  return { gap: differences[0] ?? unpaired, ci95: null, degrees: null, seeds: 1, method: 'single' };
}

function seedLosses(best: Best): Map<number, number> {
  return new Map(best.seeds.map((seed, i) => [seed, best.valLossSeeds[i]]));
}
