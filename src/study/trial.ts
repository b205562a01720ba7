// A short run of a study's script, to see what it does: nothing of it enters the study.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InterruptedError } from '../core/errors.ts';
import { OUTPUT } from '../script/contract.ts';
import { ScriptError } from '../script/errors.ts';
import { signalGroup } from '../script/processes.ts';
import type { CommandOutcome } from '../script/run-command.ts';
import { runScript } from '../script/run-script.ts';
import type { FrozenStudy } from '../store/schemas.ts';
import type { ScriptConfig } from '../train/script-config.ts';
import { type Point, runConfigFor } from './points.ts';

/** What a point of the study is changed to. */
export type PointChange = Partial<Pick<Point, 'optimizer' | 'lr' | 'batchSize' | 'seed' | 'hyper'>>;

export interface Told {
  step: number;
  loss: number;
  /** Seconds since the start. */
  at: number;
}

export interface Trial {
  /** Undefined when it was interrupted. */
  outcome?: CommandOutcome;
  /** How it failed. */
  failure?: ScriptError;
  /** The lines with a step that it told of. */
  told: Told[];
  seconds: number;
  /** What gaplab had to say. */
  warnings: string[];
  /** File of its output. */
  output: string;
}

export interface TrialOptions {
  steps: number;
  threads?: number;
  signal: AbortSignal;
}

/** Folders of trials, which are removed at the end. */
export interface Bench {
  study: FrozenStudy;
  options: TrialOptions;
  folder(): string;
  clean(): void;
}

export function createBench(study: FrozenStudy, options: TrialOptions): Bench {
  const root = mkdtempSync(join(tmpdir(), 'gaplab-trainer-'));
  let count = 0;
  return {
    study,
    options,
    folder() {
      const dir = join(root, `trial-${++count}`);
      mkdirSync(dir);
      return dir;
    },
    clean: () => rmSync(root, { recursive: true, force: true }),
  };
}

/** The arm's first setting at the smallest batch size and the seed of tuning, changed. */
export function configOf({ study, options }: Bench, change: PointChange = {}): ScriptConfig {
  const { optimizer = Object.keys(study.optimizers)[0], batchSize = study.batchSizes[0] } = change;
  const arm = study.optimizers[optimizer];
  const [model] = Object.keys(study.models);
  const lr = arm.lr.kind === 'bracket' ? arm.lr.guess : arm.lr.values[Math.floor(arm.lr.values.length / 2)];
  const first = Object.fromEntries(Object.entries(arm.axes).map(([name, [value]]) => [name, value]));
  const tokens = options.steps * batchSize * study.models[model].seqLen;
  const config = runConfigFor(
    { ...study, tokens: [], steps: [options.steps] },
    {
      lr,
      seed: study.seeds.tune,
      hyper: { ...arm.hyper, ...first },
      ...change,
      model,
      tokens,
      optimizer,
      batchSize,
    },
  );
  return config as ScriptConfig;
}

/**
 * Runs it once, in `folder` as attempt `attempt`. `after` ends it when that many steps are done:
 * by SIGKILL, or by being asked.
 */
export async function runTrial(
  bench: Bench,
  config: ScriptConfig,
  {
    folder = bench.folder(),
    attempt = 1,
    after,
  }: { folder?: string; attempt?: number; after?: { step: number; how: 'kill' | 'ask' } } = {},
): Promise<Trial> {
  const { study, options } = bench;
  const { folder: place, grace } = study.trainer!;
  const attemptDir = join(folder, `attempt-${attempt}`);
  mkdirSync(attemptDir);
  const asked = new AbortController();
  const told: Told[] = [];
  const warnings: string[] = [];
  const began = performance.now();
  const seconds = () => (performance.now() - began) / 1000;
  let pid: number | undefined;
  const ended: Pick<Trial, 'outcome' | 'failure'> = {};
  try {
    ended.outcome = await runScript(config, {
      attemptDir,
      folder: place,
      graceSeconds: grace,
      threads: options.threads,
      signal: AbortSignal.any([options.signal, asked.signal]),
      onStart(started) {
        pid = started;
      },
      onWarning: (line) => warnings.push(line),
      onProgress({ step, loss }) {
        told.push({ step, loss, at: seconds() });
        if (!after || step < after.step) return;
        if (after.how === 'ask') asked.abort(new InterruptedError('asked'));
        else if (pid !== undefined) signalGroup(pid, 'SIGKILL');
      },
    });
  } catch (error) {
    if (options.signal.aborted) throw error;
    if (error instanceof ScriptError) ended.failure = error;
    else if (!(error instanceof InterruptedError)) throw error;
  }
  return { ...ended, told, seconds: seconds(), warnings, output: join(attemptDir, OUTPUT) };
}
