// The memory that `gaplab model` predicts against what a process takes: `node bench/memory.ts [--models
// nano,1m,10m,30m] [--recompute]`. Every model trains two steps in a process of its own;
// its resident memory is compared with that of one with the tiny model.
import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { memory } from '../src/model/cost.ts';
import { modelPreset } from '../src/model/presets.ts';
import { optimizer, resolveHyper } from '../src/optim/registry.ts';
import { createEngine } from '../src/runtime/engine.ts';
import { defaultMicroBatch } from '../src/runtime/micro-batch.ts';
import { host } from '../src/runtime/targets/host.ts';

const { values: flags } = parseArgs({
  options: {
    models: { type: 'string', default: 'nano,1m,10m,30m' },
    optimizer: { type: 'string', default: 'adam' },
    batch: { type: 'string', default: '16' },
    /** Sequences per micro-batch; default: the engine's choice. */
    micro: { type: 'string' },
    /** Activations computed again in the backward pass. */
    recompute: { type: 'boolean', default: false },
    /** Internal: what a child process measures. */
    child: { type: 'string' },
  },
});
const batchSize = Number(flags.batch);
const name = flags.optimizer;
const hyper = resolveHyper(name);
const MIB = 2 ** 20;

/** Largest resident size of this process over two steps, in bytes. */
async function measure(preset: string): Promise<number> {
  const model = modelPreset(preset);
  const microBatch = Number(flags.micro ?? defaultMicroBatch(model, batchSize));
  const engine = await createEngine(
    { model, optimizer: { name, hyper }, microBatch, threads: 1, recompute: flags.recompute },
    host,
  );
  engine.initialize(1);
  const ids = Int32Array.from({ length: batchSize * (model.seqLen + 1) }, (_, i) => i % model.vocabSize);
  for (let step = 0; step < 2; step++) {
    await engine.gradient(ids, batchSize);
    engine.update({ lr: 1e-3, step, clip: 1 });
  }
  return process.resourceUsage().maxRSS * 1024;
}

function compare(): void {
  const child = (preset: string) =>
    Number(
      execFileSync(process.execPath, [...process.argv.slice(1), '--child', preset], { encoding: 'utf8' }),
    );
  const predict = (preset: string) => {
    const model = modelPreset(preset);
    const microBatch = Number(flags.micro ?? defaultMicroBatch(model, batchSize));
    const stateBuffers = optimizer(name).state(hyper).length;
    return memory(model, { stateBuffers, batchSize, microBatch, recompute: flags.recompute });
  };
  const mib = (bytes: number) => (bytes / MIB).toFixed(0).padStart(9);
  const base = child('tiny') - predict('tiny').total;
  console.log(`${name}, batch ${batchSize}; process without a model:${mib(base)} MiB`);
  console.log('model     buffers activations predicted  measured   (MiB)');
  for (const preset of flags.models.split(',')) {
    const { total, activations } = predict(preset);
    const measured = child(preset) - base;
    console.log(
      `${preset.padEnd(8)}${mib(total - activations)}${mib(activations).padStart(12)} ${mib(total)} ${mib(measured)}` +
        `   ${(((measured - total) / total) * 100).toFixed(0)}% off`,
    );
  }
}

if (flags.child) console.log(await measure(flags.child));
else compare();
