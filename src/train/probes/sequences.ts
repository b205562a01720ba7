// Which sequences a probe looks at: fixed ones for whatever is compared over a run,
// the run's own batches for its updates.
import { createSampler, evaluationExamples, examplesOf, readExamples } from '../../data/index.ts';
import { exampleWidth } from '../../model/objectives/registry.ts';
import { batchPlan } from '../../optim/batch-schedules.ts';
import type { Sequences } from '../../runtime/hessian.ts';
import type { ProbePoint } from './probe.ts';

type ProbePlace = Pick<ProbePoint, 'config' | 'data' | 'step'>;

/**
 * `count` sequences (all there are, if fewer) spread evenly over the validation split:
 * the same at every step and for every run on this data.
 */
export function fixedSequences({ config: { model }, data }: ProbePlace, count: number): Sequences {
  const examples = examplesOf(model, data.validation, data);
  const which = evaluationExamples(examples, model.seqLen, count * model.seqLen);
  return { ids: readExamples(examples, which), count: which.length };
}

const samplerOf = ({ config: { model }, data }: ProbePlace, seed: number) =>
  createSampler({ examples: examplesOf(model, data.train, data), seed });

/** Training batch of step `step` of the run. */
export function batchOf(point: ProbePlace, step: number): Sequences {
  const { batchSize, batchSchedule, model, seed } = point.config;
  const sampler = samplerOf(point, seed);
  const { first, size } = batchPlan(batchSize, batchSchedule).at(step);
  const width = exampleWidth(model);
  const ids = new Int32Array(size * width);
  for (let i = 0; i < size; i++) sampler.sequence(first + i, ids.subarray(i * width, (i + 1) * width));
  return { ids, count: size };
}

/** Far from any seed that a person would choose. */
const OTHER_ORDER = 0x9e3779b9;

/** `count` training sequences, one by one, in an order that is not the run's: other ones at every step. */
export function* randomSequences(point: ProbePlace, count: number): Generator<Sequences> {
  const { config, step } = point;
  const sampler = samplerOf(point, config.seed + OTHER_ORDER);
  for (let i = 0; i < count; i++) {
    const ids = new Int32Array(exampleWidth(config.model));
    sampler.sequence(step * count + i, ids);
    yield { ids, count: 1 };
  }
}

/** Tokens counted at most: enough for the frequencies of a vocabulary, and quick on a shard of any size. */
const MOST_COUNTED = 2 ** 23;
const CHUNK = 2 ** 16;

/** Occurrences of each token in the training split; in a large one, of stretches spread evenly over it. */
export function tokenCounts({ config, data }: Pick<ProbePlace, 'config' | 'data'>): Float64Array {
  const counts = new Float64Array(config.model.vocabSize);
  const { length } = data.train;
  const chunks = Math.ceil(Math.min(length, MOST_COUNTED) / CHUNK);
  const stride = length / chunks;
  for (let i = 0; i < chunks; i++) {
    const from = Math.floor(i * stride);
    const ids = new Int32Array(Math.min(CHUNK, Math.floor((i + 1) * stride) - from));
    data.train.read(from, ids);
    for (const id of ids) counts[id]++;
  }
  return counts;
}
