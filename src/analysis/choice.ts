// Which setting tuning chose, and how surely: the choice is made on tuning seeds alone,
// and noise between seeds may have made it.
import { t95 } from '../core/student.ts';
import { hyperKey } from './rows.ts';
import { mean } from './stats.ts';

/**
 * A setting of a cell with its losses on the tuning seeds that were judged, in the order of the seeds;
 * Infinity: diverged.
 */
export interface Tried {
  lr: number;
  hyper: Record<string, number>;
  losses: readonly number[];
}

/**
 * The setting with the least mean loss among those with the most tuning seeds: only
 * the last candidates get more than one. A setting that diverged in any of them is out.
 * Of equals the lower learning rate, then the text of the hyperparameters: never the order of arrival.
 */
export function chosen<T extends Tried>(settings: readonly T[]): T | undefined {
  const finite = settings.filter(({ losses }) => losses.length > 0 && losses.every(Number.isFinite));
  const most = Math.max(...finite.map(({ losses }) => losses.length));
  const last = finite.filter(({ losses }) => losses.length === most);
  const means = last.map(({ losses }) => mean(losses));
  const least = Math.min(...means);
  return last
    .filter((_, i) => means[i] === least)
    .sort((a, b) => a.lr - b.lr || compareText(hyperKey(a.hyper), hyperKey(b.hyper)))[0];
}

// Not localeCompare: the order must not depend on the machine's language.
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * How much the loss varies between seeds: a standard deviation, and from how many
 * degrees of freedom it is known.
 */
export interface Noise {
  sd: number;
  degrees: number;
}

/** Pooled over settings with several seeds; null where no setting has two. */
export function spread(settings: readonly (readonly number[])[]): Noise | null {
  let [squares, degrees] = [0, 0];
  for (const losses of settings) {
    if (losses.length < 2 || !losses.every(Number.isFinite)) continue;
    const m = mean(losses);
    squares += losses.reduce((sum, x) => sum + (x - m) ** 2, 0);
    degrees += losses.length - 1;
  }
  return degrees > 0 ? { sd: Math.sqrt(squares / degrees), degrees } : null;
}

/**
 * Up to which difference of two mean losses, of `seeds` seeds each, noise may have made it:
 * Student's t at 95%.
 */
export const noiseOf = ({ sd, degrees }: Noise, seeds: number): number =>
  t95(degrees) * sd * Math.sqrt(2 / seeds);

export interface Separation {
  /** Settings whose loss is above that of the chosen one by no more than noise may make, the least first. */
  rivals: { lr: number; hyper: Record<string, number> }[];
  /**
   * How much lower than the chosen setting the best may be for all that the tuning seeds tell, in nats:
   * 0 when it is separated.
   */
  doubt: number;
}

/**
 * Compares the chosen setting with every other one on the tuning seeds that both have.
 * What is doubted is how far the lower end of the difference lies below zero.
 */
export function separation<T extends Tried>(best: T, settings: readonly T[], noise: Noise): Separation {
  const others = settings
    .filter((one) => one !== best && one.losses.length > 0 && one.losses.every(Number.isFinite))
    .map((one) => {
      const seeds = Math.min(one.losses.length, best.losses.length);
      const above = mean(one.losses.slice(0, seeds)) - mean(best.losses.slice(0, seeds));
      return { one, below: noiseOf(noise, seeds) - above };
    })
    .filter(({ below }) => below > 0)
    .sort((a, b) => b.below - a.below || a.one.lr - b.one.lr);
  return {
    rivals: others.map(({ one: { lr, hyper } }) => ({ lr, hyper })),
    doubt: Math.max(0, ...others.map(({ below }) => below)),
  };
}
