// Does PyTorch get the same numbers? `node bench/peers/parity.ts [--python PATH] [--keep DIR] [--edge]`
// Writes traces of several configurations, replays them (replay.py) and prints the largest
// differences as a table; --edge: of runs at learning rates so large that rounding errors grow without bound,
// which nobody can replay. Exit code 1 when one is above its bound, 0 when there is no PyTorch to ask.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type PreparedData, prepareData } from '../../src/data/index.ts';
import { modelPreset } from '../../src/model/presets.ts';
import { resolveHyper } from '../../src/optim/registry.ts';
import type { RunConfig } from '../../src/train/config.ts';
import { trace } from '../../src/train/trace.ts';
import { table } from '../table.ts';
import { findPython } from './python.ts';

interface Case {
  model: keyof typeof models;
  optimizer: string;
  hyper?: Record<string, number>;
  lr: number;
  clip: number | null;
  batchSize: number;
  microBatch: number;
  schedule?: string;
  seed?: number;
}

/** Two shapes that share no size: width, layers, heads, sequence, vocabulary. */
const models = {
  nano: modelPreset('nano'),
  other: modelPreset('nano', { vocabSize: 1024, dim: 96, layers: 3, heads: 3, ffnDim: 256, seqLen: 48 }),
};

/**
 * Both optimizers, with and without clipping, batch 1 to 64, whole and in pieces
 * (also uneven ones), both shapes.
 */
const steadyCases: Case[] = [
  { model: 'nano', optimizer: 'sgd', lr: 0.1, clip: 1, batchSize: 8, microBatch: 8, seed: 3 },
  { model: 'nano', optimizer: 'sgd', lr: 0.03, clip: null, batchSize: 1, microBatch: 1 },
  { model: 'nano', optimizer: 'sgd', lr: 0.05, clip: 1, batchSize: 64, microBatch: 16 },
  { model: 'nano', optimizer: 'adam', lr: 0.001, clip: null, batchSize: 1, microBatch: 1 },
  { model: 'nano', optimizer: 'adam', lr: 0.003, clip: 1, batchSize: 16, microBatch: 16 },
  { model: 'nano', optimizer: 'adam', lr: 0.003, clip: 1, batchSize: 64, microBatch: 8 },
  {
    model: 'other',
    optimizer: 'sgd',
    hyper: { momentum: 0.9, nesterov: 1, weightDecay: 0.01 },
    lr: 0.1,
    clip: 0.5,
    batchSize: 10,
    microBatch: 4,
    schedule: 'wsd',
  },
  {
    model: 'other',
    optimizer: 'sgd',
    hyper: { momentum: 0 },
    lr: 0.1,
    clip: null,
    batchSize: 16,
    microBatch: 4,
  },
  {
    model: 'other',
    optimizer: 'adamw',
    lr: 0.001,
    clip: null,
    batchSize: 32,
    microBatch: 32,
    schedule: 'linear',
  },
  // Rules that measure every tensor by itself: Q, K and V are three.
  ...(
    [
      ['adafactor', {}, 0.03],
      ['nsgd', { layerwise: 1 }, 0.03],
      ['adam#sgd', { layerwise: 1 }, 0.001],
      ['sgd#adam', { layerwise: 1 }, 0.03],
      ['sgd+layerClip', { maxNorm: 0.1 }, 0.03],
    ] as const
  ).map(
    ([optimizer, hyper, lr]): Case => ({
      ...{ model: 'nano', optimizer, hyper, lr, clip: 1, batchSize: 16, microBatch: 16 },
    }),
  ),
];

/**
 * At the edge of stability: the loss jumps, and a difference of one rounding grows
 * a thousandfold within 50 steps.
 */
const edgeCases: Case[] = [
  { model: 'nano', optimizer: 'sgd', lr: 0.2, clip: 1, batchSize: 64, microBatch: 16 },
  {
    model: 'other',
    optimizer: 'sgd',
    hyper: { momentum: 0 },
    lr: 0.5,
    clip: null,
    batchSize: 16,
    microBatch: 4,
  },
  {
    model: 'other',
    optimizer: 'adamw',
    lr: 0.003,
    clip: null,
    batchSize: 32,
    microBatch: 32,
    schedule: 'linear',
  },
];

