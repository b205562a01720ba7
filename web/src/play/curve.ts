// A loss curve as it grows: smoothed, and thinned to what a figure can show.

export interface Curve {
  /** The loss of step `step`, after `tokens` tokens. */
  add(tokens: number, loss: number): void;
  /** Smoothed, the last one included. */
  points(): { x: number; y: number }[];
  /** The smoothed loss; undefined before the first. */
  readonly last: number | undefined;
}

/** More points than this are one pixel each. */
const MOST = 300;

/**
 * Of `steps` steps. The average forgets over a fiftieth of the run and is unbiased from the first step on,
 * as Adam's are.
 */
export function createCurve(steps: number): Curve {
  const keep = 1 - 1 / Math.max(1, steps / 50);
  const every = Math.max(1, Math.ceil(steps / MOST));
  const kept: { x: number; y: number }[] = [];
  let [sum, weight, count] = [0, 0, 0];
  let latest: { x: number; y: number } | undefined;
  return {
    add(tokens, loss) {
      sum = keep * sum + (1 - keep) * loss;
      weight = keep * weight + (1 - keep);
      latest = { x: tokens, y: sum / weight };
      if (count++ % every === 0) kept.push(latest);
    },
    points: () => (latest && kept.at(-1) !== latest ? [...kept, latest] : [...kept]),
    get last() {
      return latest?.y;
    },
  };
}
