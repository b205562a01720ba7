// Parity kit: a short run recorded so completely that another framework can replay it step by step.
import { join } from 'node:path';
import { UserError } from '../core/errors.ts';
import type { PreparedData } from '../data/index.ts';
import { parseJson } from '../files/atomic.ts';
import { type OwnedFolder, ownedFolder } from '../files/owned.ts';
import { readPlain } from '../files/plain.ts';
import { type RunConfig, runConfig } from './config.ts';
import { validationChunks } from './evaluate.ts';
import { checkModelFolder, modelFolder, modelText, toLlama, writeLlamaFolder } from './llama.ts';
import type { RunOutcome } from './outcome.ts';
import { isSealed, type StoredTensor, writeSafetensors } from './safetensors.ts';
import { train } from './train.ts';

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

const TENSORS = ['batches', 'gradients', 'validation'].map((name) => `${name}.safetensors`);
const RECORD = 'trace.json';

const folderOf = (dir: string): OwnedFolder =>
  ownedFolder(dir, 'trace', (name, path) => (name === RECORD ? isRecord(path) : isSealed(path)));

/** Throws UserError when a file in `dir` is in the way of a trace: for commands to ask before they train. */
export function checkTraceFolder(dir: string): void {
  folderOf(dir).check([...TENSORS, RECORD]);
  for (const name of ['init', 'final']) checkModelFolder(join(dir, name));
}

/**
 * Trains as `config` says and writes into `dir`: `init/` and `final/` (Hugging Face Llama folders),
 * `batches.safetensors` (tensor `batches`, int32 [steps, batch, seq + 1]), `gradients.safetensors`
 * (gradient of the mean loss at step 0, under Llama's names, before clipping), `validation.safetensors`
 * (tensor `validation`, int32 [windows, seq + 1], what `valLoss` was measured on) and `trace.json`.
 * An earlier trace is replaced. Throws UserError when another file is in the way.
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
  checkTraceFolder(dir);
  const folder = folderOf(dir);
  const text = modelText(data);
  const put = (name: string, tensors: Record<string, StoredTensor>) =>
    folder.put(name, (path) => writeSafetensors(path, { tensors, metadata: {} }));
  // Of an earlier trace here: a run that diverges writes none.
  modelFolder(join(dir, 'final')).remove(() => true);
  const batches = new Int32Array(config.steps * batchSize * (model.seqLen + 1));
  const steps: Trace['steps'] = [];
  let final = new Float32Array(0);
  const outcome = await train(config, {
    data,
    threads,
    signal,
    onStart: (engine) => writeLlamaFolder(join(dir, 'init'), model, engine.params, text),
    onStep({ step, lr, loss, gradNorm, batch }, engine) {
      batches.set(batch, step * batch.length);
      steps.push({ lr, loss, gradNorm });
      if (step === 0) {
        const mean = engine.grads.map((g) => g / batchSize);
        put('gradients.safetensors', toLlama(model, mean));
      }
      if (step === config.steps - 1) final = engine.params.slice();
    },
  });
  if (final.length > 0) writeLlamaFolder(join(dir, 'final'), model, final, text);
  const shape = [steps.length, batchSize, model.seqLen + 1];
  const taken = batches.subarray(
    0,
    shape.reduce((a, b) => a * b, 1),
  );
  put('batches.safetensors', { batches: { shape, data: taken } });
  put('validation.safetensors', { validation: validationOf(config, data) });
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
  folder.write(new Map([[RECORD, `${JSON.stringify(record, null, 1)}\n`]]));
  return record;
}

function validationOf(config: RunConfig, data: PreparedData): StoredTensor {
  const width = config.model.seqLen + 1;
  const rows = [...validationChunks(config, data)].flatMap(({ sequences }) => [...sequences]);
  return { shape: [rows.length / width, width], data: Int32Array.from(rows) };
}

/** A record of an older version, which kept no list of its files. */
function isRecord(path: string): boolean {
  const value = parseJson(readPlain(path) ?? '') as Partial<Trace> | null | undefined;
  return value?.schema === 1 && runConfig.safeParse(value.config).success && Array.isArray(value.steps);
}
