// Learning-rate schedules: linear warmup to the peak, then one of a few shapes down to a fraction of it.
// A new shape is one entry here.
import { UserError } from '../core/errors.ts';

/** The part of a run's config that `lrAt` reads. */
export interface Schedule {
  /** Name in `schedules`. */
  name: string;
  /** Share of the steps spent on linear warmup. */
  warmup: number;
  /** Final learning rate as a fraction of the peak, reached at the last step. */
  final: number;
  /** WSD only: share of all steps spent on the final decay. */
  decay?: number;
}

export interface ScheduleDef {
  name: string;
  summary: string;
  /** Equation or arXiv number. */
  source: string;
  /**
   * Fraction of the peak at `progress`, which runs from 0 (the step at the peak) to 1 (the last step).
   * `decay` is the share of that way that the final decay takes.
   */
  shape(progress: number, at: { final: number; decay: number }): number;
}

/** Warmup of arXiv 2506.12543, 10% of the steps. */
export const DEFAULT_WARMUP = 0.1;
/** Decay share of WSD: 20% is as good as a tuned cosine (Hägele et al., arXiv 2405.18392). */
export const DEFAULT_DECAY = 0.2;

/** From 1 at 0 to `final` at 1; a small final value keeps its digits. */
const linearTo = (final: number, x: number) => 1 - x + final * x;

export const schedules: Record<string, ScheduleDef> = {
  cosine: {
    name: 'cosine',
    summary: 'half a cosine from the peak to the final value',
    source: 'arXiv 1608.03983 without restarts; the schedule of arXiv 2506.12543',
    // (1 + cos) / 2 as a square: near the end nothing is subtracted.
    shape: (progress, { final }) => final + (1 - final) * Math.cos((Math.PI / 2) * progress) ** 2,
  },
  constant: {
    name: 'constant',
    summary: 'the peak to the end (the final value is not used)',
    source: 'Robbins & Monro 1951 without decay',
    shape: () => 1,
  },
  wsd: {
    name: 'wsd',
    summary: 'warmup, stable, then linear decay to the final value',
    source: 'MiniCPM, arXiv 2404.06395; linear cooldown as in arXiv 2405.18392',
    // Counted from the end, so that rounding cannot carry it past the final value (below zero, even).
    shape: (progress, { final, decay }) =>
      linearTo(final, decay > 0 ? Math.max(0, 1 - (1 - progress) / decay) : 0),
  },
  linear: {
    name: 'linear',
    summary: 'a straight line from the peak to the final value',
    source: 'arXiv 2310.07831: worst-case optimal, and at least as good as cosine in practice',
    shape: (progress, { final }) => linearTo(final, progress),
  },
};

/** The schedule of that name. Throws UserError, listing the names, when there is none. */
export function schedule(name: string): ScheduleDef {
  if (!Object.hasOwn(schedules, name))
    throw new UserError(`unknown schedule "${name}": choose one of ${Object.keys(schedules).join(', ')}`);
  return schedules[name];
}

/**
 * Learning rate of `step` (from 0) of a run of `steps`. The warmup takes W = round(warmup * steps) steps
 * and its step s has peakLr * (s + 1) / W: no step is wasted on a zero, and the last of them is at the peak.
 * Without warmup step 0 is at the peak. The last step has the final value. Steps past the end keep it.
 */
export function lrAt(config: Schedule, peakLr: number, step: number, steps: number): number {
  const def = schedule(config.name);
  const warmupSteps = Math.round(config.warmup * steps);
  if (step < warmupSteps) return (peakLr * (step + 1)) / warmupSteps;
  const peakStep = Math.max(0, warmupSteps - 1);
  const way = steps - 1 - peakStep;
  if (way <= 0) return peakLr;
  const decay = Math.min(1, ((config.decay ?? DEFAULT_DECAY) * steps) / way);
  return peakLr * def.shape(Math.min(1, (step - peakStep) / way), { final: config.final, decay });
}
