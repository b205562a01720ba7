// The best rates of the sweeps published with arXiv 2505.21829: 160M parameters, sequences of 2,048,
// SlimPajama, gradients clipped.
import { displayName } from '../../analysis/names.ts';
import { count, list } from '../../report/format.ts';
import { accepted, type Fact, type Given, refused, whatLr } from '../given.ts';

const sweep: Record<string, Record<number, string>> = {
  adam: { 128: '0.0056', 256: '0.008', 512: '0.008' },
  sgd: { 256: '0.5 with momentum 0.975' },
};

const sizes = Object.entries(sweep).map(([arm, rates]) => `${displayName(arm)} ${list(Object.keys(rates))}`);

export function publishedSweep({ inner }: Given, arm: string, batchSize: number): Fact[] {
  const base = {
    what: whatLr(arm),
    origin: 'published rule' as const,
    source:
      'the best of a published sweep (arXiv 2505.21829: SlimPajama, sequences of 2,048 tokens, gradients clipped)',
    range: `models of 60 to 120 million inner parameters at the batch sizes of the sweep (${sizes.join('; ')})`,
  };
  if (inner < 6e7 || inner > 1.2e8) return [refused(base, `the model has ${count(inner)} inner parameters`)];
  const found = Object.hasOwn(sweep[arm], batchSize) ? sweep[arm][batchSize] : undefined;
  if (found === undefined) return [refused(base, `batch size ${batchSize} is not in it`)];
  return [accepted({ ...base, value: Number.parseFloat(found), text: found })];
}
