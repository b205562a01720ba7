// 10,000 paths x 1,000 steps x 16 dimensions of either SDE of Theorem 1, against vectorized NumPy:
// `node bench/theory.ts [--python PATH --pairs 5 --json]`. Processor time of one thread, both sides in turns.

import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { quadratic } from '../src/theory/problem.ts';
import { simulate } from '../src/theory/simulate.ts';
import { busy, machine } from './machine.ts';
import { findPython } from './peers/python.ts';
import { median } from './stats.ts';
import { table } from './table.ts';

const { values: flags } = parseArgs({
  options: {
    python: { type: 'string' },
    pairs: { type: 'string', default: '5' },
    paths: { type: 'string', default: '10000' },
    json: { type: 'boolean', default: false },
  },
});
const shape = { paths: Number(flags.paths), steps: 1000, dim: 16, lr: 1e-3, batchSize: 16, sigma: 10 };
const spectrum = Array.from({ length: shape.dim }, (_, i) => (i + 1) / 4 + 0.75);
const problem = quadratic({ spectrum, sigma: [shape.sigma] });
type Method = 'sgd' | 'signsgd';

async function ours(method: Method): Promise<{ seconds: number; loss: number }> {
  const { paths, steps, lr, batchSize } = shape;
  const before = process.cpuUsage();
  const [{ mean }] = await simulate({
    method,
    form: 'sde',
    problem,
    lr,
    batchSize,
    paths,
    seed: 1,
    record: [steps],
  });
  const { user, system } = process.cpuUsage(before);
  return { seconds: (user + system) / 1e6, loss: mean };
}

/** The NumPy side, one process for the whole benchmark. */
function startNumpy(python: string) {
  const peer = resolve(import.meta.dirname, 'peers/theory_numpy.py');
  const oneThread = { OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1', MKL_NUM_THREADS: '1' };
  const child = spawn(python, [peer], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...oneThread },
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error('the NumPy process ended');
    return JSON.parse(value);
  };
  return {
    hello: next as () => Promise<{ numpy: string; scipy: boolean }>,
    run(request: object): Promise<{ seconds: number; loss: number }> {
      child.stdin.write(`${JSON.stringify(request)}\n`);
      return next();
    },
    close: () => child.stdin.end(),
  };
}

const spread = (values: number[]) =>
  `${median(values).toFixed(2)} (${Math.min(...values).toFixed(2)} .. ${Math.max(...values).toFixed(2)})`;

const load = busy();
const found = findPython(['numpy'], flags.python);
const numpy = found.python === undefined ? undefined : startNumpy(found.python);
const about = await numpy?.hello();
const results = [];
for (const method of ['sgd', 'signsgd'] as const) {
  await ours(method); // compiled and warm
  // The fastest of several ways to write it stands for NumPy.
  let best: { seconds: number; way: { dtype: string; block: number; bits: string } } | undefined;
  if (numpy)
    for (const dtype of ['float32', 'float64'])
      for (const block of [256, 1024, 10000])
        for (const bits of ['SFC64', 'PCG64']) {
          const way = { dtype, block, bits };
          const { seconds } = await numpy.run({ method, ...shape, paths: shape.paths / 5, ...way });
          if (!best || seconds < best.seconds) best = { seconds, way };
        }
  const times = { gaplab: [] as number[], numpy: [] as number[] };
  const losses = { gaplab: 0, numpy: Number.NaN };
  for (let pair = 0; pair < Number(flags.pairs); pair++) {
    const mine = await ours(method);
    times.gaplab.push(mine.seconds);
    losses.gaplab = mine.loss;
    if (!numpy) continue;
    const theirs = await numpy.run({ method, ...shape, ...best!.way });
    times.numpy.push(theirs.seconds);
    losses.numpy = theirs.loss;
  }
  // Both must have computed the same thing: the mean of 10,000 losses is known to a fifth of a percent.
  if (numpy && Math.abs(losses.numpy / losses.gaplab - 1) > 0.02)
    throw new Error(`${method}: losses ${losses.gaplab} and ${losses.numpy} differ`);
  results.push({
    method,
    times,
    ratios: times.numpy.map((t, i) => times.gaplab[i] / t),
    losses,
    way: best?.way,
  });
}
numpy?.close();

if (flags.json)
  console.log(
    JSON.stringify({ machine: machine(), node: process.versions.node, ...about, load, shape, results }),
  );
else {
  console.log(`${machine()}; Node ${process.versions.node}${about ? `, NumPy ${about.numpy}` : ''}`);
  if (load) console.log(load);
  if (found.missing) console.log(`NumPy is left out: ${found.missing}`);
  console.log(
    `${shape.paths} paths x ${shape.steps} steps x ${shape.dim} dimensions, seconds of one processor, median (min .. max)\n`,
  );
  const head = ['SDE', 'gaplab', 'NumPy', 'gaplab / NumPy', "NumPy's fastest way"];
  const rows = results.map(({ method, times, ratios, way }) => [
    method,
    spread(times.gaplab),
    times.numpy.length > 0 ? spread(times.numpy) : '',
    ratios.length > 0 ? spread(ratios) : '',
    way ? `${way.dtype}, ${way.bits}, ${way.block} paths at a time` : '',
  ]);
  console.log(table([head, ...rows]));
}
