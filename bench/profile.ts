// Where the time of a gradient goes: `node bench/profile.ts [--model nano] [--batch 8] [--runs 50] [--top 15] [--threads 1]`.
// Runs the graph of one micro-batch under ONNX Runtime's profiler; prints time by kind of node, and the dearest nodes.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { gradients } from '../src/graph/grad.ts';
import { encodeGraph } from '../src/graph/onnx/encode.ts';
import { scale } from '../src/graph/ops/elementwise.ts';
import { sizeOf, type Tensor } from '../src/graph/tensor.ts';
import type { ModelConfig } from '../src/model/config.ts';
import { defaultMicroBatch } from '../src/model/micro-batch.ts';
import { initialize, parameterCount, parameters } from '../src/model/parameters.ts';
import { modelPreset } from '../src/model/presets.ts';
import { transformer } from '../src/model/transformer.ts';

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
  options: {
    model: { type: 'string', default: 'nano' },
    batch: { type: 'string' },
    runs: { type: 'string', default: '50' },
    top: { type: 'string', default: '15' },
    threads: { type: 'string', default: '1' },
    /** ONNX Runtime's graphOptimizationLevel; the engine uses basic. */
    level: { type: 'string', default: 'basic' },
  },
});
const model = modelPreset(flags.model);
const batch = Number(flags.batch ?? defaultMicroBatch(model, 64));
const runs = Number(flags.runs);
const WARMUP = 5;

/** The piece of `size` sequences that src/runtime/engine.ts makes, on buffers of its own and random ids. */
function piece(config: ModelConfig, size: number) {
  const graph = transformer(config, size);
  const outputs: Record<string, Tensor> = { loss: graph.loss };
  const grads = gradients(scale(graph.loss, size), graph.parameters);
  graph.parameters.forEach((_, i) => (outputs[`grad:${i}`] = grads[i]));
  const params = new Float32Array(parameterCount(config));
  initialize(config, 1, params);
  const positions = size * config.seqLen;
  const ids = BigInt64Array.from({ length: positions }, (_, i) => BigInt((i * 7919) % config.vocabSize));
  const feeds: Record<string, OrtTensor> = {
    ids: new OrtTensor('int64', ids, [positions]),
    targets: new OrtTensor('int64', ids, [positions]),
  };
  for (const p of parameters(config))
    feeds[p.name] = new OrtTensor('float32', params.subarray(p.offset, p.offset + p.size), p.shape);
  const empty = (t: Tensor) => new OrtTensor('float32', new Float32Array(sizeOf(t.shape)), t.shape);
  const fetches = Object.fromEntries(Object.entries(outputs).map(([name, t]) => [name, empty(t)]));
  return { bytes: encodeGraph(outputs), feeds, fetches };
}

async function record(): Promise<{ events: ProfileEvent[]; milliseconds: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'gaplab-profile-'));
  try {
    const { bytes, feeds, fetches } = piece(model, batch);
    // The options of src/runtime/session.ts, and the profiler.
    const session = await InferenceSession.create(bytes, {
      executionProviders: ['cpu'],
      executionMode: 'sequential',
      intraOpNumThreads: Number(flags.threads),
      interOpNumThreads: 1,
      graphOptimizationLevel: flags.level as 'basic',
      logSeverityLevel: 3,
      extra: { session: { set_denormal_as_zero: '1' } },
      enableProfiling: true,
      profileFilePrefix: join(folder, 'ort'),
    });
    for (let i = 0; i < WARMUP; i++) await session.run(feeds, fetches);
    const started = performance.now();
    for (let i = 0; i < runs; i++) await session.run(feeds, fetches);
    const milliseconds = (performance.now() - started) / runs;
    session.endProfiling();
    await session.release();
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

const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

const { events, milliseconds } = await record();
const nodes = byNode(events).map((node) => ({ ...node, time: median(node.times) }));
const total = nodes.reduce((sum, { time }) => sum + time, 0);
const percent = (part: number) => `${((100 * part) / total).toFixed(1)}%`.padStart(6);
console.log(
  `${flags.model}, ${batch} sequences, ${flags.threads} thread(s), level ${flags.level}: ${nodes.length} nodes, ` +
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