const STEPS = 50;

/** Columns: what replay.py measured, and its short name. */
const measures = {
  loss: 'd loss',
  torch64: '(torch - f64)',
  ours64: '(gaplab - f64)',
  gradient: 'd grad',
  gradNorm: 'd norm',
  parameters: 'd param',
  validation: 'd val',
};

interface Replay {
  versions: Record<string, string>;
  bounds: Record<string, number>;
  results: { folder: string; worst: Record<string, number>; agrees: boolean }[];
}

function configOf(c: Case, data: PreparedData): RunConfig {
  return {
    schema: 1,
    model: models[c.model],
    data: { corpus: data.corpus, fingerprint: data.fingerprint },
    optimizer: { name: c.optimizer, hyper: resolveHyper(c.optimizer, c.hyper) },
    lr: c.lr,
    schedule: { name: c.schedule ?? 'cosine', warmup: 0.1, final: 0.01 },
    clip: c.clip,
    batchSize: c.batchSize,
    microBatch: c.microBatch,
    steps: STEPS,
    seed: c.seed ?? 1,
    eval: { tokens: 16384, every: 0 },
  };
}

const shape = (c: Case) => {
  const { dim, layers, heads, seqLen, vocabSize } = models[c.model];
  return `D${dim} L${layers} H${heads} T${seqLen} V${vocabSize}`;
};
const rule = ({ optimizer, hyper = {} }: Case) =>
  [optimizer, ...Object.entries(hyper).map(([key, value]) => `${key} ${value}`)].join(', ');

async function main(): Promise<number> {
  const { values: flags } = parseArgs({
    options: {
      python: { type: 'string' },
      keep: { type: 'string' },
      edge: { type: 'boolean', default: false },
    },
  });
  const cases = flags.edge ? edgeCases : steadyCases;
  const { python, missing } = findPython(['torch', 'transformers', 'safetensors'], flags.python);
  if (!python) {
    console.log(`skipped: ${missing}`);
    return 0;
  }
  const folder = flags.keep ?? mkdtempSync(join(tmpdir(), 'gaplab-parity-'));
  try {
    const losses: string[] = [];
    for (const [i, c] of cases.entries()) {
      const data = await prepareData({ corpus: 'sotu', vocabSize: models[c.model].vocabSize });
      const { steps } = await trace(configOf(c, data), join(folder, String(i)), { data });
      data.close();
      losses.push(`${steps[0].loss.toFixed(3)} -> ${steps.at(-1)!.loss.toFixed(3)}`);
    }
    const folders = cases.map((_, i) => join(folder, String(i)));
    const script = join(import.meta.dirname, 'replay.py');
    const { stdout, stderr } = spawnSync(python, [script, '--json', '--control', ...folders], {
      encoding: 'utf8',
    });
    if (!stdout) throw new Error(`${script} failed: ${stderr}`);
    const { versions, bounds, results }: Replay = JSON.parse(stdout);
    const rows = results.map(({ worst, agrees }, i) => {
      const { batchSize, microBatch, clip } = cases[i];
      const sizes = [batchSize, batchSize === microBatch ? 'whole' : microBatch, clip ?? 'none'].map(String);
      const differences = Object.keys(measures).map((key) => worst[key].toExponential(1));
      return [shape(cases[i]), rule(cases[i]), ...sizes, losses[i], ...differences, agrees ? 'yes' : 'NO'];
    });
    const head = [
      'model',
      'optimizer',
      'batch',
      'pieces',
      'clip',
      'loss',
      ...Object.values(measures),
      'agrees',
    ];
    console.log(table([head, ...rows]));
    const limits = Object.entries(bounds).map(([name, bound]) => `${name} ${bound}`);
    console.log(`\nBounds: ${limits.join(', ')}. Node ${process.versions.node}, Python ${versions.python},`);
    console.log(`PyTorch ${versions.torch}, transformers ${versions.transformers}; ${STEPS} steps each.`);
    return results.every(({ agrees }) => agrees) ? 0 : 1;
  } finally {
    if (!flags.keep) rmSync(folder, { recursive: true, force: true });
  }
}

process.exitCode = await main();
