// Adam's beta2 from a half-life in tokens that stays, ten million in the sweeps of arXiv 2507.07101.
import { count, short } from '../../report/format.ts';
import { accepted, type Fact, type Given, refused } from '../given.ts';

const HALF_LIFE = 1e7;

export function halfLife({ tokens, seqLen, parameters }: Given, batchSize: number): Fact[] {
  const base = {
    what: 'beta2 of Adam',
    origin: 'published rule' as const,
    source: 'beta2 = 0.5^(tokens of a step / 10 million) (arXiv 2507.07101)',
    range: '30 million to 1.3 billion parameters; runs far longer than the half-life',
  };
  if (seqLen === null)
    return [refused(base, 'the length of a sequence is not known (give a preset or a config.json)')];
  if (parameters < 2.9e7 || parameters > 1.4e9)
    return [refused(base, `the model has ${count(parameters)} parameters`)];
  if (tokens === undefined) return [refused(base, 'the budget is not known (give it with --tokens)')];
  if (tokens < 10 * HALF_LIFE)
    return [refused(base, `a run of ${count(tokens)} tokens is not ten half-lives long`)];
  const value = 0.5 ** ((batchSize * seqLen) / HALF_LIFE);
  return [accepted({ ...base, value, text: value > 0.999 ? `1 − ${short(1 - value)}` : short(value) })];
}
