// A loss curve as it grows: smoothed, and thinned to what a figure can show.
import { smoothed, thinned } from '../parts/lines.ts';

export interface LossCurve {
  /** The loss of a step, after `tokens` tokens. */
  add(tokens: number, loss: number): void;
  /** Smoothed, the last one included. */
  points(): { x: number; y: number }[];
  /** The smoothed loss; undefined before the first. */
  readonly last: number | undefined;
}

/** More points than this are one pixel each. */
const MOST = 300;

/** Of `steps` steps. The average forgets over a fiftieth of the run. */
export function createCurve(steps: number): LossCurve {
  const keep = 1 - 1 / Math.max(1, steps / 50);
  const losses: { x: number[]; y: number[] } = { x: [], y: [] };
  const smooth = () => smoothed(losses, keep) as typeof losses;
  return {
    add(tokens, loss) {
      losses.x.push(tokens);
      losses.y.push(loss);
    },
    points() {
      const { x, y } = thinned(smooth(), MOST) as typeof losses;
      return x.map((at, i) => ({ x: at, y: y[i] }));
    },
    get last() {
      return smooth().y.at(-1);
    },
  };
}
