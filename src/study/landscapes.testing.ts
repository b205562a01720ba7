// Synthetic losses over the learning rate with what real ones have: two minima,
// plateaus, a cliff of divergence, noise between seeds.
import { createRng } from '../core/rng.ts';
import { gridLr } from './points.ts';
import type { RunRequest, TunerResult } from './tuner.ts';

/** A minimum on the axis of log2 lr. */
interface Well {
  at: number;
  /** Loss at its bottom, and how it rises, in nats per squared octave. */
  loss: number;
  curvature: number;
}

export interface Landscape {
  wells: Well[];
  /** Loss of rates far from every minimum. */
  plateau: number;
  /** Above this log2 lr runs diverge. */
  cliff: number;
  /** Standard deviation between seeds; a share `jumps` of the seeds stands `jump` nats higher. */
  noise: number;
  jump: number;
  jumps: number;
}

/** Landscape number `n`: every one has equal chances to be drawn, none is left out. */
export function landscape(n: number): Landscape {
  const rng = createRng(n, 'landscape');
  const within = (lo: number, hi: number) => lo + (hi - lo) * rng.uniform();
  const first: Well = { at: within(-4, 4), loss: 3, curvature: within(0.03, 0.5) };
  const side = rng.uniform() < 0.5 ? -1 : 1;
  const second: Well = {
    at: first.at + side * within(1.5, 4),
    loss: 3 + within(-0.3, 0.3),
    curvature: within(0.03, 0.5),
  };
  const wells = rng.uniform() < 0.6 ? [first, second] : [first];
  const noise = [0, 0.005, 0.02, 0.1, 0.3][rng.below(5)];
  return {
    wells,
    plateau: 3 + within(0.3, 2),
    cliff: rng.uniform() < 0.5 ? Number.POSITIVE_INFINITY : first.at + within(-2, 4),
    noise,
    jump: noise > 0 && rng.uniform() < 0.3 ? 10 * noise : 0,
    jumps: 0.2,
  };
}

/** Expected loss at a rate, without what the seeds have in common; Infinity where runs diverge. */
export function lossAt({ wells, plateau, cliff }: Landscape, lr: number): number {
  const x = Math.log2(lr);
  if (x > cliff) return Number.POSITIVE_INFINITY;
  return Math.min(plateau, ...wells.map(({ at, loss, curvature }) => loss + curvature * (x - at) ** 2));
}

/**
 * The least expected loss of the rates 2^(k/2): no rule can do better on the finest grid that is searched.
 */
export const leastLoss = (land: Landscape): number =>
  Math.min(...Array.from({ length: 81 }, (_, i) => lossAt(land, gridLr(1, 2, (i - 40) / 2))));

/** Standard deviation of the loss of one run. */
export const spreadOf = ({ noise, jump, jumps }: Landscape): number =>
  Math.sqrt(noise ** 2 + jumps * (1 - jumps) * jump ** 2);

/** What a run comes to: the same for the same run. */
export function judgeOn(land: Landscape, run: RunRequest): TunerResult {
  const rng = createRng(11, run.id);
  const loss = lossAt(land, run.point.lr);
  if (!Number.isFinite(loss)) return { status: 'diverged', valLoss: null };
  const jump = rng.uniform() < land.jumps ? land.jump : 0;
  return { status: 'done', valLoss: loss + land.noise * rng.normal() + jump };
}
