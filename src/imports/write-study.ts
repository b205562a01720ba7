// Imported runs as the directory of a study, so that status, report, verdict and exports
// read them as any other.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { inferTuningSeed, type RunRow } from '../analysis/rows.ts';
import { UserError } from '../core/errors.ts';
import { writeAtomic } from '../files/atomic.ts';
import { sha256 } from '../files/sha256.ts';
import { attemptDir } from '../store/attempt.ts';
import { lockStudy } from '../store/lock.ts';
import { createRunDir, publishResult } from '../store/runs.ts';
import type { FrozenStudy, RunResult } from '../store/schemas.ts';
import { freezeStudy, openStudyDir } from '../store/study-dir.ts';
import { Watch } from '../store/watch.ts';
import { plan, type RunRequest } from '../study/tuner.ts';
import type { Applied, ImportedRun } from './apply.ts';
import type { Mapping } from './mapping.ts';

export interface ImportFacts {
  name: string;
  source: string;
  kind: string;
  mapping: Mapping;
}

/** Throws UserError when there is nothing to write, or the directory holds something else. */
export async function writeImportedStudy(
  dir: string,
  applied: Applied,
  facts: ImportFacts,
  warn: (line: string) => void,
): Promise<FrozenStudy> {
  const { runs, left } = applied;
  if (runs.length === 0)
    throw new UserError(`${facts.source}: no run could be mapped, so there is nothing to write`);
  const study = studyOf(runs, left, facts);
  openStudyDir(dir);
  const lock = await lockStudy(dir, { watch: new Watch(), warn });
  try {
    freezeStudy(dir, study, warn);
    const requests = plan(study, new Map()).cells.flatMap((cell) => cell.runs);
    const byPoint = new Map(runs.map((run) => [pointKey(run), run]));
    const now = new Date().toISOString();
    for (const request of requests) publish(dir, request, byPoint.get(pointKey(request.point))!, now, warn);
  } finally {
    lock.release('finished');
  }
  return study;
}

const pointKey = ({ optimizer, batchSize, model, tokens, lr, hyper, seed }: RunRequest['point']): string =>
  JSON.stringify([optimizer, batchSize, model, tokens, lr, Object.entries(hyper).sort(), seed]);

const ascending = (values: number[]) => [...new Set(values)].sort((a, b) => a - b);

function studyOf(
  runs: ImportedRun[],
  left: Applied['left'],
  { name, source, kind, mapping }: ImportFacts,
): FrozenStudy {
  const arms = [...new Set(runs.map(({ optimizer }) => optimizer))];
  const baseline = ['adam', 'adamw'].find((arm) => arms.includes(arm)) ?? arms.at(-1)!;
  const challenger =
    arms.find((arm) => arm !== baseline && /sgd/.test(arm)) ?? arms.find((arm) => arm !== baseline);
  const losses = runs.map(({ status, valLoss, curve: _, ...run }) => ({ status, valLoss, ...run }));
  return {
    schema: 1,
    name,
    title: `Runs imported from ${source}`,
    description: '',
    models: Object.fromEntries(
      runs.map(({ model, tokensPerSequence }) => [model, { seqLen: tokensPerSequence, per: 'token' }]),
    ),
    trainer: {
      command: ['imported'],
      names: {},
      metrics: { value: 'valLoss', loss: 'loss', step: 'step', tokens: 'tokens' },
      version: { text: source },
      // Other losses are other runs, even under the same names.
      digest: sha256(JSON.stringify(losses)),
      paired: false,
      folder: '/',
      grace: 0,
    },
    imported: {
      ...{ source, kind, mapping, left },
      runs: runs.map(({ optimizer, batchSize, model, tokens, lr, hyper, seed, name, where }) => ({
        ...{ optimizer, batchSize, model, tokens, lr, hyper, seed, name, where },
      })),
    },
    ...budgetsOf(runs),
    batchSizes: ascending(runs.map(({ batchSize }) => batchSize)),
    optimizers: Object.fromEntries(
      arms.map((arm) => {
        const values = ascending(runs.filter(({ optimizer }) => optimizer === arm).map(({ lr }) => lr));
        return [arm, { optimizer: arm, hyper: {}, axes: {}, lr: { kind: 'grid', values }, clip: null }];
      }),
    ),
    maxPoints: 12,
    // What was run is all that there is: no further seeds are missing.
    seeds: { tune: inferTuningSeed(runs as unknown as RunRow[])!, fresh: 0 },
    eval: { tokens: 1, every: 0 },
    microBatch: null,
    baseline: challenger === undefined ? null : baseline,
    challenger: challenger ?? null,
  };
}

/** In steps where every run has as many, whatever its batch size; else in tokens. */
function budgetsOf(runs: ImportedRun[]): Pick<FrozenStudy, 'tokens' | 'steps'> {
  const [{ steps }] = runs;
  const isSteps = runs.every(
    (run) => run.steps === steps && run.tokens === steps * run.batchSize * run.tokensPerSequence,
  );
  const several = new Set(runs.map(({ batchSize }) => batchSize)).size > 1;
  return isSteps && several
    ? { tokens: [], steps: [steps] }
    : { tokens: ascending(runs.map(({ tokens }) => tokens)) };
}

function publish(
  dir: string,
  { id, config }: RunRequest,
  run: ImportedRun,
  now: string,
  warn: (line: string) => void,
): void {
  const runDir = join(dir, 'runs', id);
  createRunDir(runDir, config, warn);
  const attempt = attemptDir(runDir, 1);
  mkdirSync(attempt, { recursive: true });
  const lines = run.curve.map((point) => `${JSON.stringify(point)}\n`).join('');
  writeAtomic(join(attempt, 'metrics.jsonl'), lines);
  const common = {
    schema: 1 as const,
    id,
    attempt: 1,
    startedAt: now,
    finishedAt: now,
    host: 'elsewhere',
    files: { 'metrics.jsonl': sha256(lines) },
  };
  const { status, reason, valLoss, trainLoss, steps, batchSize, tokensPerSequence } = run;
  const taken = run.curve.at(-1)?.step ?? steps;
  const result: RunResult =
    status === 'failed'
      ? { ...common, status, error: reason ?? 'it failed' }
      : {
          ...common,
          status,
          ...(reason === undefined ? {} : { reason }),
          step: status === 'done' ? steps : Math.min(taken, steps),
          steps,
          tokens: (status === 'done' ? steps : Math.min(taken, steps)) * batchSize * tokensPerSequence,
          trainLoss,
          valLoss,
          valBitsPerByte: null,
          ...{ valTokens: 0, seconds: 0, tokensPerSecond: 0 },
        };
  publishResult(runDir, result);
}
