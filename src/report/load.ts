// Reads a study's directory into rows: which runs the study has reached, and what became of each.
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, hostname, release, totalmem, type } from 'node:os';
import { budgetsOf, tokensOf } from '../analysis/budgets.ts';
import { ortVersion } from '../runtime/targets/ort/home.ts';
import type { FrozenStudy, RunResult } from '../store/schemas.ts';
import { runsDirOf } from '../store/study-dir.ts';
import { readLab } from '../store/theory.ts';
import { readState } from '../study/state.ts';
import { StoredRow } from './row.ts';
import type { Sources } from './sources.ts';
import type { Environment, LoadedStudy } from './types.ts';

/**
 * Reads `dir`. Runs that a pool holds for other studies are left out. Throws UserError
 * when there is no study.
 */
export function loadStudyDir(dir: string, state = readState(dir)): LoadedStudy {
  const { study, results, runs } = state;
  const runsDir = runsDirOf(dir);
  const theory = (study.theory ?? []).flatMap((lab) => readLab(dir, lab) ?? []);
  const sources: Sources = { runs: new Map(), theory: theory.map(({ spec }) => spec.name) };
  const requests = runs.map(({ run }) => run);
  const own = requests.flatMap((request) => results.get(request.id) ?? []);
  const starts = own.map((result) => result.startedAt).sort();
  const ends = own.map((result) => result.finishedAt).sort();
  return {
    study,
    rows: requests.map((request) => new StoredRow(request, results.get(request.id), runsDir, sources)),
    expected: study.imported
      ? state.plan.cells.map(({ optimizer, batchSize, model, tokens }) => ({
          optimizer,
          batchSize,
          model,
          tokens,
        }))
      : expectedCells(study),
    theory,
    wallSeconds: coveredSeconds(
      own.map((result) => [Date.parse(result.startedAt), Date.parse(result.finishedAt)]),
    ),
    startedAt: starts[0] ?? null,
    finishedAt: ends.at(-1) ?? null,
    environment: environment(own),
    sources,
  };
}

function expectedCells(study: FrozenStudy): LoadedStudy['expected'] {
  return Object.keys(study.models).flatMap((model) =>
    budgetsOf(study).flatMap((budget) =>
      study.batchSizes.flatMap((batchSize) => {
        const tokens = tokensOf(budget, batchSize, study.models[model].seqLen);
        return Object.keys(study.optimizers).map((optimizer) => ({ optimizer, batchSize, model, tokens }));
      }),
    ),
  );
}

/** Length of the union of time spans (milliseconds), in seconds. */
export function coveredSeconds(spans: [from: number, to: number][]): number {
  let [total, end] = [0, Number.NEGATIVE_INFINITY];
  for (const [from, to] of spans.sort((a, b) => a[0] - b[0])) {
    if (!(to > end)) continue;
    total += to - Math.max(from, end);
    end = to;
  }
  return total / 1000;
}

function environment(results: readonly RunResult[]): Environment {
  const threads = results.flatMap((result) => (result.status === 'failed' ? [] : (result.threads ?? [])));
  return {
    hosts: [...new Set(results.map((result) => result.host))].sort(),
    threads: [...new Set(threads)].sort((a, b) => a - b),
    writer: {
      host: hostname(),
      system: `${type()} ${release()} ${process.arch}`,
      processor: cpus()[0]?.model.trim() || 'unknown',
      cores: availableParallelism(),
      memoryGiB: Math.round(totalmem() / 2 ** 30),
    },
    versions: {
      gaplab: versionOf(
        () => JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version,
      ),
      Node: process.versions.node,
      'ONNX Runtime': versionOf(ortVersion),
    },
  };
}

function versionOf(read: () => string): string {
  try {
    return read();
  } catch {
    return 'unknown';
  }
}
