// A stand-in for training in tests: deterministic losses, real files, real checkpoints,
// some milliseconds a run. FAKE_MS: milliseconds per run (default 40).
// FAKE_BREAK: `<what>:<part of an id's lr>`, what = throw | exit | full (disk),
// to break runs at that learning rate.
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CheckpointError, InterruptedError } from '../core/errors.ts';
import { parseJson, writeAtomic } from '../files/atomic.ts';
import { sealed, unsealed } from '../files/seal.ts';
import { cutMetrics } from '../train/metrics.ts';
import { isScript, runId } from '../train/run-id.ts';
import { checkVouched, vouch } from '../train/vouch.ts';
import type { CreateTrainer } from './trainer.ts';

const steps = 10;

export const createTrainer: CreateTrainer = () => async (config, options) => {
  if (isScript(config)) throw new Error("stands in for gaplab's own training only");
  const file = join(options.attemptDir, 'checkpoint.safetensors');
  const run = runId(config);
  let state: { run: string; step: number; hash: string; vouched?: ReturnType<typeof vouch> } = {
    ...{ run, step: 0, hash: run },
  };
  if (existsSync(file)) {
    const stored = unsealed(parseJson(readFileSync(file, 'utf8'))) as typeof state | undefined;
    if (stored?.run !== run) throw new CheckpointError('not a checkpoint of this run');
    state = stored;
  }
  options.beforeWrite?.();
  cutMetrics(join(options.attemptDir, 'metrics.jsonl'), state.step);
  checkVouched(state.vouched, vouch(options.attemptDir, state.step), file);
  const [what, lr] = (process.env.FAKE_BREAK ?? '').split(':');
  while (state.step < steps) {
    options.onProgress({ step: state.step, steps, loss: 5, tokensPerSecond: 1000 });
    await sleep(Number(process.env.FAKE_MS ?? 40) / steps);
    if (what && Number(lr) === config.lr && state.step === 3) {
      if (what === 'exit') process.kill(process.pid, 'SIGKILL');
      throw Object.assign(
        new Error(`broken on purpose (${what})`),
        what === 'full' ? { code: 'ENOSPC' } : {},
      );
    }
    if (options.signal.aborted) throw new InterruptedError('stopped');
    // As a real run does: the next state depends on all before it.
    state = { run, step: state.step + 1, hash: createHash('sha256').update(state.hash).digest('hex') };
    options.beforeWrite?.();
    appendFileSync(
      join(options.attemptDir, 'metrics.jsonl'),
      `${JSON.stringify({ step: state.step, tokens: state.step, loss: 5 })}\n`,
    );
    state.vouched = vouch(options.attemptDir, state.step);
    writeAtomic(file, JSON.stringify(sealed(state)));
  }
  const sgd = config.optimizer.name === 'sgd';
  const x = Math.log2(config.lr / (sgd ? 0.1 : 0.002)) - 0.5 * Math.log2(config.batchSize);
  const loss = 3 + 0.05 * x * x + (sgd ? 0.02 * config.batchSize : 0) + 0.01 * config.seed;
  const diverged = x > 3;
  return {
    status: diverged ? 'diverged' : 'done',
    ...(diverged ? { reason: 'loss is NaN at step 4' } : {}),
    step: steps,
    steps,
    tokens: config.steps * config.batchSize * config.model.seqLen,
    trainLoss: diverged ? null : loss,
    valLoss: diverged ? null : loss,
    valBitsPerByte: diverged ? null : loss / 2,
    valTokens: config.eval.tokens,
    paramsSha256: state.hash,
    seconds: 0.1,
    tokensPerSecond: 1000,
    threads: options.threads,
  };
};
