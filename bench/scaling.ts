// What a second core gives: one run on two threads, and two runs side by side.
import type { Ready } from './serve.ts';
import { withSetup } from './setup.ts';
import type { BenchSide } from './sides.ts';
import { type Spread, summary } from './stats.ts';
import { runner, takeTurns } from './turns.ts';

export interface Scaled {
  what: string;
  model: string;
  batchSize: number;
  /** Times as many tokens per second as one run on one thread. */
  gain: Spread;
}

interface Options {
  pairs: number;
  milliseconds: number;
}
interface Shape {
  model: string;
  batchSize: number;
}

const train = (shape: Shape, threads: number) => ({ ...shape, optimizer: 'adam', threads });

/** One run on two threads against one. */
export function twoThreads(side: BenchSide, shape: Shape, options: Options): Promise<Scaled> {
  return withSetup(train(shape, 1), async (setup) => {
    const processes = await Promise.all([1, 2].map((threads) => side.start(threads)));
    try {
      for (const [i, process] of processes.entries())
        await process.ask<Ready>({ setup: { ...setup, threads: i + 1 } });
      const [one, two] = await takeTurns(processes.map(runner), options);
      return { what: 'two threads', ...shape, gain: summary(one.map((t, i) => t.ms / two[i].ms)) };
    } finally {
      for (const process of processes) await process.close();
    }
  });
}

/** Two runs at once, each on one thread, against one of them alone: at most 2. */
export function sideBySide(side: BenchSide, shape: Shape, options: Options): Promise<Scaled> {
  return withSetup(train(shape, 1), async (setup) => {
    const processes = await Promise.all([1, 2].map(() => side.start(1)));
    try {
      for (const process of processes) await process.ask<Ready>({ setup });
      const runs = processes.map(runner);
      const both = async (steps: number) => {
        const [a, b] = await Promise.all(runs.map((run) => run(steps)));
        // Tokens per second of both: the sum of two rates, as a time.
        return { ...a, ms: 1 / (1 / a.ms + 1 / b.ms) };
      };
      const [alone, together] = await takeTurns([runs[0], both], options);
      const gain = summary(alone.map((t, i) => t.ms / together[i].ms));
      return { what: 'two runs side by side', ...shape, gain };
    } finally {
      for (const process of processes) await process.close();
    }
  });
}
