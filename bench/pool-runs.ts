// A study whose runs are all finished, made up for bench/pool.ts: every file is as training leaves it,
// the losses are a formula's.
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { toJson } from '../src/files/atomic.ts';
import { sealed } from '../src/files/seal.ts';
import { sha256 } from '../src/files/sha256.ts';
import type { FrozenStudy, JudgedResult } from '../src/store/schemas.ts';
import { sampleStudy } from '../src/study/sample.testing.ts';
import { type Plan, plan, type RunRequest } from '../src/study/tuner.ts';
import { trainedTokens } from '../src/train/budget.ts';

/** Lines of metrics of a run. */
const LINES = 50;

/** Four arms with two further hyperparameters of three values each: 9 searches a cell, so about 25 runs. */
export function largeStudy(runs: number): FrozenStudy {
  const study = sampleStudy();
  const axes = { beta1: [0.9, 0.95, 0.99], beta2: [0.9, 0.99, 0.999] };
  const arm = { ...study.optimizers.adam, axes, hyper: { eps: 1e-8 } };
  const perBudget = 4 * 11 * 25;
  const budgets = Math.max(1, Math.round(runs / perBudget));
  return {
    ...study,
    name: 'large',
    title: 'A large study',
    tokens: Array.from({ length: budgets }, (_, i) => 32_768 * 2 ** i),
    batchSizes: Array.from({ length: 11 }, (_, i) => 2 ** i),
    optimizers: {
      adam: arm,
      adamw: { ...arm, optimizer: 'adamw' },
      lion: { ...arm, optimizer: 'adam' },
      sgd: { ...arm, optimizer: 'adam', clip: 2 },
    },
    baseline: 'adam',
    challenger: 'sgd',
  };
}

/** A valley over the learning rate, which lies elsewhere for every batch size; seeds differ by a little. */
function lossOf({ point, config }: RunRequest): number {
  const { optimizer, batchSize, lr, hyper, seed, tokens } = point;
  const x = Math.log2(lr / 0.001) - 0.5 * Math.log2(batchSize);
  const arm = optimizer.length / 100;
  return (
    3 +
    0.05 * x * x +
    arm * Math.log2(batchSize) +
    0.3 * Math.abs(hyper.beta2 - 0.99) +
    0.1 * Math.abs(hyper.beta1 - 0.95) +
    ((seed * 7919 + config.steps) % 13) / 1000 +
    1 / Math.log2(tokens)
  );
}

const [started, finished] = ['2026-01-01T00:00:00.000Z', '2026-01-01T00:01:00.000Z'];

function write(pool: string, request: RunRequest): JudgedResult {
  const { id, config } = request;
  const folder = join(pool, id, 'attempt-1');
  mkdirSync(folder, { recursive: true });
  const loss = lossOf(request);
  const tokens = trainedTokens(config);
  const metrics = Array.from({ length: LINES }, (_, i) => {
    const share = (i + 1) / LINES;
    return JSON.stringify({
      step: Math.ceil(share * config.steps),
      tokens: Math.ceil(share * tokens),
      lr: config.lr,
      loss: loss + 3 * (1 - share),
      gradNorm: 1,
      clipShare: 0.5,
      seconds: 60 * share,
    });
  }).join('\n');
  const result: JudgedResult = {
    schema: 1,
    id,
    status: 'done',
    attempt: 1,
    startedAt: started,
    finishedAt: finished,
    host: 'node',
    files: { 'metrics.jsonl': sha256(`${metrics}\n`) },
    step: config.steps,
    steps: config.steps,
    tokens,
    trainLoss: loss,
    valLoss: loss,
    valBitsPerByte: loss / 2,
    valTokens: 16_384,
    paramsSha256: sha256(id),
    seconds: 60,
    tokensPerSecond: tokens / 60,
    threads: 1,
  };
  const lease = { token: id, host: 'node', pid: 1, start: '', since: started, run: id, released: 'finished' };
  writeFileSync(join(pool, id, 'config.json'), toJson(config));
  writeFileSync(join(folder, 'metrics.jsonl'), `${metrics}\n`);
  writeFileSync(join(folder, 'log.txt'), `${started} starts from step 0\n`);
  writeFileSync(join(folder, 'lease.json'), toJson(sealed(lease)));
  writeFileSync(join(pool, id, 'result.json'), toJson(sealed(result)));
  return result;
}

/** Writes the study into `dir` with its runs in `pool`. Gives it with its results. */
export function writeStudy(
  dir: string,
  pool: string,
  study: FrozenStudy,
): { plan: Plan; results: Map<string, JudgedResult> } {
  mkdirSync(dir, { recursive: true });
  mkdirSync(pool, { recursive: true });
  symlinkSync(pool, join(dir, 'runs'));
  writeFileSync(join(dir, 'study.json'), toJson(sealed(study)));
  const results = new Map<string, JudgedResult>();
  for (;;) {
    const state = plan(study, results);
    if (state.done) return { plan: state, results };
    for (const request of state.wanted) results.set(request.id, write(pool, request));
  }
}
