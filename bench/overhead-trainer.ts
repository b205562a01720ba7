// The trainer of bench/overhead.ts: the real one with a clock around what the engine does.
// A worker process loads it.
import { appendFileSync } from 'node:fs';
import { openData, type PreparedData } from '../src/data/index.ts';
import type { Engine } from '../src/runtime/engine.ts';
import type { CreateTrainer } from '../src/study/trainer.ts';
import { isScript } from '../src/train/run-id.ts';
import { train } from '../src/train/train.ts';

/** Where the time of a run went, each by the clock and of the processor, in milliseconds. */
export interface RunTimes {
  /** Gradients, norms and updates: training itself. */
  steps: Spent;
  /**
   * Before the first gradient, and what the first one takes beyond the second (sessions are opened there).
   */
  start: Spent;
  evaluation: Spent;
  /** The last checkpoint and the hash of the parameters. */
  end: Spent;
  /** The whole call. */
  total: Spent;
  count: number;
}
export interface Spent {
  clock: number;
  cpu: number;
}

const now = (): Spent => {
  const { user, system } = process.cpuUsage();
  return { clock: performance.now(), cpu: (user + system) / 1000 };
};
const since = (then: Spent): Spent => {
  const { clock, cpu } = now();
  return { clock: clock - then.clock, cpu: cpu - then.cpu };
};
const add = (a: Spent, b: Spent, times = 1): Spent => ({
  clock: a.clock + times * b.clock,
  cpu: a.cpu + times * b.cpu,
});
const none: Spent = { clock: 0, cpu: 0 };

/** What looking at the clocks costs: as much as half a percent of a step at batch 1. */
function costOfClock(): Spent {
  const [begun, times] = [now(), 2000];
  for (let i = 0; i < times; i++) now();
  const { clock, cpu } = since(begun);
  return { clock: clock / times, cpu: cpu / times };
}

/** Puts clocks into the engine's functions; `times` is filled as they are called. */
function watch(engine: Engine & { pull?(): Promise<void> }, times: RunTimes, began: Spent) {
  let first: Spent | undefined;
  let pulled = now();
  let looks = 0;
  const { gradient, gradNorm, update, loss, pull } = engine;
  const look = () => {
    looks++;
    return now();
  };
  engine.gradient = async (...args) => {
    const then = look();
    if (times.count === 0) times.start = add(then, began, -1);
    const result = await gradient.apply(engine, args);
    const spent = since(then);
    times.count++;
    // The first one is replaced by a second: the difference is start.
    if (times.count === 1) first = spent;
    else {
      if (times.count === 2 && first) {
        times.start = add(times.start, add(first, spent, -1));
        times.steps = add(times.steps, spent);
      }
      times.steps = add(times.steps, spent);
    }
    return result;
  };
  engine.gradNorm = () => {
    const then = look();
    const result = gradNorm.call(engine);
    times.steps = add(times.steps, since(then));
    return result;
  };
  engine.update = (at) => {
    const then = look();
    const result = update.call(engine, at);
    times.steps = add(times.steps, since(then));
    return result;
  };
  engine.loss = async (...args) => {
    const then = look();
    const result = await loss.apply(engine, args);
    times.evaluation = add(times.evaluation, since(then));
    return result;
  };
  // Called before every checkpoint; the last one is at the end.
  if (pull)
    engine.pull = () => {
      pulled = now();
      return pull.call(engine);
    };
  return () => ({ pulled, looks });
}

export const createTrainer: CreateTrainer = ({ cacheDir }) => {
  const opened = new Map<string, Promise<PreparedData>>();
  return async (config, options) => {
    if (isScript(config)) throw new Error("measures gaplab's own training only");
    const { fingerprint } = config.data;
    if (!opened.has(fingerprint)) opened.set(fingerprint, openData(fingerprint, cacheDir));
    const data = await opened.get(fingerprint)!;
    const began = now();
    const times: RunTimes = { steps: none, start: none, evaluation: none, end: none, total: none, count: 0 };
    let watched = () => ({ pulled: began, looks: 0 });
    const outcome = await train(config, {
      ...options,
      data,
      onStart(engine) {
        watched = watch(engine, times, began);
      },
    });
    const { pulled, looks } = watched();
    times.total = since(began);
    times.end = since(pulled);
    // Each look begins and ends with the clocks: one half of that is in what was measured,
    // the other beside it.
    const clocks = costOfClock();
    times.total = add(times.total, clocks, -2 * looks);
    times.steps = add(times.steps, clocks, -looks);
    appendFileSync(process.env.GAPLAB_BENCH_TIMES!, `${JSON.stringify(times)}\n`);
    return outcome;
  };
};
