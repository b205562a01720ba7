// Reads a study's directory into rows: which runs the study has reached, and what became of each.
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, hostname, release, totalmem, type } from 'node:os';
import { join } from 'node:path';
import { budgetsOf, tokensOf } from '../analysis/budgets.ts';
import type { CurvePoint, RunRow } from '../analysis/rows.ts';
import { ortVersion } from '../runtime/targets/ort/home.ts';
import { readMetrics, readProbes } from '../store/lines.ts';
import type { FrozenStudy, RunResult } from '../store/schemas.ts';
import { runsDirOf } from '../store/study-dir.ts';
import { readLab } from '../store/theory.ts';
import { readState } from '../study/state.ts';
import type { RunRequest } from '../study/tuner.ts';
import { isScript } from '../train/run-id.ts';
import type { RunSource, Sources } from './sources.ts';
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
    rows: requests.map((request) => rowOf(request, results.get(request.id), runsDir, sources)),
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

function rowOf(
  { id, point, config }: RunRequest,
  result: RunResult | undefined,
  runsDir: string,
  sources: Sources,
): RunRow {
  const row = { runId: id, ...point, schedule: isScript(config) ? undefined : config.schedule };
  const nothing = { valLoss: null, valBitsPerByte: null, trainLoss: null, seconds: 0, tokensPerSecond: 0 };
  if (result === undefined) return { ...row, ...nothing, status: 'missing' };
  if (result.status === 'failed') return { ...row, ...nothing, status: 'failed', reason: result.error };
  const { status, valLoss, valBitsPerByte, trainLoss, seconds, tokensPerSecond, tokens, step, reason } =
    result;
  const source: RunSource = { attempt: result.attempt };
  sources.runs.set(id, source);
  // Read when asked for, since only the winners' curves are drawn and a study has many runs;
  // and once, since every claim and figure of a probe asks.
  const metrics = once(() => readMetrics(join(runsDir, id), result));
  const probes = once(() => readProbes(join(runsDir, id), result));
  const measured = () => {
    const { lines, damage } = probes();
    source.probes = lines.length;
    return damage ? [] : lines;
  };
  return {
    ...row,
    status,
    valLoss: status === 'done' ? valLoss : null,
    valBitsPerByte: status === 'done' ? valBitsPerByte : null,
    trainLoss,
    seconds,
    tokensPerSecond,
    tokensTrained: tokens,
    stepsTaken: step,
    valTokens: status === 'done' ? result.valTokens : undefined,
    reason,
    get damage() {
      return metrics().damage ?? probes().damage;
    },
    // What may be wrong in any of its numbers is not drawn and proves nothing.
    get lossCurve() {
      const { lines, damage } = metrics();
      source.curve = lines.length;
      return (damage ? [] : lines)
        .map(
          ({ step, tokens, loss, valLoss, seconds, clippedKinds }): CurvePoint => ({
            ...{ step, tokens, loss, valLoss, seconds, clippedKinds },
          }),
        )
        .filter(({ step, tokens, loss }) => [step, tokens, loss].every(Number.isFinite));
    },
    get probes() {
      return measured();
    },
    get groupLosses() {
      const last = measured().findLast(({ probe }) => probe === 'imbalance');
      return last?.tables.groups?.map(({ loss }) => (typeof loss === 'number' ? loss : null));
    },
  };
}

/** The value of `make`, made the first time that it is asked for. */
function once<T extends object>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
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
