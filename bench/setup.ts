// One cell of a comparison, as every side gets it: the model's initial values and the batches in files.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRng } from '../src/core/rng.ts';
import { initialize, parameterCount, parameters } from '../src/model/parameters.ts';
import { modelPreset } from '../src/model/presets.ts';
import { optimizer, resolveHyper } from '../src/optim/registry.ts';
import type { Setup } from './serve.ts';

export interface BenchCase {
  model: string;
  optimizer: string;
  batchSize: number;
  threads: number;
}

const BATCHES = 8;

/** Runs `work` with the setup of `cell`; its files are gone afterwards. */
export async function withSetup<T>(cell: BenchCase, work: (setup: Setup) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'gaplab-bench-'));
  try {
    const model = modelPreset(cell.model);
    const flat = new Float32Array(parameterCount(model));
    initialize(model, 1, flat);
    const rng = createRng(1, 'bench');
    const ids = Int32Array.from({ length: BATCHES * cell.batchSize * (model.seqLen + 1) }, () =>
      rng.below(model.vocabSize),
    );
    const files = { init: join(folder, 'init.f32'), batches: join(folder, 'batches.i32') };
    writeFileSync(files.init, flat);
    writeFileSync(files.batches, ids);
    return await work({
      ...files,
      model,
      table: parameters(model).flatMap((p) => p.llama),
      optimizer: cell.optimizer,
      hyper: resolveHyper(cell.optimizer),
      // A small rate: the tokens are noise, there is nothing to learn, and nothing should blow up.
      lr: optimizer(cell.optimizer).lrGuess / 10,
      clip: 1,
      batchSize: cell.batchSize,
      threads: cell.threads,
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
