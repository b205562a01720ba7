// Which runs a command line means: directories of runs, checkpoint files, or studies (their winners).
import { existsSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { CheckpointError, UserError } from '../core/errors.ts';
import { parseJson, readIfThere } from '../files/atomic.ts';
import { parameterCount } from '../model/parameters.ts';
import { optimizer } from '../optim/registry.ts';
import { cellsOf } from '../report/cells.ts';
import { loadStudyDir } from '../report/load.ts';
import type { ProbedRun } from '../report/measurement.ts';
import { attemptDir, checkpoints } from '../store/attempt.ts';
import { refuseLinksInRun } from '../store/runs.ts';
import { readCheckpoint } from '../train/checkpoint.ts';
import { type RunConfig, runConfig } from '../train/config.ts';
import { runId } from '../train/run-id.ts';
import { scriptConfig } from '../train/script-config.ts';

export interface Target {
  dir: string;
  config: RunConfig;
  label: ProbedRun;
  /** The checkpoint to measure at; undefined where only what was recorded counts, or where there is none. */
  checkpoint: string | undefined;
}

/** Throws UserError for a path that is none of these. */
export function targetsOf(paths: readonly string[]): Target[] {
  const found = paths.flatMap((path) => targetsAt(resolve(path)));
  return found.filter(({ dir, checkpoint }, i) => {
    return found.findIndex((other) => other.dir === dir && other.checkpoint === checkpoint) === i;
  });
}

function targetsAt(path: string): Target[] {
  if (!existsSync(path))
    throw new UserError(`${path} does not exist; give the directory of a run, a checkpoint, or a study`);
  if (statSync(path).isFile()) {
    // <run>/attempt-<n>/checkpoint.safetensors, or a copy of it beside the run's config.json.
    const dir = [dirname(path), dirname(dirname(path))].find((d) => existsSync(join(d, 'config.json')));
    if (!dir) throw new UserError(`${path}: no config.json beside it or above it says which run it is of`);
    return [runAt(dir, path)];
  }
  if (existsSync(join(path, 'study.json'))) return winnersOf(path);
  if (!existsSync(join(path, 'config.json')))
    throw new UserError(
      `${path} holds no run (no config.json) and no study (no study.json): give the --out directory of a train or a study`,
    );
  return [runAt(path, newestCheckpoint(path))];
}

function runAt(dir: string, checkpoint: string | undefined): Target {
  const value = parseJson(readIfThere(join(dir, 'config.json')) ?? '');
  if (scriptConfig.safeParse(value).success)
    throw new UserError(`${dir} is the run of a script: only runs of gaplab's own models can be probed`);
  const parsed = runConfig.safeParse(value);
  if (!parsed.success)
    throw new UserError(`${join(dir, 'config.json')} is not the config of a run; use another directory`);
  const config = parsed.data;
  const { batchSize, lr, seed } = config;
  const label = {
    run: basename(dir),
    id: runId(config),
    optimizer: config.optimizer.name,
    batchSize,
    lr,
    seed,
  };
  return { dir, config, label, checkpoint };
}

function newestCheckpoint(dir: string): string | undefined {
  const [newest] = checkpoints(dir, Number.POSITIVE_INFINITY);
  return newest === undefined ? undefined : join(attemptDir(dir, newest), 'checkpoint.safetensors');
}

/** The best run of every cell, and its further seeds, of which only what they recorded is asked. */
function winnersOf(study: string): Target[] {
  const loaded = loadStudyDir(study);
  const tuningSeed = loaded.study.seeds.tune;
  const cells = cellsOf(loaded);
  const targets = cells.flatMap(({ optimizer: arm, batchSize, model, tokens, best }) =>
    loaded.rows
      .filter(
        (row) =>
          best !== null &&
          [row.optimizer, row.batchSize, row.model, row.tokens, row.lr].join() ===
            [arm, batchSize, model, tokens, best.lr].join() &&
          JSON.stringify(row.hyper) === JSON.stringify(best.hyper) &&
          row.status === 'done',
      )
      .map((row) => {
        const dir = join(study, 'runs', row.runId);
        refuseLinksInRun(dir);
        const target = runAt(dir, undefined);
        const checkpoint = row.seed === tuningSeed ? newestCheckpoint(target.dir) : undefined;
        return { ...target, checkpoint, label: { ...target.label, optimizer: arm } };
      }),
  );
  if (targets.length === 0)
    throw new UserError(
      `${study}: no cell of this study has a finished run yet; \`gaplab status ${study}\` says where it stands`,
    );
  return targets;
}

export interface Loaded {
  step: number;
  params: Float32Array;
  state: Record<string, Float32Array>;
}

/** Parameters, optimizer state and step of a checkpoint. Throws UserError when it cannot be read. */
export function loadCheckpoint({ config, checkpoint }: Target): Loaded {
  const size = parameterCount(config.model);
  const names = optimizer(config.optimizer.name).state(config.optimizer.hyper);
  const params = new Float32Array(size);
  const state = Object.fromEntries(names.map((name) => [name, new Float32Array(size)]));
  try {
    const { step } = readCheckpoint(checkpoint!, config, { params, state })!;
    return { step, params, state };
  } catch (error) {
    throw error instanceof CheckpointError
      ? new UserError(`${error.message}; use another checkpoint`)
      : error;
  }
}
