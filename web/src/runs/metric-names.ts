// What the numbers of a line of metrics are called for readers.
import type { Metrics } from '../../../src/server/wire.ts';

const names: Record<string, string> = {
  loss: 'training loss',
  valLoss: 'validation loss',
  lr: 'learning rate',
  gradNorm: 'gradient norm before clipping',
  clipShare: 'share of steps clipped',
  clippedShare: 'share of coordinates clipped',
  updateNorm: 'norm of the update',
  paramNorm: 'norm of the parameters',
  momentumCosine: 'cosine between momentum and gradient',
};

/** Those that count how far a run is: an axis, never a curve. */
const places = new Set(['tokens', 'seconds', 'step']);

export const metricName = (name: string, per: string): string =>
  `${names[name] ?? name}${name === 'loss' || name === 'valLoss' ? ` (nats/${per})` : ''}`;

/** The numbers that any of the runs has, losses first. */
export function metricNames(metrics: readonly Metrics[]): string[] {
  const all = new Set(
    metrics.flatMap(({ columns }) =>
      Object.keys(columns).filter(
        (name) => !places.has(name) && columns[name].some((value) => value !== null),
      ),
    ),
  );
  const known = Object.keys(names).filter((name) => all.has(name));
  return [...known, ...[...all].filter((name) => !known.includes(name)).sort()];
}
