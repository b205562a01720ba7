// What the metrics that every run records cost: `node bench/metrics.ts [--tokens 300000]
// [--batches 1,16] [--optimizers sgd] [--json]`. Steps of `nano` as training takes them and records them,
// with a clock around each of the two.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createRng } from '../src/core/rng.ts';
import { modelPreset } from '../src/model/presets.ts';
import { optimizer, resolveHyper } from '../src/optim/registry.ts';
import { createEngine } from '../src/runtime/engine.ts';
import { defaultMicroBatch } from '../src/runtime/micro-batch.ts';
import { host } from '../src/runtime/targets/host.ts';
import type { RunConfig } from '../src/train/config.ts';
import { createRecorder } from '../src/train/recorder.ts';
import { takeStep } from '../src/train/step.ts';
import { busy, machine, versions } from './machine.ts';
import { table } from './table.ts';

const { values: flags } = parseArgs({
  options: {
    model: { type: 'string', default: 'nano' },
    /** Training tokens of a run, which decide how often it records; by default those of the quick study. */
    tokens: { type: 'string', default: '300000' },
    batches: { type: 'string', default: '1,4,16,64' },
    optimizers: { type: 'string', default: 'adam,sgd,sgd+adaptiveClip' },
    /** Seconds for one row. */
    seconds: { type: 'string', default: '4' },
    json: { type: 'boolean', default: false },
  },
});
const model = modelPreset(flags.model);

/** Milliseconds of the processor. */
const now = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

/** What looking at that clock costs by itself: more than recording does on most steps. */
function costOfClock(): number {
  const [begun, times] = [now(), 2000];
  for (let i = 0; i < times; i++) now();
  return (now() - begun) / (times + 1);
}

async function measure(name: string, batchSize: number, folder: string) {
  const hyper = resolveHyper(name);
  const config: RunConfig = {
    schema: 1,
    model,
    data: { corpus: 'noise', fingerprint: '' },
    optimizer: { name, hyper },
    lr: optimizer(name).lrGuess / 10,
    schedule: { name: 'constant', warmup: 0, final: 1 },
    clip: 1,
    batchSize,
    microBatch: defaultMicroBatch(model, batchSize),
    steps: Math.ceil(Number(flags.tokens) / (batchSize * model.seqLen)),
    seed: 1,
    eval: { tokens: 1, every: 0 },
  };
  const engine = await createEngine({ ...config, threads: 1 }, host);
  engine.initialize(1);
  const counters = {
    ...{ step: 0, seconds: 0, smooth: null, above: 0, tail: { loss: 0, steps: 0 } },
    interval: { steps: 0, loss: 0, gradNorm: 0, clipped: 0 },
  };
  const recorder = createRecorder(config, engine, {
    file: join(folder, `${name} ${batchSize}.jsonl`),
    counters,
    tokensAt: (step) => step * batchSize * model.seqLen,
    clock: () => performance.now() / 1000,
    look: true,
  });
  const rng = createRng(1, 'noise');
  const sampler = {
    sequence(_: number, out: Int32Array) {
      for (let i = 0; i < out.length; i++) out[i] = rng.below(model.vocabSize);
    },
  };
  const batch = new Int32Array(batchSize * (model.seqLen + 1));
  const spent = { steps: 0, metrics: 0 };
  const clock = costOfClock();
  const until = performance.now() + 1000 * Number(flags.seconds);
  while (counters.step < config.steps && performance.now() < until) {
    const begun = now();
    recorder.before();
    const recorded = now();
    const taken = await takeStep(engine, sampler, config, counters, batch);
    if (!taken) throw new Error(`${name} at batch size ${batchSize} has diverged`);
    const stepped = now();
    recorder.after(taken);
    // The first step opens the session.
    if (counters.step === 1) continue;
    spent.steps += stepped - recorded;
    spent.metrics += now() - stepped + recorded - begun - 2 * clock;
  }
  recorder.close();
  await engine.close();
  return { name, batchSize, steps: counters.step, share: spent.metrics / spent.steps };
}

const folder = mkdtempSync(join(tmpdir(), 'gaplab-metrics-'));
try {
  const load = busy();
  const rows = [];
  for (const name of flags.optimizers.split(','))
    for (const batch of flags.batches.split(',').map(Number)) rows.push(await measure(name, batch, folder));
  if (flags.json) console.log(JSON.stringify({ machine: machine(), model: flags.model, rows }));
  else {
    console.log(`${machine()}; ${versions()}`);
    if (load) console.log(`Warning: ${load}`);
    console.log(`Metrics of ${flags.model} in runs of ${flags.tokens} tokens\n`);
    const lines = rows.map(({ name, batchSize, steps, share }) => [
      ...[name, String(batchSize), String(steps)],
      `${(100 * share).toFixed(2)}%`,
    ]);
    console.log(table([['optimizer', 'batch', 'steps', "of the steps' processor time"], ...lines]));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
