// For tests and the table of docs/parity.md: short runs of nano on both engines, compared step by step.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PreparedData } from '../data/index.ts';
import { initialize, parameterCount } from '../model/parameters.ts';
import { variants } from '../model/variants.testing.ts';
import { optimizers } from '../optim/registry.ts';
import type { RunConfig } from '../train/config.ts';
import { configureRun, type RunInput } from '../train/configure-run.ts';
import { toLlama } from '../train/llama.ts';
import { writeSafetensors } from '../train/safetensors.ts';
import { train } from '../train/train.ts';
import { jobOf } from './job.ts';
import { engineFolder, type Python, pythonEnv } from './python.ts';

export const STEPS = 50;
/** Nats per token, at every step. */
export const BOUND = 1e-3;

export type Case = Omit<RunInput, 'data'> & { name: string };

/**
 * Every optimizer, grafts and hybrids, every clip, half-lives, schedules, growing batches,
 * pieces, every word of docs/models.md.
 */
export const cases: Case[] = [
  ...Object.keys(optimizers).map((name) => ({ name, optimizer: name })),
  { name: 'invadam, micro-batches of 3', optimizer: 'invadam', hyper: { micro: 3 }, microBatch: 2 },
  { name: 'adam#sgd', optimizer: 'adam#sgd' },
  { name: 'sgd#adam, layerwise', optimizer: 'sgd#adam', hyper: { layerwise: 1 } },
  { name: 'signum#adafactor', optimizer: 'signum#adafactor' },
  { name: 'sgd with Adam for the head', optimizer: 'rest=sgd,head=adam' },
  { name: 'sgd, no clip', optimizer: 'sgd', clip: null },
  { name: 'sgd, clip 0.1', optimizer: 'sgd', clip: 0.1 },
  { name: 'sgd, layer clip', optimizer: 'sgd', clip: { kind: 'layer', maxNorm: 0.1 } },
  { name: 'sgd, coordinate clip', optimizer: 'sgd', clip: { kind: 'coordinate', maxAbs: 0.003 } },
  { name: 'sgd, adaptive clip', optimizer: 'sgd', clip: { kind: 'adaptive', p: 0.3 } },
  { name: 'adam+decay', optimizer: 'adam+decay' },
  { name: 'adam, half-life in tokens', optimizer: 'adam', hyper: { beta2HalfLife: 5000 } },
  { name: 'adam, wsd, growing batch', schedule: { name: 'wsd' }, growth: { from: 1, over: 0.5 } },
  { name: 'adam, pieces of 3', microBatch: 3 },
  ...Object.entries(variants).map(([name, words]) => ({
    name,
    lr: 0.001,
    model: { preset: 'nano', ...words },
  })),
  { name: 'masked tokens', model: { preset: 'nano', objective: 'mlm' as const } },
];

export interface Compared {
  name: string;
  /** Losses of the first and the last step. */
  first: number;
  last: number;
  /** The largest difference of a step's loss. */
  apart: number;
}

const configOf = ({ name: _, ...input }: Case, data: PreparedData): RunConfig =>
  configureRun({ data, steps: STEPS, batchSize: 8, eval: { tokens: 512 }, ...input });

/** The lines of a file in the folder of an attempt. */
export const linesOf = (dir: string, file = 'metrics.jsonl') =>
  readFileSync(join(dir, file), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

const lossesIn = (dir: string): number[] => linesOf(dir).map(({ loss }) => loss);

/** Writes what a run needs into a folder: the job's file. */
export function handOver(config: RunConfig, data: PreparedData, folder: string): string {
  mkdirSync(folder, { recursive: true });
  const params = new Float32Array(parameterCount(config.model));
  initialize(config.model, config.seed, params);
  const from = join(folder, 'initial.safetensors');
  writeSafetensors(from, { tensors: toLlama(config.model, params), metadata: {} });
  const wishes = { threads: 1, device: 'cpu' as const, checkpointSeconds: 1e9 };
  const file = join(folder, 'job.json');
  writeFileSync(file, JSON.stringify(jobOf(config, data, { ...wishes, attemptDir: folder, folder, from })));
  return file;
}

/** Runs all cases on both engines, those in PyTorch in one process, since starting it takes seconds. */
export async function compareEngines(
  list: readonly Case[],
  data: PreparedData,
  python: Python,
  dir: string,
): Promise<Compared[]> {
  const jobs = list.map((one, i) => handOver(configOf(one, data), data, join(dir, `torch-${i}`)));
  const { status, stderr } = spawnSync(python.command, ['-m', 'gaplab_torch', ...jobs], {
    env: { ...process.env, ...pythonEnv },
    cwd: engineFolder,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`PyTorch ended with code ${status}: ${stderr}`);
  const rows: Compared[] = [];
  for (const [i, one] of list.entries()) {
    const attemptDir = join(dir, `own-${i}`);
    await train(configOf(one, data), { data, attemptDir });
    const [own, theirs] = [lossesIn(attemptDir), lossesIn(join(dir, `torch-${i}`))];
    const apart = Math.max(...own.map((loss, step) => Math.abs(loss - theirs[step])));
    rows.push({ name: one.name, first: own[0], last: own.at(-1)!, apart });
  }
  return rows;
}
