// Time of the update of every optimizer against Adam's: `node bench/update.ts [--model nano] [--also
// adam#sgd,nsgd] [--json]`. The kernel alone, all optimizers in turns; norms for clipping are taken before.
// Gradients change from step to step, as in training: what a quantile costs depends on how far it moves.
import { parseArgs } from 'node:util';
import { createRng } from '../src/core/rng.ts';
import { parameterCount } from '../src/model/parameters.ts';
import { modelPreset } from '../src/model/presets.ts';
import { optimizers, resolveHyper } from '../src/optim/registry.ts';
import { createEngine } from '../src/runtime/engine.ts';
import { host } from '../src/runtime/targets/host.ts';
import { busy, machine, versions } from './machine.ts';
import { range, summary } from './stats.ts';
import { table } from './table.ts';

const { values: flags } = parseArgs({
  options: {
    model: { type: 'string', default: 'nano' },
    /** Composed optimizers to measure as well. */
    also: { type: 'string' },
    pairs: { type: 'string', default: '25' },
    json: { type: 'boolean', default: false },
  },
});
const model = modelPreset(flags.model);
const TURN_MS = 20;
const GRADIENTS = 16;
const load = busy();
const gradients = makeGradients(parameterCount(model));

/** Coordinates of very different sizes, and steps of somewhat different ones. */
function makeGradients(count: number): Float32Array[] {
  const rng = createRng(1, 'gradients');
  const sizes = Float32Array.from({ length: count }, () => 0.01 * Math.exp(rng.normal()));
  return Array.from({ length: GRADIENTS }, () => {
    const step = Math.exp(0.1 * rng.normal());
    return sizes.map((size) => step * size * rng.normal());
  });
}

async function open(name: string) {
  const engine = await createEngine(
    { model, optimizer: { name, hyper: resolveHyper(name) }, microBatch: 1, threads: 1 },
    host,
  );
  engine.initialize(1);
  let step = 0;
  /**
   * Milliseconds of an update, mean of `n`: of the processor, since nothing here
   * waits and others may want it too.
   */
  const run = (n: number) => {
    let spent = 0;
    for (let i = 0; i < n; i++) {
      engine.grads.set(gradients[step % GRADIENTS]);
      const started = process.cpuUsage();
      // A rate at which thousands of updates change nothing that would matter to their time.
      engine.update({ lr: 1e-7, step: step++, clip: 1 });
      const { user, system } = process.cpuUsage(started);
      spent += user + system;
    }
    return spent / 1000 / n;
  };
  run(2 * GRADIENTS);
  const count = Math.max(1, Math.round(TURN_MS / run(5)));
  const buffers = Object.keys(engine.state).length;
  return { name, run, count, buffers, times: [] as number[] };
}

const names = [...Object.keys(optimizers), ...(flags.also?.split(',') ?? [])];
const sides: Awaited<ReturnType<typeof open>>[] = [];
for (const name of names) sides.push(await open(name));
for (let pair = 0; pair < Number(flags.pairs); pair++)
  for (const side of sides) side.times.push(side.run(side.count));

const adam = sides.find(({ name }) => name === 'adam')!.times;
const measured = sides.map(({ name, buffers, times }) => ({
  name,
  buffers,
  microseconds: summary(times.map((ms) => 1000 * ms)),
  ratio: summary(times.map((ms, i) => ms / adam[i])),
  // On a busy machine the least of many turns is the one that nobody disturbed.
  least: Math.min(...times) / Math.min(...adam),
}));
if (flags.json) console.log(JSON.stringify({ machine: machine(), model: flags.model, optimizers: measured }));
else {
  console.log(`${machine()}; ${versions()}`);
  if (load) console.log(`Warning: ${load}`);
  console.log(`Update of ${flags.model}, ${flags.pairs} turns\n`);
  const rows = measured.map(({ name, buffers, microseconds, ratio, least }) => [
    name,
    String(buffers),
    range(microseconds),
    range(ratio),
    least.toFixed(2),
  ]);
  console.log(
    table([
      ['optimizer', 'state', 'processor µs: median (min .. max)', "of Adam's time", 'least of least'],
      ...rows,
    ]),
  );
}
