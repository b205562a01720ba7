// What the worker of the page Theory computes, by name.
import { along, type BowlWish, type Tuned, tuned } from './bowl.ts';
import { type DriftWish, driftOf } from './drift.ts';
import { type FanWish, fanOf } from './fan.ts';

/** Learning rates of the quadratics' first figure, over the best. */
export const multiples = [0.1, 0.3, 1, 3, 10];

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
  /** Both optimizers tuned, and their losses along the steps at each of `multiples` of the best rate. */
  bowl: (wish: BowlWish) => {
    const of = (method: Tuned['method']) => {
      const found = tuned(wish, method);
      return { ...found, ways: multiples.map((times) => along(wish, method, found.best.lr * times)) };
    };
    return { adam: of('adam'), sgd: of('sgd') };
  },
};

export type Job = keyof typeof jobs;
export type WishOf<J extends Job> = Parameters<(typeof jobs)[J]>[0];
export type ResultOf<J extends Job> = ReturnType<(typeof jobs)[J]>;
