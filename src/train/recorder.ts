// What a run records of its steps while it trains: sums between lines, measurements of single steps,
// a line of metrics.jsonl now and then.
import type { Engine } from '../runtime/engine.ts';
import type { RunCounters } from './checkpoint.ts';
import type { RunConfig } from './config.ts';
import { createMeasures, type Measures, measuredEvery } from './measures.ts';
import { linesEvery, openMetrics } from './metrics.ts';
import type { StepRecord } from './step.ts';

export interface Recorder {
  /** Before a step. */
  before(): void;
  /** After it has been counted, with the validation loss where it was measured there. */
  after(taken: StepRecord & { clipped: boolean }, valLoss?: number): void;
  close(): void;
}

/**
 * `counters` are the run's, of which `interval` is kept here. Without a `file` nothing
 * is measured and nothing written.
 */
export function createRecorder(
  config: RunConfig,
  engine: Engine,
  at: {
    file?: string;
    counters: RunCounters;
    /** Training tokens of so many steps. */
    tokensAt(step: number): number;
    /** Seconds of training so far. */
    clock(): number;
    /** Whether parameters and gradients are here to be looked at. */
    look: boolean;
  },
): Recorder {
  const { file, counters, tokensAt, clock } = at;
  const { steps } = config;
  const every = linesEvery(steps);
  const measureEvery = measuredEvery(config, every);
  const measures = file && at.look ? createMeasures(config, engine) : undefined;
  const lines = file === undefined ? undefined : openMetrics(file);
  let measured: ((lr: number) => Measures) | undefined;
  return {
    before() {
      measured = measures && (counters.step + 1) % measureEvery === 0 ? measures() : undefined;
    },
    after({ lr, loss, gradNorm, clipped }, valLoss) {
      const { step, interval } = counters;
      interval.steps++;
      interval.loss += loss;
      interval.gradNorm += gradNorm;
      interval.clipped += +clipped;
      if (valLoss === undefined && step % every !== 0 && step !== steps) return;
      lines?.append({
        step,
        tokens: tokensAt(step),
        lr,
        loss: interval.loss / interval.steps,
        gradNorm: interval.gradNorm / interval.steps,
        clipShare: interval.clipped / interval.steps,
        ...measured?.(lr),
        valLoss,
        seconds: round(clock()),
      });
      counters.interval = { steps: 0, loss: 0, gradNorm: 0, clipped: 0 };
    },
    close: () => lines?.close(),
  };
}

/** To milliseconds. */
export const round = (seconds: number) => Math.round(seconds * 1000) / 1000;
