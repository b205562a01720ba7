// A Hessian-vector product in units of a gradient: `node bench/hessian.ts [--models nano,1m] [--sequences
// 16] [--rounds 40]`. The engine's own gradient and the probes' product over the same sequences take turns;
// processor time of one thread, so that other work on the machine disturbs both alike.
// What products share (a third of the first) is done before.

import { parseArgs } from 'node:util';
import { modelPreset } from '../src/model/presets.ts';
import { resolveHyper } from '../src/optim/registry.ts';
import { createEngine } from '../src/runtime/engine.ts';
import { defaultMicroBatch } from '../src/runtime/micro-batch.ts';
import { createProbeModel } from '../src/runtime/probing.ts';
import { host } from '../src/runtime/targets/host.ts';
import { busy, machine } from './machine.ts';
import { median } from './stats.ts';
import { table } from './table.ts';

const { values: flags } = parseArgs({
  options: {
    models: { type: 'string', default: 'nano' },
    sequences: { type: 'string', default: '16' },
    rounds: { type: 'string', default: '40' },
  },
});
const count = Number(flags.sequences);

async function milliseconds(work: () => Promise<unknown>): Promise<number> {
  const { user, system } = process.cpuUsage();
  await work();
  const used = process.cpuUsage();
  return (used.user - user + used.system - system) / 1000;
}

async function measure(preset: string): Promise<string[]> {
  const model = modelPreset(preset);
  const optimizer = { name: 'sgd', hyper: resolveHyper('sgd') };
  const microBatch = defaultMicroBatch(model, count);
  const engine = await createEngine({ model, optimizer, microBatch, threads: 1 }, host);
  engine.initialize(1);
  const probe = createProbeModel({ model, params: engine.params, threads: 1 }, host);
  const ids = Int32Array.from({ length: count * (model.seqLen + 1) }, (_, i) => (i * 7919) % model.vocabSize);
  const hessian = await probe.hessian({ ids, count });
  const v = engine.params.map((x) => Math.sin(1e3 * x));
  const out = new Float32Array(v.length);
  const turns: { gradient: number; product: number }[] = [];
  // The first rounds warm caches and open sessions.
  for (let round = -5; round < Number(flags.rounds); round++) {
    const gradient = await milliseconds(() => engine.gradient(ids, count));
    const product = await milliseconds(() => hessian.times(v, out));
    if (round >= 0) turns.push({ gradient, product });
  }
  await hessian.close();
  await probe.close();
  await engine.close();
  const ratios = turns.map((turn) => turn.product / turn.gradient);
  return [
    preset,
    String(count),
    median(turns.map((turn) => turn.gradient)).toFixed(1),
    median(turns.map((turn) => turn.product)).toFixed(1),
    median(ratios).toFixed(2),
  ];
}

const warning = busy();
const rows = [['model', 'sequences', 'gradient, ms', 'Hessian-vector product, ms', 'ratio (median)']];
for (const preset of flags.models.split(',')) rows.push(await measure(preset));
console.log(`${table(rows)}\n\n${machine()}${warning ? `\n${warning}` : ''}`);
