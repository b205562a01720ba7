// Time of a training step against PyTorch eager: `npm run bench [-- --python PATH --threads 1,2 --batches 1,4,16,64]`.
// A step: batch from memory, gradient, norm and clip, update. Both take turns of about a quarter second in the same minute
// (gaplab, PyTorch, gaplab, ...); the table has medians of the turns with their range, and the median ratio of the pairs.
import { parseArgs } from 'node:util';
import { createRng } from '../src/core/rng.ts';
import type { ModelConfig } from '../src/model/config.ts';
import { defaultMicroBatch } from '../src/model/micro-batch.ts';
import { modelPreset } from '../src/model/presets.ts';
import { optimizer, resolveHyper } from '../src/optim/registry.ts';
import { createEngine } from '../src/runtime/engine.ts';
import { openSession } from '../src/runtime/session.ts';
import { busy, machine, versions } from './machine.ts';
import { findPython } from './peers/python.ts';
import { startTorch, type TorchSteps } from './peers/torch-step.ts';
import { table } from './table.ts';

/** One cell of the table, as both sides get it. */
export interface Setup {
  model: ModelConfig;
  optimizer: string;
  hyper: Record<string, number>;
  lr: number;
  clip: number;
  batchSize: number;
  threads: number;
}

const { values: flags } = parseArgs({
  options: {
    python: { type: 'string' },
    model: { type: 'string', default: 'nano' },
    batches: { type: 'string', default: '1,4,16,64' },
    optimizers: { type: 'string', default: 'sgd,adam' },
    threads: { type: 'string', default: '1' },
    /** Sequences per micro-batch of gaplab; default: as in training. */
    'micro-batch': { type: 'string' },
    /** Measured pairs of turns in each cell. */
    pairs: { type: 'string', default: '11' },
    json: { type: 'boolean', default: false },
  },
});
const numbers = (text: string) => text.split(',').map(Number);

const BATCHES = 8;
const TURN_MS = 250;

/** Steps of gaplab on random tokens: a function that takes `n` of them and gives their mean time in milliseconds. */
async function gaplabSteps({ model, batchSize, threads, ...setup }: Setup) {
  const wanted = Number(flags['micro-batch'] ?? defaultMicroBatch(model, batchSize));
  const microBatch = Math.min(batchSize, wanted);
  const { hyper, lr, clip } = setup;
  const engine = await createEngine(
    {
      model,
      optimizer: { name: setup.optimizer, hyper },
      microBatch,
      threads,
    },
    openSession,
  );
  engine.initialize(1);
  const rng = createRng(1, 'bench');
  const batches = Array.from({ length: BATCHES }, () =>
    Int32Array.from({ length: batchSize * (model.seqLen + 1) }, () => rng.below(model.vocabSize)),
  );
  let step = 0;
  const run = async (n: number) => {
    const started = performance.now();
    for (let i = 0; i < n; i++, step++) {
      const loss = await engine.gradient(batches[step % BATCHES], batchSize);
      engine.update({ lr, step, clip });
      if (!Number.isFinite(loss)) throw new Error(`loss ${loss} at step ${step}`);
    }
    return (performance.now() - started) / n;
  };
  return { run, microBatch, close: () => engine.close() };
}

const median = (values: number[]) => {
  const sorted = values.toSorted((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
};
const summary = (values: number[]) => ({
  median: median(values),
  min: Math.min(...values),
  max: Math.max(...values),
});

async function measure(setup: Setup, torch: TorchSteps | undefined) {
  const ours = await gaplabSteps(setup);
  try {
    const theirs = await torch?.setup(setup);
    // Warm both up, and size the turns: equal steps a turn on both sides would favour neither, equal time is steadier.
    await ours.run(5);
    await torch?.run(5);
    const turn = (ms: number) => Math.max(1, Math.round(TURN_MS / ms));
    const ourTurn = turn(await ours.run(10));
    const theirTurn = torch && turn(await torch.run(10));
    const times: { gaplab: number[]; torch: number[] } = { gaplab: [], torch: [] };
    for (let pair = 0; pair < Number(flags.pairs); pair++) {
      times.gaplab.push(await ours.run(ourTurn));
      if (torch) times.torch.push(await torch.run(theirTurn!));
    }
    const ratios = times.torch.map((t, i) => times.gaplab[i] / t);
    return {
      threads: setup.threads,
      optimizer: setup.optimizer,
      batchSize: setup.batchSize,
      microBatch: ours.microBatch,
      gaplab: summary(times.gaplab),
      ...(torch
        ? { torch: { ...summary(times.torch), variant: theirs!.variant }, ratio: summary(ratios) }
        : {}),
    };
  } finally {
    await ours.close();
  }
}

const load = busy();
const model = modelPreset(flags.model);
const { python, missing } = findPython(['torch'], flags.python);
const torch = python ? await startTorch(python) : undefined;
const cells: Awaited<ReturnType<typeof measure>>[] = [];
console.log(`One training step of ${flags.model}, milliseconds: median (min .. max) of ${flags.pairs} turns`);
console.log(`${machine()}`);
console.log(
  `${versions()}${torch ? `, PyTorch ${torch.torch} (Python ${torch.python})` : ''}, ${new Date().toISOString().slice(0, 10)}`,
);
if (missing) console.log(`PyTorch skipped: ${missing}`);
if (load) console.log(`Warning: ${load}`);
const ms = (x: number) => x.toPrecision(3);
const range = (s: ReturnType<typeof summary>) => `${ms(s.median)} (${ms(s.min)} .. ${ms(s.max)})`;
const rows = [
  [
    'threads',
    'optimizer',
    'batch',
    'pieces',
    'gaplab',
    'PyTorch',
    'gaplab / PyTorch',
    "PyTorch's fastest way",
  ],
];
for (const threads of numbers(flags.threads))
  for (const name of flags.optimizers.split(','))
    for (const batchSize of numbers(flags.batches)) {
      const { lrGuess } = optimizer(name);
      const hyper = resolveHyper(name);
      // A small rate: the tokens are noise, there is nothing to learn, and nothing should blow up.
      const setup = { model, optimizer: name, hyper, lr: lrGuess / 10, clip: 1, batchSize, threads };
      const cell = await measure(setup, torch);
      cells.push(cell);
      const { microBatch, gaplab, torch: peer, ratio } = cell;
      const peerCells = peer ? [range(peer), range(ratio!), peer.variant] : ['-', '-', '-'];
      rows.push([...[threads, name, batchSize, microBatch].map(String), range(gaplab), ...peerCells]);
      process.stderr.write(`${rows.at(-1)!.join('  ')}\n`);
    }
console.log(`\n${table(rows)}`);
torch?.close();
if (flags.json)
  console.log(
    JSON.stringify({ machine: machine(), versions: versions(), torch: torch?.torch ?? null, cells }),
  );
