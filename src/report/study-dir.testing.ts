// Studies for tests: a loaded one with synthetic rows, and a directory whose runs come from a loss surface.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { RunRow } from '../analysis/rows.ts';
import { syntheticRows } from '../analysis/synthetic-rows.testing.ts';
import { toJson, writeAtomic } from '../files/atomic.ts';
import { modelPreset } from '../model/presets.ts';
import type { FrozenStudy, RunResult } from '../store/schemas.ts';
import { sampleArm, sampleStudy } from '../study/sample.testing.ts';
import { plan, type RunRequest } from '../study/tuner.ts';
import type { LoadedStudy } from './types.ts';

/** The sample study as reports are tested on it: nano, and five batch sizes. */
export const reportedStudy = (change: Partial<FrozenStudy> = {}): FrozenStudy =>
  sampleStudy({
    title: 'Adam against SGD on synthetic losses',
    models: { nano: modelPreset('nano') },
    data: { corpus: 'sotu', fingerprint: 'f'.repeat(64), vocabSize: 2048 },
    tokens: [1_000_000],
    batchSizes: [1, 4, 16, 64, 256],
    optimizers: {
      adam: sampleArm('adam', { beta1: 0.95, beta2: 0.95 }, 0.001),
      sgd: sampleArm('sgd', { momentum: 0.95 }, 0.03),
    },
    seeds: { tune: 0, fresh: 3 },
    eval: { tokens: 65536, every: 0 },
    ...change,
  });

/** A study as the reader would give it, from rows. */
export function loadedStudy(
  rows: RunRow[] = syntheticRows(),
  change: Partial<FrozenStudy> = {},
): LoadedStudy {
  const study = reportedStudy(change);
  return {
    study,
    rows,
    expected: study.batchSizes.flatMap((batchSize) =>
      Object.keys(study.optimizers).map((optimizer) => ({
        optimizer,
        batchSize,
        model: 'nano',
        tokens: 1_000_000,
      })),
    ),
    theory: [],
    wallSeconds: 312,
    startedAt: '2026-03-01T10:00:00.000Z',
    finishedAt: '2026-03-01T10:05:12.000Z',
    environment: {
      hosts: ['laptop'],
      threads: [1],
      writer: { host: 'laptop', system: 'Linux 6.1 x64', processor: 'Some CPU', cores: 2, memoryGiB: 16 },
      versions: { gaplab: '0.1.0', Node: '24.15.0', 'ONNX Runtime': '1.30.0' },
    },
    sources: { runs: new Map(), theory: [] },
  };
}

/** What a run of a made-up study comes to. */
export type MadeUpOutcome = { valLoss: number } | 'diverged' | 'failed' | 'missing';

/** Writes a study's directory, running its tuner on `outcome` until nothing more is wanted. */
export function writeStudyDir(
  dir: string,
  study: FrozenStudy,
  outcome: (run: RunRequest) => MadeUpOutcome,
): void {
  mkdirSync(join(dir, 'runs'), { recursive: true });
  writeAtomic(join(dir, 'study.json'), toJson(study));
  const results = new Map<string, RunResult>();
  const left = new Set<string>();
  for (;;) {
    const wanted = plan(study, results).wanted.filter((run) => !left.has(run.id));
    if (wanted.length === 0) return;
    for (const run of wanted) {
      const result = resultOf(run, outcome(run), results.size);
      if (!result) {
        left.add(run.id);
        continue;
      }
      const attempt = join(dir, 'runs', run.id, 'attempt-1');
      mkdirSync(attempt, { recursive: true });
      writeAtomic(join(dir, 'runs', run.id, 'result.json'), toJson(result));
      const final = result.status === 'done' ? result.valLoss! : 7;
      const lines = Array.from({ length: 20 }, (_, i) => ({
        step: i + 1,
        tokens: (i + 1) * 50_000,
        loss: final + 4 / (i + 1),
      }));
      writeAtomic(
        join(attempt, 'metrics.jsonl'),
        `${lines.map((line) => JSON.stringify(line)).join('\n')}\n{"step": 21, "tok`,
      );
      results.set(run.id, result);
    }
  }
}

export function resultOf(run: RunRequest, outcome: MadeUpOutcome, index: number): RunResult | null {
  if (outcome === 'missing') return null;
  // Two at a time, ten seconds each, with a pause of an hour after the first four.
  const start = Date.UTC(2026, 2, 1, 10) + Math.floor(index / 2) * 10_000 + (index >= 4 ? 3_600_000 : 0);
  const common = {
    schema: 1 as const,
    id: run.id,
    attempt: 1,
    startedAt: new Date(start).toISOString(),
    finishedAt: new Date(start + 10_000).toISOString(),
    host: 'laptop',
  };
  if (outcome === 'failed') return { ...common, status: 'failed', error: 'out of memory' };
  const valLoss = outcome === 'diverged' ? null : outcome.valLoss;
  return {
    ...common,
    status: outcome === 'diverged' ? 'diverged' : 'done',
    reason: outcome === 'diverged' ? 'loss is not finite' : undefined,
    step: 10,
    steps: 10,
    tokens: outcome === 'diverged' ? 40_000 : 1_000_000,
    trainLoss: valLoss,
    valLoss,
    valBitsPerByte: valLoss === null ? null : valLoss * 0.48,
    valTokens: 65_536,
    paramsSha256: '0'.repeat(64),
    seconds: 10,
    tokensPerSecond: 100_000,
    threads: 1,
  };
}
