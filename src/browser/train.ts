// A training run inside a browser's worker: the loop of train/train.ts without files.
import { UserError } from '../core/errors.ts';
import { createRng } from '../core/rng.ts';
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
import { openWriter, type Writer } from '../train/writer.ts';

/** Ids of tokens. */
export type Tokens = Uint16Array | Uint32Array | Int32Array;

/** What a run in a browser is told: the part of a run's config.json that does not concern files. */
export type BrowserRun = Pick<
  RunConfig,
  'model' | 'optimizer' | 'lr' | 'schedule' | 'clip' | 'batchSize' | 'steps' | 'seed'
> &
  Partial<Pick<RunConfig, 'batchSchedule' | 'microBatch' | 'eval'>>;

export interface BrowserStep extends Omit<StepRecord, 'batch'> {
  /** Milliseconds that the step took; pauses are between steps. */
  ms: number;
}

/** Text to be written by the model on the way. */
export interface TextWish {
  /** After how many steps; 0 is before training. */
  steps: readonly number[];
  /** Ids that the text goes on from. */
  prompt: readonly number[];
  /** Tokens to write. */
  length: number;
  /** Below 1 likely tokens are preferred; 0 takes the likeliest. Default 1. */
  temperature?: number;
}

export interface BrowserText {
  /** Steps taken before. */
  step: number;
  /** What was written, without the prompt. */
  ids: Int32Array;
}

/** What the page hears while the run goes on. */
export interface Listener {
  /** Everything is loaded and compiled, which took so many seconds; steps begin. */
  ready(seconds: number): void;
  step(step: BrowserStep): void;
  text(text: BrowserText): void;
}

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
  /** Of the steps alone, without loading, compiling and pauses; 0 when there are none. */
  tokensPerSecond: number;
  /** Seconds until the first step could be taken: loading ONNX Runtime, building and compiling the graph. */
  setupSeconds: number;
  threads: number;
}

export interface BrowserData {
  tokens: Tokens;
  validation?: Tokens;
  text?: TextWish;
}

export interface TrainHereOptions {
  sessions(): Promise<Backend>;
  threads: number;
  /** Waited for before each step. */
  turn?(): Promise<void> | undefined;
}

/** Trains on `tokens`; throws UserError where config and tokens do not fit, before it asks for `sessions`. */
export async function trainHere(
  run: BrowserRun,
  { tokens, validation: held, text: wish }: BrowserData,
  { sessions, threads, turn = () => undefined }: TrainHereOptions,
  tell: Listener,
): Promise<BrowserOutcome> {
  const begun = performance.now();
  const { model, batchSize, steps } = run;
  if (model.objective === 'classify')
    throw new UserError('objective classify needs images, and a page trains on tokens: train it with Node');
  const about = { corpus: 'tokens', vocabSize: model.vocabSize - entriesFor(model, 0) };
  const shard = shardOf(tokens, about.vocabSize);
  const validation = held && shardOf(held, about.vocabSize);
  if (wish) shardOf(Int32Array.from(wish.prompt), about.vocabSize);
  if (wish?.prompt.length === 0) throw new UserError('text.prompt must have at least one token');
  const evaluation = { model, eval: run.eval ?? { tokens: validation?.length ?? 0, every: 0 } };
  if (validation) examplesOf(model, validation, about);
  const sampler = createSampler({ examples: examplesOf(model, shard, about), seed: run.seed });
  const microBatch = run.microBatch ?? defaultMicroBatch(model, batchSize);
  const backend = await sessions();
  const engine = await createEngine({ model, optimizer: run.optimizer, microBatch, threads }, backend);
  let writer: Writer | undefined;
  try {
    engine.initialize(run.seed);
    const state: StepState = { step: 0, smooth: null, above: 0 };
    const batch = new Int32Array(batchSize * exampleWidth(model));
    writer = wish && (await openWriter(model, engine.params, { backend, threads }));
    const write = async () => {
      if (!wish?.steps.includes(state.step)) return;
      const rng = createRng(run.seed, `text/${state.step}`);
      const ids = await writer!.write(wish.prompt, wish.length, { temperature: wish.temperature ?? 1, rng });
      tell.text({ step: state.step, ids });
    };
    // A gradient that nobody uses: with it the graphs of the batch and of what its last micro-batch
    // leaves over are compiled, and the first step takes what every step takes.
    const first = readBatch(sampler, run, 0, batch);
    if (steps > 0) await engine.gradient(first.sequences, first.size);
    const setupSeconds = (performance.now() - begun) / 1000;
    tell.ready(setupSeconds);
    let busy = 0;
    await write();
    while (state.step < steps && !state.reason) {
      await turn();
      const started = performance.now();
      const taken = await takeStep(engine, sampler, run, state, batch);
      if (!taken) break;
      const ms = performance.now() - started;
      busy += ms;
      const { step, lr, loss, gradNorm } = taken;
      tell.step({ step, lr, loss, gradNorm, ms });
      await write();
    }
    const plan = batchPlan(batchSize, run.batchSchedule);
    const tokensTaken = plan.at(state.step).first * model.seqLen;
    await turn();
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
      tokens: tokensTaken,
      valLoss: state.reason ? null : valLoss,
      params: engine.params.slice() as Float32Array<ArrayBuffer>,
      tokensPerSecond: busy > 0 ? (1000 * tokensTaken) / busy : 0,
      setupSeconds,
      threads,
    };
  } finally {
    await writer?.close();
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
