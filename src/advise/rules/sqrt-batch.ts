// Adam's learning rate with the square root of the batch size, from the nearest one that the user tuned.
import { short } from '../../report/format.ts';
import { accepted, type Fact, type Given, nearestCell, refused, whatLr } from '../given.ts';

export function sqrtBatch(given: Given, arm: string, batchSize: number): Fact[] {
  const nearest = nearestCell(given, arm, batchSize);
  if (!nearest || nearest.batchSize === batchSize) return [];
  const { lr, hyper } = nearest.best!;
  const k = batchSize / nearest.batchSize;
  const rule = {
    what: whatLr(arm),
    origin: 'published rule' as const,
    source: `lr ~ sqrt(batch size) from ${short(lr)} at ${nearest.batchSize} in ${given.study!.name} (arXiv 2205.10287, for Adam)`,
    range: 'Adam, while noise dominates, 1 − beta times the factor below 1',
  };
  const value = lr * Math.sqrt(k);
  if (arm !== 'adam')
    return [refused(rule, `the rule is about Adam; ${given.study!.name} has none at this batch size`)];
  if ([hyper.beta1, hyper.beta2].some((beta) => beta !== undefined && k * (1 - beta) >= 1))
    return [
      refused(rule, `the batch is ${short(k)} times as large, which would make a beta negative`, value),
    ];
  return [accepted({ ...rule, value, text: short(value) })];
}
