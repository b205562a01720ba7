// A run in a study's directory as a row. A study may have ten thousand of them, so what stands in their
// files is read when somebody asks. It is asked for by properties like all others: a copy by spreading has
// them too, and reads the files.
import { join } from 'node:path';
import type { CurvePoint, ProbedPoint, RunRow } from '../analysis/rows.ts';
import { type Lines, readMetrics, readProbes } from '../store/lines.ts';
import type { JudgedResult, RunResult } from '../store/schemas.ts';
import type { RunRequest } from '../study/tuner.ts';
import type { MetricsLine } from '../train/metrics.ts';
import type { ProbeLine } from '../train/probes/measure.ts';
import { isScript } from '../train/run-id.ts';
import type { RunSource, Sources } from './sources.ts';

/** Lines that are used of a run are counted in `sources`. */
export class StoredRow implements RunRow {
  readonly runId: string;
  readonly optimizer: string;
  readonly batchSize: number;
  readonly model: string;
  readonly tokens: number;
  readonly lr: number;
  readonly hyper: Record<string, number>;
  readonly seed: number;
  readonly schedule: RunRow['schedule'];
  readonly status: RunRow['status'];
  readonly reason: string | undefined;
  readonly valLoss: number | null;
  readonly valBitsPerByte: number | null;
  readonly trainLoss: number | null;
  readonly seconds: number;
  readonly tokensPerSecond: number;
  readonly tokensTrained: number | undefined;
  readonly stepsTaken: number | undefined;
  readonly valTokens: number | undefined;
  declare readonly damage: RunRow['damage'];
  declare readonly lossCurve: RunRow['lossCurve'];
  declare readonly probes: RunRow['probes'];
  declare readonly groupLosses: RunRow['groupLosses'];
  readonly #files: RunFiles | undefined;

  constructor(
    { id, point, config }: RunRequest,
    result: RunResult | undefined,
    dir: string,
    sources: Sources,
  ) {
    this.runId = id;
    this.optimizer = point.optimizer;
    this.batchSize = point.batchSize;
    this.model = point.model;
    this.tokens = point.tokens;
    this.lr = point.lr;
    this.hyper = point.hyper;
    this.seed = point.seed;
    this.schedule = isScript(config) ? undefined : config.schedule;
    this.status = result?.status ?? 'missing';
    this.reason = result?.status === 'failed' ? result.error : result?.reason;
    const judged = result?.status === 'failed' ? undefined : result;
    const done = judged?.status === 'done' ? judged : undefined;
    this.valLoss = done?.valLoss ?? null;
    this.valBitsPerByte = done?.valBitsPerByte ?? null;
    this.valTokens = done?.valTokens;
    this.trainLoss = judged?.trainLoss ?? null;
    this.seconds = judged?.seconds ?? 0;
    this.tokensPerSecond = judged?.tokensPerSecond ?? 0;
    this.tokensTrained = judged?.tokens;
    this.stepsTaken = judged?.step;
    this.#files = judged && new RunFiles(join(dir, id), judged, sourceOf(id, judged, sources));
    Object.defineProperties(this, StoredRow.#lazy);
  }

  /**
   * Own properties of every row: getters of a class would be lost in a copy. The functions are shared, as
   * rows with functions of their own are slow to make.
   */
  static readonly #lazy: PropertyDescriptorMap = {
    damage: lazy((row) => row.#files?.metrics.damage ?? row.#files?.probes.damage),
    lossCurve: lazy((row) => row.#files?.curve()),
    probes: lazy((row) => row.#files?.measured()),
    groupLosses: lazy((row) => {
      const last = row.probes?.findLast(({ probe }) => probe === 'imbalance');
      return last?.tables.groups?.map(({ loss }) => (typeof loss === 'number' ? loss : null));
    }),
  };
}

function lazy<T>(read: (row: StoredRow) => T): PropertyDescriptor {
  return {
    enumerable: true,
    // Whoever has read the files already may say so (../server/damages.ts).
    configurable: true,
    get(this: StoredRow) {
      return read(this);
    },
  };
}

function sourceOf(id: string, { attempt }: JudgedResult, { runs }: Sources): RunSource {
  const source: RunSource = { attempt };
  runs.set(id, source);
  return source;
}

/** Lines of a run: read when they are asked for, since only the winners' curves are drawn, and once. */
class RunFiles {
  readonly source: RunSource;
  readonly #dir: string;
  readonly #result: JudgedResult;
  #metrics: Lines<MetricsLine> | undefined;
  #probes: Lines<ProbeLine> | undefined;

  constructor(dir: string, result: JudgedResult, source: RunSource) {
    this.#dir = dir;
    this.#result = result;
    this.source = source;
  }

  // What may be wrong in any of its numbers is not drawn and proves nothing.
  curve(): CurvePoint[] {
    const { lines, damage } = this.metrics;
    this.source.curve = lines.length;
    return (damage ? [] : lines)
      .map(({ step, tokens, loss, valLoss, seconds, clippedKinds }) => ({
        ...{ step, tokens, loss, valLoss, seconds, clippedKinds },
      }))
      .filter(({ step, tokens, loss }) => [step, tokens, loss].every(Number.isFinite));
  }

  measured(): ProbedPoint[] {
    const { lines, damage } = this.probes;
    this.source.probes = lines.length;
    return damage ? [] : lines;
  }

  get metrics(): Lines<MetricsLine> {
    return (this.#metrics ??= readMetrics(this.#dir, this.#result));
  }

  get probes(): Lines<ProbeLine> {
    return (this.#probes ??= readProbes(this.#dir, this.#result));
  }
}
