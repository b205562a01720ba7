// Parity kit: a short run recorded so completely that another framework can replay it step by step.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../core/errors.ts';
import type { PreparedData } from '../data/index.ts';
import { makeFolder } from '../files/folder.ts';
import type { RunConfig } from './config.ts';
import { validationChunks } from './evaluate.ts';
import { toLlama, writeLlamaFolder } from './llama.ts';
import { writeSafetensors } from './safetensors.ts';
import { type RunOutcome, train } from './train.ts';

/** trace.json */
export interface Trace {
  schema: 1;
  config: RunConfig;
  /** Per step, before its update: `loss` in nats per token, `gradNorm` before clipping. */
  steps: { lr: number; loss: number; gradNorm: number }[];
  /** Validation loss of `final/` over the sequences of `validation.safetensors`; null if the run diverged. */
  valLoss: number | null;
  valTokens: number;
  status: RunOutcome['status'];
  reason?: string;
  threads: number;
}

/**
 * Trains as `config` says and writes into `dir`: `init/` and `final/` (Hugging Face Llama folders),
 * `batches.safetensors` (tensor `batches`, int32 [steps, batch, seq + 1]), `gradients.safetensors` (gradient of the
 * mean loss at step 0, under Llama's names, before clipping), `validation.safetensors` (tensor `validation`, int32
 * [windows, seq + 1], what `valLoss` was measured on) and `trace.json`.
 */
export async function trace(
  config: RunConfig,
  dir: string,
  { data, threads = 1, signal }: { data: PreparedData; threads?: number; signal?: AbortSignal },
): Promise<Trace> {
  const { model, batchSize } = config;
  if (config.batchSchedule)
    throw new UserError('a trace records batches of one size: leave out the batch schedule (--grow-from)');
  if (model.objective)
    throw new UserError(`a trace records sequences of tokens: leave out objective ${model.objective}`);
  makeFolder(dir);
  // Of an earlier trace here: a run that diverges writes none.
  rmSync(join(dir, 'final'), { recursive: true, force: true });
  const batches = new Int32Array(config.steps * batchSize * (model.seqLen + 1));
  const steps: Trace['steps'] = [];
  let final = new Float32Array(0);
  const outcome = await train(config, {
    data,
    threads,
    signal,
    onStart: (engine) => writeLlamaFolder(join(dir, 'init'), model, engine.params),
    onStep({ step, lr, loss, gradNorm, batch }, engine) {
      batches.set(batch, step * batch.length);
      steps.push({ lr, loss, gradNorm });
      if (step === 0) {
        const mean = engine.grads.map((g) => g / batchSize);
        writeSafetensors(join(dir, 'gradients.safetensors'), { tensors: toLlama(model, mean), metadata: {} });
      }
      if (step === config.steps - 1) final = engine.params.slice();
    },
  });
  if (final.length > 0) writeLlamaFolder(join(dir, 'final'), model, final);
  const shape = [steps.length, batchSize, model.seqLen + 1];
  const taken = batches.subarray(
    0,
    shape.reduce((a, b) => a * b, 1),
  );
  writeSafetensors(join(dir, 'batches.safetensors'), {
    tensors: { batches: { shape, data: taken } },
    metadata: {},
  });
  writeValidation(join(dir, 'validation.safetensors'), config, data);
  const { status, reason, valLoss, valTokens } = outcome;
  const record: Trace = {
    schema: 1,
    config,
    steps,
    valLoss,
    valTokens,
    status,
    ...(reason ? { reason } : {}),
    threads,
  };
  writeFileSync(join(dir, 'trace.json'), `${JSON.stringify(record, null, 1)}\n`);
  return record;
}

function writeValidation(file: string, config: RunConfig, data: PreparedData): void {
  const width = config.model.seqLen + 1;
  const rows = [...validationChunks(config, data)].flatMap(({ sequences }) => [...sequences]);
  const validation = { shape: [rows.length / width, width], data: Int32Array.from(rows) };
  writeSafetensors(file, { tensors: { validation }, metadata: {} });
}
