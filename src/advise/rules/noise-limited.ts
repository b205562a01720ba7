// SGD's learning rate near the noise scale of the gradient, from a batch size that the user tuned.
import { short } from '../../report/format.ts';
import { accepted, type Fact, type Given, nearestCell, refused, whatLr } from '../given.ts';

/** lr = lr_max / (1 + B_noise / B), so that two batch sizes have a ratio without lr_max. */
export function noiseLimited(given: Given, batchSize: number): Fact[] {
  const nearest = nearestCell(given, 'sgd', batchSize);
  if (!nearest || nearest.batchSize === batchSize) return [];
  const { lr } = nearest.best!;
  const rule = {
    what: whatLr('sgd'),
    origin: 'published rule' as const,
    source: `lr ~ 1 / (1 + B_noise / B) from ${short(lr)} at ${nearest.batchSize} in ${given.study!.name}, B_noise = tr Σ / |G|² (arXiv 1812.06162)`,
    range: 'SGD whose gradient moments the probe `noise` measured; arXiv 2505.23971 doubts its assumptions',
  };
  const noise = given.study!.noiseScale ?? given.moments?.noiseScale ?? null;
  if (noise === null) return [refused(rule, `${given.study!.name} has no measured gradient moments`)];
  const value = (lr * (1 + noise / nearest.batchSize)) / (1 + noise / batchSize);
  return [accepted({ ...rule, value, text: `${short(value)}, with B_noise at ${short(noise)} sequences` })];
}
