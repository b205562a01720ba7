// Which sequences a probe looks at: fixed ones for whatever is compared over a run, the run's own batches for its updates.
import { createSampler, evaluationWindows } from '../../data/index.ts';
import { batchPlan } from '../../optim/batch-schedules.ts';
import type { Sequences } from '../../runtime/probing.ts';
import type { ProbePoint } from './probe.ts';

type Place = Pick<ProbePoint, 'config' | 'data' | 'step'>;

/** `count` sequences (all there are, if fewer) spread evenly over the validation split: the same at every step and for every run on this data. */
export function fixedSequences({ config, data }: Place, count: number): Sequences {
  const { seqLen } = config.model;
  const starts = evaluationWindows(data.validation.length, seqLen, count * seqLen);
  const ids = new Int32Array(starts.length * (seqLen + 1));
  starts.forEach((start, i) =>
    data.validation.read(start, ids.subarray(i * (seqLen + 1), (i + 1) * (seqLen + 1))),
  );
  return { ids, count: starts.length };
}

/** Training batch of step `step` of the run. */
export function batchOf({ config, data }: Place, step: number): Sequences {
  const { batchSize, batchSchedule, model, seed } = config;
  const sampler = createSampler({ shard: data.train, seqLen: model.seqLen, seed });
  const { first, size } = batchPlan(batchSize, batchSchedule).at(step);
  const width = model.seqLen + 1;
  const ids = new Int32Array(size * width);
  for (let i = 0; i < size; i++) sampler.sequence(first + i, ids.subarray(i * width, (i + 1) * width));
  return { ids, count: size };
}

/** Far from any seed that a person would choose. */
const OTHER_ORDER = 0x9e3779b9;

/** `count` training sequences, one by one, in an order that is not the run's: other ones at every step. */
export function* randomSequences({ config, data, step }: Place, count: number): Generator<Sequences> {
  const { seqLen } = config.model;
  const sampler = createSampler({ shard: data.train, seqLen, seed: config.seed + OTHER_ORDER });
  for (let i = 0; i < count; i++) {
    const ids = new Int32Array(seqLen + 1);
    sampler.sequence(step * count + i, ids);
    yield { ids, count: 1 };
  }
}

/** Tokens counted at most: enough for the frequencies of a vocabulary, and quick on a shard of any size. */
const MOST_COUNTED = 2 ** 23;
const CHUNK = 2 ** 16;

/** Occurrences of each token in the training split; in a large one, of stretches spread evenly over it. */
export function tokenCounts({ config, data }: Pick<Place, 'config' | 'data'>): Float64Array {
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
