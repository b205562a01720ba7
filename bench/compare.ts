// One cell of the table: gaplab and its peers train the same model on the same batches, in turns.
import { flopPerToken } from '../src/model/cost.ts';
import { parameterCount } from '../src/model/parameters.ts';
import type { Ceiling } from './ceilings.ts';
import type { Ready, Setup, Timing } from './serve.ts';
import { type BenchCase, withSetup } from './setup.ts';
import type { BenchSide } from './sides.ts';
import { median, type Spread, summary } from './stats.ts';
import { type Runner, runner, takeTurns } from './turns.ts';

/** What a side did. */
export interface SideResult {
  name: string;
  /** How it trains: of its ways the fastest. */
  way: string;
  /** Milliseconds of a step. */
  ms: Spread;
  /** Processor milliseconds of a step, least of the turns: steadier than time on a busy machine. */
  cpu: number;
  tokensPerSecond: number;
  /** Model FLOP (src/model/cost.ts) per second, as a share of the best product in the same turns. */
  share?: number;
  /** Largest resident size, and what the model added to it for each parameter: bytes. */
  rss: number;
  bytesPerParameter: number;
  /** Its time over gaplab's, pair by pair; absent for gaplab itself. */
  ratio?: Spread;
}

export interface CaseResult {
  cell: BenchCase;
  parameters: number;
  /** Of the sides, as they said hello. */
  versions: Record<string, string>;
  sides: SideResult[];
  /** Sides that did not take part, and why. */
  absent: { name: string; why: string }[];
}

export interface CompareOptions {
  ours: BenchSide;
  peers: readonly BenchSide[];
  pairs: number;
  milliseconds: number;
  ceiling?: Ceiling;
  /** Ways found to be the fastest, by side and shape. */
  recipes: Map<string, unknown>;
}

/** Two sums in float32 of some thousand terms differ by less; different models by more. */
const SAME_LOSS = 1e-3;

type Answer = Omit<Ready, 'step'>;

/**
 * Asks for the setup in a process that ends again, to learn the fastest recipe;
 * a second process is then clean.
 */
async function findRecipe(side: BenchSide, setup: Setup, options: CompareOptions): Promise<unknown> {
  const { model, batchSize, threads } = setup;
  const key = `${side.key} ${model.dim} ${model.layers} ${batchSize} ${threads}`;
  if (!options.recipes.has(key)) {
    const process = await side.start(threads);
    try {
      options.recipes.set(key, (await process.ask<Answer>({ setup })).recipe);
    } finally {
      await process.close();
    }
  }
  return options.recipes.get(key);
}

export function compare(cell: BenchCase, options: CompareOptions): Promise<CaseResult> {
  return withSetup(cell, async (setup) => {
    const { ours, ceiling, pairs, milliseconds } = options;
    const count = parameterCount(setup.model);
    const flop = flopPerToken(setup.model).total * cell.batchSize * setup.model.seqLen;
    const mine: Timing[] = [];
    const gflops: number[] = [];
    const sides: SideResult[] = [];
    const absent: CaseResult['absent'] = [];
    const versions: Record<string, string> = {};
    const measured = (name: string, way: string, times: Timing[], ratio?: Spread): SideResult => {
      const ms = summary(times.map((t) => t.ms));
      const { rss, base } = times.at(-1)!;
      return {
        name,
        way,
        ms,
        cpu: Math.min(...times.map((t) => t.cpu)),
        tokensPerSecond: (1000 * cell.batchSize * setup.model.seqLen) / ms.median,
        rss,
        bytesPerParameter: (rss - base) / count,
        ratio,
      };
    };

    const us = await ours.start(cell.threads);
    try {
      const { loss, way } = await us.ask<Answer>({ setup });
      const against = async (theirs: Runner[]) => {
        const product = ceiling ? [ceiling.run] : [];
        const [own, ...rest] = await takeTurns([runner(us), ...theirs, ...product], { pairs, milliseconds });
        mine.push(...own);
        if (ceiling) gflops.push(...rest.at(-1)!.map(({ ms }) => ceiling.flop / (ms * 1e6)));
        return { own, their: rest[0] };
      };
      for (const side of options.peers) {
        if (side.atMost && flop > side.atMost) {
          absent.push({ name: side.name, why: 'a step would take too long' });
          continue;
        }
        try {
          const recipe = await findRecipe(side, setup, options);
          const them = await side.start(cell.threads);
          Object.assign(versions, them.hello);
          try {
            const theirs = await them.ask<Answer>({ setup: { ...setup, recipe } });
            if (!(Math.abs(theirs.loss - loss) < SAME_LOSS))
              throw new Error(`disagrees: loss ${theirs.loss} where gaplab has ${loss}`);
            const { own, their } = await against([runner(them)]);
            const ratio = summary(their.map((t, i) => t.ms / own[i].ms));
            sides.push(measured(side.name, theirs.way, their, ratio));
          } finally {
            await them.close();
          }
        } catch (error) {
          absent.push({ name: side.name, why: (error as Error).message });
        }
      }
      if (mine.length === 0) await against([]);
      const all = [measured(ours.name, way, mine), ...sides];
      if (ceiling) for (const side of all) side.share = flop / (side.ms.median * 1e6) / median(gflops);
      return { cell, parameters: count, versions, sides: all, absent };
    } finally {
      await us.close();
    }
  });
}
