// Where the time of a gradient goes: `node bench/profile.ts [--model nano] [--batch 8] [--runs 50] [--top 15]
// [--threads 1] [--no-kernels]`. Runs the graph of one micro-batch under ONNX Runtime's profiler;
// prints time by kind of node, and the dearest nodes.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { modelPreset } from '../src/model/presets.ts';
import type { Backend } from '../src/runtime/backend.ts';
import { createEngine } from '../src/runtime/engine.ts';
import { defaultMicroBatch, kernelPiece } from '../src/runtime/micro-batch.ts';
import { host } from '../src/runtime/targets/host.ts';
import { ortLibrary } from '../src/runtime/targets/ort/library.ts';
import { sessionsWith } from '../src/runtime/targets/ort/session.ts';
import { median } from './stats.ts';

/** An entry of the profiler's file, as far as it is read. */
interface ProfileEvent {
  cat: string;
  name: string;
  /** Microseconds. */
  dur: number;
  args: {
    op_name: string;
    input_type_shape?: Record<string, number[]>[];
    output_type_shape?: Record<string, number[]>[];
  };
}
interface NodeTime {
  name: string;
  type: string;
  shapes: string;
  /** Microseconds in each run. */
  times: number[];
}

const { values: flags } = parseArgs({
  allowNegative: true,
  options: {
    model: { type: 'string', default: 'nano' },
    batch: { type: 'string' },
    runs: { type: 'string', default: '50' },
    top: { type: 'string', default: '15' },
    threads: { type: 'string', default: '1' },
    /** `--no-kernels`: ONNX Runtime's operations alone. */
    kernels: { type: 'boolean', default: true },
  },
});
const model = modelPreset(flags.model);
const batch = Number(
  flags.batch ??
    Math.min(defaultMicroBatch(model, 64), flags.kernels ? kernelPiece(model) : Number.POSITIVE_INFINITY),
);
const runs = Number(flags.runs);
const WARMUP = 5;

/** Gradients of random ids by the engine itself, under ONNX Runtime's profiler. */
async function record(): Promise<{ events: ProfileEvent[]; milliseconds: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'gaplab-profile-'));
  const { api } = ortLibrary();
  const profiled: Backend = {
    open: sessionsWith((options) => api.EnableProfiling(options, join(folder, 'ort'))),
    ...(flags.kernels ? { kernels: host.kernels } : {}),
  };
  try {
    const config = { model, microBatch: batch, threads: Number(flags.threads) };
    const engine = await createEngine({ ...config, optimizer: { name: 'signsgd', hyper: {} } }, profiled);
    engine.initialize(1);
    const sequences = Int32Array.from(
      { length: batch * (model.seqLen + 1) },
      (_, i) => (i * 7919) % model.vocabSize,
    );
    for (let i = 0; i < WARMUP; i++) await engine.gradient(sequences, batch);
    const started = performance.now();
    for (let i = 0; i < runs; i++) await engine.gradient(sequences, batch);
    const milliseconds = (performance.now() - started) / runs;
    await engine.close();
    const [file] = readdirSync(folder);
    return { events: JSON.parse(readFileSync(join(folder, file), 'utf8')), milliseconds };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Times of each node, without those of the warmup. The profiler keeps a million events: fewer runs, then. */
function byNode(events: ProfileEvent[]): NodeTime[] {
  const nodes = new Map<string, NodeTime>();
  const shape = (list: Record<string, number[]>[] = []) =>
    list.map((entry) => `[${Object.values(entry)[0].join(' ')}]`).join(' ');
  for (const { cat, name, dur, args } of events) {
    if (cat !== 'Node' || !name.endsWith('_kernel_time')) continue;
    let node = nodes.get(name);
    if (!node) {
      const shapes = `${shape(args.input_type_shape)} -> ${shape(args.output_type_shape)}`;
      nodes.set(
        name,
        (node = { name: name.replace('_kernel_time', ''), type: args.op_name, shapes, times: [] }),
      );
    }
    node.times.push(dur);
  }
  return [...nodes.values()].map((node) => ({ ...node, times: node.times.slice(WARMUP) }));
}

const { events, milliseconds } = await record();
const nodes = byNode(events).map((node) => ({ ...node, time: median(node.times) }));
const total = nodes.reduce((sum, { time }) => sum + time, 0);
const percent = (part: number) => `${((100 * part) / total).toFixed(1)}%`.padStart(6);
console.log(
  `${flags.model}, ${batch} sequences, ${flags.threads} thread(s), ${flags.kernels ? 'our kernels' : 'none of our kernels'}: ${nodes.length} nodes, ` +
    `${(total / 1000).toFixed(2)} ms inside them, ${milliseconds.toFixed(2)} ms a run under the profiler (medians of ${runs})`,
);
const types = Map.groupBy(nodes, ({ type }) => type);
const sums = [...types].map(([type, list]) => ({
  type,
  count: list.length,
  time: list.reduce((s, n) => s + n.time, 0),
}));
console.log('\nby kind                        nodes        us   share');
for (const { type, count, time } of sums.toSorted((a, b) => b.time - a.time))
  console.log(
    `${type.padEnd(29)}${String(count).padStart(7)}${time.toFixed(0).padStart(10)}  ${percent(time)}`,
  );
console.log('\nnode                                us   share  shapes');
for (const { name, time, shapes } of nodes.toSorted((a, b) => b.time - a.time).slice(0, Number(flags.top)))
  console.log(`${name.padEnd(30)}${time.toFixed(0).padStart(8)}  ${percent(time)}  ${shapes}`);
