// The conversation of the peers that are JavaScript, and of gaplab itself: serve.py says the same in Python.
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

/**
 * What is asked for once: the model, its first parameters, batches, and how to train. Arrays lie in files.
 */
export interface Setup {
  model: {
    vocabSize: number;
    dim: number;
    layers: number;
    heads: number;
    ffnDim: number;
    seqLen: number;
    ropeTheta: number;
    normEps: number;
    initStd: number;
  };
  optimizer: string;
  hyper: Record<string, number>;
  lr: number;
  clip: number;
  batchSize: number;
  threads: number;
  /**
   * File of float32 values, and the tensors in it (offset in elements) under Llama's names,
   * matrices [out, in].
   */
  init: string;
  table: { name: string; shape: readonly number[]; offset: number }[];
  /** File of int32 ids [any number of batches, batchSize, seqLen + 1]. */
  batches: string;
  /** How to train, from an earlier answer: nothing else is tried then. */
  recipe?: unknown;
}

export interface Ready {
  /** Loss of the first batch with the initial parameters. */
  loss: number;
  /** The way of training in words, and as this side understands it. */
  way: string;
  recipe: unknown;
  /** Takes a step and gives its loss. */
  step: () => Promise<number> | number;
}

export interface Timing {
  /** Mean of a step by the clock, and processor time of the whole process. */
  ms: number;
  cpu: number;
  /** Largest resident size of the process so far, and what it was before the model: bytes. */
  rss: number;
  base: number;
}

/**
 * Largest resident size of this process in bytes. Not getrusage's, which a process inherits from its parent.
 */
function peak(): number {
  try {
    const line = readFileSync('/proc/self/status', 'utf8').match(/^VmHWM:\s+(\d+)/m);
    if (line) return 1024 * Number(line[1]);
  } catch {
    // Not Linux.
  }
  return 1024 * process.resourceUsage().maxRSS;
}

async function timed(step: Ready['step'], steps: number) {
  const [started, cpu] = [performance.now(), process.cpuUsage()];
  let loss = 0;
  for (let i = 0; i < steps; i++) loss = await step();
  const [ms, used] = [performance.now() - started, process.cpuUsage(cpu)];
  if (!Number.isFinite(loss)) throw new Error(`loss ${loss}`);
  return { ms: ms / steps, cpu: (used.user + used.system) / 1000 / steps };
}

/** Says hello with `versions`, then answers `{setup}` and `{run: steps}` until stdin ends. */
export async function serve(
  versions: Record<string, string>,
  setUp: (setup: Setup) => Promise<Ready>,
): Promise<void> {
  const base = peak();
  console.log(JSON.stringify(versions));
  let step: Ready['step'] | undefined;
  for await (const line of createInterface({ input: process.stdin })) {
    const request: { setup?: Setup; run?: number } = JSON.parse(line);
    let answer: object;
    try {
      if (request.setup) {
        const { step: ready, ...rest } = await setUp(request.setup);
        step = ready;
        answer = rest;
      } else answer = { ...(await timed(step!, request.run!)), rss: peak(), base };
    } catch (error) {
      answer = { error: `${error instanceof Error ? error.message : error}`.split('\n')[0] };
    }
    console.log(JSON.stringify(answer));
  }
}

/** The initial parameters by Llama's names. */
export function initial({
  init,
  table,
}: Setup): Map<string, { shape: readonly number[]; data: Float32Array }> {
  const { buffer, byteOffset, byteLength } = readFileSync(init);
  const flat = new Float32Array(buffer, byteOffset, byteLength / 4);
  return new Map(
    table.map(({ name, shape, offset }) => [
      name,
      { shape, data: flat.subarray(offset, offset + shape.reduce((a, b) => a * b, 1)) },
    ]),
  );
}

/** The batches, each batchSize * (seqLen + 1) ids. */
export function batches({ batches: file, batchSize, model }: Setup): Int32Array[] {
  const { buffer, byteOffset, byteLength } = readFileSync(file);
  const all = new Int32Array(buffer, byteOffset, byteLength / 4);
  const size = batchSize * (model.seqLen + 1);
  return Array.from({ length: all.length / size }, (_, i) => all.slice(i * size, (i + 1) * size));
}

/**
 * The name of the fastest way: least of some turns, which all ways take in turns;
 * one that takes twice as long leaves.
 */
export async function quickest(ways: Record<string, Ready['step']>, turns = 5): Promise<string> {
  const times: Record<string, number[]> = {};
  for (const [name, step] of Object.entries(ways)) {
    try {
      await timed(step, 1);
      times[name] = [(await timed(step, 1)).ms];
    } catch (error) {
      console.error(`${name}: ${error}`);
    }
  }
  const least = Math.min(...Object.values(times).flat());
  const left = Object.keys(times).filter((name) => times[name][0] <= 2 * least);
  const count = Math.max(1, Math.round(30 / least));
  // Steps of a second are long enough to be judged by one.
  for (let turn = 0; turn < turns && left.length > 1 && least < 1000; turn++)
    for (const name of left) times[name].push((await timed(ways[name], count)).ms);
  const best = left.toSorted((a, b) => Math.min(...times[a]) - Math.min(...times[b])).at(0);
  if (best === undefined) throw new Error('no way works');
  return best;
}
