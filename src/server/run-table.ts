// The table of a study's runs as columns, of which a page is given only the rows
// that have changed since it last asked.
import { type LastMetrics, lastMetrics } from '../store/lines.ts';
import { runDirOf } from '../store/runs.ts';
import type { StudyState } from '../study/state.ts';
import type { RunColumns, RunTable } from './wire.ts';

/** One row: the value of every column. */
type Row = { [K in Exclude<keyof RunColumns, 'hyper'>]: RunColumns[K][number] } & {
  hyper: Record<string, number>;
};

interface Kept {
  row: Row;
  text: string;
  /** Number of the change that made it what it is. */
  version: number;
}

/** The table of one study. `boot` names this server in cursors: those of another one are worth nothing. */
export class Runs {
  readonly #boot: string;
  #rows = new Map<string, Kept>();
  #gone = new Map<string, number>();
  #version = 0;

  constructor(boot: string) {
    this.#boot = boot;
  }

  get cursor(): string {
    return `${this.#boot}.${this.#version}`;
  }

  /** Takes in where the runs are now; whether a row has changed. */
  update(state: StudyState, runsDir: string): boolean {
    const version = this.#version + 1;
    let isChanged = false;
    const rows = new Map<string, Kept>();
    for (const one of state.runs) {
      const row = rowOf(one, state, runsDir);
      const key = `${row.run} ${row.optimizer}`;
      const text = JSON.stringify(row);
      const before = this.#rows.get(key);
      if (before?.text === text) rows.set(key, before);
      else {
        rows.set(key, { row, text, version });
        isChanged = true;
      }
      this.#gone.delete(key);
    }
    for (const key of this.#rows.keys())
      if (!rows.has(key)) {
        this.#gone.set(key, version);
        isChanged = true;
      }
    this.#rows = rows;
    if (isChanged) this.#version = version;
    return isChanged;
  }

  /** Rows that have changed since `after`; all of them where that is not known. */
  table(after?: string): RunTable {
    const [boot, number] = (after ?? '').split('.');
    const since = boot === this.#boot && /^\d{1,15}$/.test(number ?? '') ? Number(number) : undefined;
    const whole = since === undefined || since > this.#version;
    const all = [...this.#rows.values()];
    const rows = whole ? all : all.filter(({ version }) => version > since);
    return {
      cursor: this.cursor,
      whole,
      gone: whole ? [] : [...this.#gone].flatMap(([key, version]) => (version > since ? [key] : [])),
      columns: columnsOf(rows.map(({ row }) => row)),
    };
  }
}

function rowOf({ run, state: now }: StudyState['runs'][number], state: StudyState, runsDir: string): Row {
  const { optimizer, batchSize, model, tokens, lr, hyper, seed } = run.point;
  const result = state.results.get(run.id);
  const judged = result && result.status !== 'failed' ? result : undefined;
  const last = now === 'running' || now === 'held' ? lastMetrics(runDirOf(runsDir, run.id)) : undefined;
  return {
    run: run.id,
    ...{ optimizer, batchSize, model, tokens, lr, seed, hyper },
    ...{ stage: run.stage, rule: run.rule, state: now },
    valLoss: judged?.status === 'done' ? judged.valLoss : null,
    valBitsPerByte: judged?.status === 'done' ? judged.valBitsPerByte : null,
    trainLoss: judged?.trainLoss ?? last?.loss ?? null,
    seconds: judged?.seconds ?? last?.seconds ?? null,
    tokensPerSecond: judged?.tokensPerSecond ?? paceOf(last),
    tokensTrained: judged?.tokens ?? last?.tokens ?? null,
    step: judged?.step ?? last?.step ?? null,
    steps: run.config.steps,
    finishedAt: result?.finishedAt ?? null,
    reason: result?.status === 'failed' ? result.error : (judged?.reason ?? null),
  };
}

const paceOf = (last: LastMetrics | undefined): number | null =>
  last?.tokens && last.seconds ? last.tokens / last.seconds : null;

function columnsOf(rows: readonly Row[]): RunColumns {
  const column = <K extends keyof Row>(name: K): Row[K][] => rows.map((row) => row[name]);
  const names = [...new Set(rows.flatMap(({ hyper }) => Object.keys(hyper)))];
  return {
    run: column('run'),
    optimizer: column('optimizer'),
    batchSize: column('batchSize'),
    model: column('model'),
    tokens: column('tokens'),
    lr: column('lr'),
    seed: column('seed'),
    hyper: Object.fromEntries(names.map((name) => [name, rows.map(({ hyper }) => hyper[name] ?? null)])),
    stage: column('stage'),
    rule: column('rule'),
    state: column('state'),
    valLoss: column('valLoss'),
    valBitsPerByte: column('valBitsPerByte'),
    trainLoss: column('trainLoss'),
    seconds: column('seconds'),
    tokensPerSecond: column('tokensPerSecond'),
    tokensTrained: column('tokensTrained'),
    step: column('step'),
    steps: column('steps'),
    finishedAt: column('finishedAt'),
    reason: column('reason'),
  };
}
