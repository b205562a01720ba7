// Which batch size to train with, and how it changes: rules that are about batch size itself.
import { count, short } from '../../report/format.ts';
import { accepted, type Fact, type Given, refused, WHAT_BATCH } from '../given.ts';
import { inSequences, stepLawBatchSize } from './step-law.ts';

export const batchSizeFacts = (given: Given): Fact[] => [
  stepLawBatchSize(given),
  powerLines(given),
  nanochat(given),
  critical(given),
  warmUp(given),
  ...weightDecay(given),
];

/** From the best batch size of the user's study, at another budget. */
function powerLines({ study, tokens, parameters }: Given): Fact {
  const base = {
    what: WHAT_BATCH,
    origin: 'published rule' as const,
    source: 'the best batch size ~ D^0.383 (arXiv 2505.13738)',
    range:
      'AdamW, 111 million to 3.3 billion parameters, from a best batch size of your own at another budget',
  };
  if (parameters < 1.1e8 || parameters > 3.3e9)
    return refused(base, `the model has ${count(parameters)} parameters`);
  const best = study?.bestAdam;
  if (!study || !best)
    return refused(base, 'no study of yours has tuned Adam at three batch sizes (--study)');
  if (!best.inside)
    return refused(base, `the best batch size of ${study.name} is at the edge of those that it tried`);
  if (tokens === undefined) return refused(base, 'the budget is not known (give it with --tokens)');
  const value = best.batchSize * (tokens / best.tokens) ** 0.383;
  return accepted({
    ...base,
    value,
    text: `${short(value)} sequences, from ${best.batchSize} at ${count(best.tokens)} tokens in ${study.name}`,
  });
}

/** Its reference: a model of 12 layers, 1.32 billion tokens, 2^19 tokens a step. */
function nanochat(given: Given): Fact {
  const { tokens } = given;
  const base = {
    what: `${WHAT_BATCH}, for Muon`,
    origin: 'published rule' as const,
    source: 'B = 2^19 (D / 1.32 billion)^0.383 tokens, learning rates ~ sqrt(B) (nanochat, base_train.py)',
    range:
      'Muon; D from 1.32 to 11 billion tokens (12 to 26 layers), and by its own words an assumption beyond 12 layers',
  };
  if (tokens === undefined) return refused(base, 'the budget is not known (give it with --tokens)');
  if (tokens < 1.32e9 || tokens > 1.1e10) return refused(base, `D is ${count(tokens)}`);
  return accepted({ ...base, ...inSequences(2 ** 19 * (tokens / 1.32e9) ** 0.383, given) });
}

/** Measured by the user with another model: it carries over, since data decide. */
function critical({ study, parameters, tokens }: Given): Fact {
  const base = {
    what: 'critical batch size (20% more tokens than at small ones)',
    origin: 'published rule' as const,
    source: 'it grows with data and not with the size of the model (arXiv 2410.21676)',
    range:
      '85 million to 1.2 billion parameters, C4, from a critical batch size of your own at the same tokens',
  };
  if (parameters < 8.5e7 || parameters > 1.25e9)
    return refused(base, `the model has ${count(parameters)} parameters`);
  if (!study || study.critical === null)
    return refused(base, 'no study of yours has measured one (the preset critical-batch does)');
  if (tokens !== study.critical.tokens)
    return refused(base, `${study.name} measured it at ${count(study.critical.tokens)} tokens`);
  const { at } = study.critical;
  return accepted({ ...base, value: at, text: `${short(at)} sequences, as in ${study.name}` });
}

/** No number for the batch size: a way to change it. */
function warmUp({ parameters }: Given): Fact {
  const base = {
    what: 'batch size along the run',
    origin: 'published rule' as const,
    source: 'the critical batch size is near 0 at the start, rises and levels off (arXiv 2505.23971)',
    range: 'OLMo, 1 to 7 billion parameters',
  };
  if (parameters < 0.9e9 || parameters > 7.5e9)
    return refused(base, `the model has ${count(parameters)} parameters`);
  return accepted({
    ...base,
    value: null,
    text: 'begin small and double it on the way (it saved 43% of the steps at 1 billion parameters)',
  });
}

/** From the user's own, where it was tuned. */
function weightDecay({ study, parameters, tokens, batchSizes }: Given): Fact[] {
  const tuned = study?.weightDecay;
  if (!study || !tuned) return [];
  const base = {
    what: 'weight decay of Adam',
    origin: 'published rule' as const,
    source: `weight decay ~ batch size from ${short(tuned.value)} at ${tuned.batchSize} in ${study.name} (arXiv 2505.13738)`,
    range: 'AdamW, 111 million to 3.3 billion parameters, the same model and budget',
  };
  if (parameters < 1.1e8 || parameters > 3.3e9)
    return [refused(base, `the model has ${count(parameters)} parameters`)];
  if (study.parameters !== parameters || tokens !== tuned.tokens)
    return [refused(base, `the model or the budget of ${study.name} is another`)];
  return batchSizes.map((size) => {
    const value = (tuned.value * size) / tuned.batchSize;
    return accepted({ ...base, value, text: `${short(value)} at batch size ${size}` });
  });
}
