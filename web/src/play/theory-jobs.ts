// What the worker of the page Theory computes, by name.
import { type BowlWish, tuned } from './bowl.ts';
import { type DriftWish, driftOf } from './drift.ts';
import { type FanWish, fanOf } from './fan.ts';

export type FansWish = Omit<FanWish, 'method'>;

export const jobs = {
  /** Paths of SGD and of sign descent, of their forms with momentum where there is some. */
  fans: (wish: FansWish) => {
    const hasMomentum = wish.beta > 0;
    return {
      sgd: fanOf({ ...wish, method: hasMomentum ? 'heavyball' : 'sgd' }),
      sign: fanOf({ ...wish, method: hasMomentum ? 'signum' : 'signsgd' }),
    };
  },
  /** The curve of the noise that is asked for, and that of Gaussian noise. */
  drift: (wish: DriftWish) => ({
    chosen: driftOf(wish),
    gaussian: driftOf({ ...wish, degrees: Number.POSITIVE_INFINITY }),
  }),
  bowl: (wish: BowlWish) => ({ adam: tuned(wish, 'adam'), sgd: tuned(wish, 'sgd') }),
};

export type Job = keyof typeof jobs;
export type WishOf<J extends Job> = Parameters<(typeof jobs)[J]>[0];
export type ResultOf<J extends Job> = ReturnType<(typeof jobs)[J]>;
