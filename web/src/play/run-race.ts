// One race: two runs in two workers, and what is known of each while it goes on.
import TrainWorker from '../../../src/browser/worker.ts?worker';
import { type Pause, resolveHyper, trainInWorker, UserError } from '../../../src/browser.ts';
import type { PlayCorpus } from './corpus.ts';
import { createCurve, type LossCurve } from './curve.ts';
import { arms, clip, type Equal, evalTokens, model, schedule, stepsOf } from './race.ts';

/** One of the two, as far as it has come. */
export interface Lane {
  arm: string;
  lr: number;
  steps: number;
  state: 'compiling' | 'training' | 'done' | 'diverged' | 'failed';
  /** Steps taken. */
  step: number;
  /** Seconds that loading and compiling took; undefined until then. */
  setupSeconds?: number;
  /** Milliseconds of all steps together. */
  trainedMs: number;
  curve: LossCurve;
  text?: { step: number; said: string };
  /** Nats per token over the validation tokens, at the end. */
  loss?: number;
  /** Why it diverged or failed. */
  reason?: string;
}

export interface RacePlan {
  batchSize: number;
  given: Equal;
  seed: number;
  arms: readonly { arm: string; lr: number }[];
}

/** Tokens of the held-out text that the models go on from. */
const PROMPT = 24;
const TEXT = 60;

export const promptOf = (corpus: PlayCorpus): number[] => [...corpus.validation.subarray(0, PROMPT)];

/** Shares of the run after which the model writes. */
const writes = [0, 0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1];

/**
 * Starts both runs. `changed` is called whenever a lane has changed; the promise is fulfilled when both
 * have ended, also when `signal` stopped them.
 */
export function runRace(
  { batchSize, given, seed, arms: pair }: RacePlan,
  corpus: PlayCorpus,
  { base, pause, signal, changed }: { base: URL; pause: Pause; signal: AbortSignal; changed(): void },
): { lanes: Lane[]; ended: Promise<void> } {
  const steps = stepsOf(given, batchSize);
  const prompt = promptOf(corpus);
  const lanes = pair.map(({ arm, lr }): Lane => {
    const curve = createCurve(steps);
    return { arm, lr, steps, state: 'compiling', step: 0, trainedMs: 0, curve };
  });
  const run = async (lane: Lane) => {
    const { arm, lr, curve } = lane;
    const optimizer = { name: arm, hyper: resolveHyper(arm, arms[arm].hyper) };
    try {
      const { status, valLoss, reason } = await trainInWorker(
        {
          model,
          optimizer,
          lr,
          schedule,
          clip,
          batchSize,
          steps,
          seed,
          eval: { tokens: evalTokens, every: 0 },
        },
        corpus.train,
        {
          ...{ validation: corpus.validation, pause, signal },
          worker: () => new TrainWorker({ name: `gaplab ${arm}` }),
          wasmPaths: new URL('play/', base),
          text: {
            steps: [...new Set(writes.map((share) => Math.round(share * steps)))],
            ...{ prompt, length: TEXT, temperature: 0.8 },
          },
          onReady(seconds) {
            Object.assign(lane, { state: 'training', setupSeconds: seconds });
            changed();
          },
          onStep({ step, loss, ms }) {
            lane.step = step + 1;
            lane.trainedMs += ms;
            curve.add((step + 1) * batchSize * model.seqLen, loss);
            changed();
          },
          onText({ step, ids }) {
            lane.text = { step, said: corpus.text(ids) };
            changed();
          },
        },
      );
      Object.assign(lane, { state: status, reason, ...(valLoss === null ? {} : { loss: valLoss }) });
    } catch (error) {
      const { message } = error as Error;
      Object.assign(lane, {
        state: 'failed',
        reason: error instanceof UserError ? message : `error: ${message}`,
      });
    }
    changed();
  };
  return { lanes, ended: Promise.all(lanes.map(run)).then(() => {}) };
}
