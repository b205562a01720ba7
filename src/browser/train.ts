// A training run inside a browser's worker: the loop of train/train.ts without files.
import { UserError } from '../core/errors.ts';
import { examplesOf } from '../data/examples.ts';
import { createSampler } from '../data/sampler.ts';
import type { TokenShard } from '../data/shards.ts';
import { entriesFor, exampleWidth } from '../model/objectives/registry.ts';
import { batchPlan } from '../optim/batch-schedules.ts';
import type { Backend } from '../runtime/backend.ts';
import { createEngine } from '../runtime/engine.ts';
import { defaultMicroBatch } from '../runtime/micro-batch.ts';
import type { RunConfig } from '../train/config.ts';
import { checkEnd } from '../train/divergence.ts';
import { evaluate } from '../train/evaluate.ts';
import { readBatch, type StepRecord, type StepState, takeStep } from '../train/step.ts';

/** Ids of tokens. */
export type Tokens = Uint16Array | Uint32Array | Int32Array;

/** What a run in a browser is told: the part of a run's config.json that does not concern files. */
export type BrowserRun = Pick<
  RunConfig,
  'model' | 'optimizer' | 'lr' | 'schedule' | 'clip' | 'batchSize' | 'steps' | 'seed'
> &
  Partial<Pick<RunConfig, 'batchSchedule' | 'microBatch' | 'eval'>>;

export type BrowserStep = Omit<StepRecord, 'batch'>;

export interface BrowserOutcome {
  status: 'done' | 'diverged';
  /** Why a run counts as diverged. */
  reason?: string;
  /** Steps taken. */
  step: number;
  tokens: number;
  /**
   * Nats per token (per masked token) over the validation tokens; null without any, or when the run diverged.
   */
  valLoss: number | null;
  /** The trained parameters, in the order of `parameters(model)`. */
  params: Float32Array<ArrayBuffer>;
  /**
   * Of the steps after the first, which waits for the graph to be built and loaded; 0 when there are none.
   */
  tokensPerSecond: number;
  threads: number;
}

/** Trains on `tokens`; throws UserError where config and tokens do not fit, before it asks for `sessions`. */
export async function trainHere(
  run: BrowserRun,
  data: { tokens: Tokens; validation?: Tokens },
  { sessions, threads }: { sessions(): Promise<Backend>; threads: number },
  onStep: (step: BrowserStep) => void,
): Promise<BrowserOutcome> {
  const { model, batchSize, steps } = run;
  if (model.objective === 'classify')
    throw new UserError('objective classify needs images, and a page trains on tokens: train it with Node');
  const about = { corpus: 'tokens', vocabSize: model.vocabSize - entriesFor(model, 0) };
  const shard = shardOf(data.tokens, about.vocabSize);
  const validation = data.validation && shardOf(data.validation, about.vocabSize);
  const evaluation = { model, eval: run.eval ?? { tokens: validation?.length ?? 0, every: 0 } };
  if (validation) examplesOf(model, validation, about);
  const sampler = createSampler({ examples: examplesOf(model, shard, about), seed: run.seed });
  const microBatch = run.microBatch ?? defaultMicroBatch(model, batchSize);
  const engine = await createEngine(
    { model, optimizer: run.optimizer, microBatch, threads },
    await sessions(),
  );
  try {
    engine.initialize(run.seed);
    const state: StepState = { step: 0, smooth: null, above: 0 };
    const batch = new Int32Array(batchSize * exampleWidth(model));
    let first = 0;
    while (state.step < steps && !state.reason) {
      const taken = await takeStep(engine, sampler, run, state, batch);
      if (!taken) break;
      first ||= performance.now();
      const { step, lr, loss, gradNorm } = taken;
      onStep({ step, lr, loss, gradNorm });
    }
    const seconds = (performance.now() - first) / 1000;
    const plan = batchPlan(batchSize, run.batchSchedule);
    const tokensAt = (step: number) => plan.at(step).first * model.seqLen;
    const valLoss =
      validation && !state.reason
        ? (await evaluate(engine, evaluation, { ...about, validation })).loss
        : null;
    if (valLoss !== null)
      state.reason = await checkEnd(valLoss, model, async () => {
        const last = readBatch(sampler, run, steps - 1, batch);
        return await engine.loss(last.sequences, last.size);
      });
    return {
      status: state.reason ? 'diverged' : 'done',
      ...(state.reason ? { reason: state.reason } : {}),
      step: state.step,
      tokens: tokensAt(state.step),
      valLoss: state.reason ? null : valLoss,
      params: engine.params.slice() as Float32Array<ArrayBuffer>,
      tokensPerSecond: state.step > 1 ? (tokensAt(state.step) - tokensAt(1)) / seconds : 0,
      threads,
    };
  } finally {
    await engine.close();
  }
}

/**
 * Tokens in memory as a shard. Ids are checked here: on a GPU one beyond the vocabulary
 * would be read as another.
 */
function shardOf(tokens: Tokens, vocabSize: number): TokenShard {
  const bad = tokens.findIndex((id) => !(id >= 0 && id < vocabSize));
  if (bad >= 0)
    throw new UserError(
      `token ${bad} is ${tokens[bad]}, but the model knows 0 .. ${vocabSize - 1}; raise vocabSize`,
    );
  return {
    length: tokens.length,
    read(start, out) {
      if (start < 0 || start + out.length > tokens.length)
        throw new RangeError(`tokens ${start} .. ${start + out.length} of ${tokens.length}`);
      out.set(tokens.subarray(start, start + out.length));
    },
  };
}
