// Gradient moments that were measured at checkpoints, as the advisor sees them.
import { meanSize, predictedSizes } from '../analysis/opening.ts';
import { UserError } from '../core/errors.ts';
import type { Measurement } from '../report/measurement.ts';
import type { Moments } from './given.ts';

/** The momentum of this project's presets: a measurement does not say with which one it will be trained. */
const MOMENTUM = 0.95;

/**
 * Of measurements of the probe `noise`, as geometric means. Those of untrained models are left out: what is
 * learned first is nearly free of noise and soon over. Throws UserError where there is no other.
 */
export function momentsOf(measurements: readonly Measurement[]): Moments {
  const later = measurements.filter(({ step }) => step > 0);
  if (later.length === 0)
    throw new UserError(
      'the probe noise measured untrained models only, which tell nothing: measure a checkpoint of later on',
    );
  const sizes = later.map(({ tables }) => predictedSizes(tables, MOMENTUM));
  const predicted = meanSize(sizes.map(({ momentum }) => momentum));
  const runs = [
    ...new Set(later.map(({ optimizer, batchSize }) => `${optimizer} at batch size ${batchSize}`)),
  ];
  return {
    source: `gradient moments of ${runs.join(', ')}, for a momentum of ${MOMENTUM}`,
    predicted: predicted && {
      at: predicted.at,
      bound: predicted.bound === 'exact' ? 'from all its measurements' : 'at least, since some are bounds',
    },
    noiseScale: meanSize(sizes.map(({ noiseScale }) => noiseScale))?.at ?? null,
  };
}
