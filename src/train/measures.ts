// What is measured of single steps beyond loss and gradient norm: lengths of update
// and parameters, the angle between momentum and gradient, and which coordinates clipping cut.
// Dearer than a step's own bookkeeping, so now and then only.
import { modelTensors, parameters } from '../model/parameters.ts';
import type { Engine } from '../runtime/engine.ts';
import type { RunConfig } from './config.ts';
import type { MetricsLine } from './metrics.ts';

export type Measures = Pick<
  MetricsLine,
  'updateNorm' | 'paramNorm' | 'momentumCosine' | 'clippedShare' | 'clippedKinds' | 'clippedLayers'
>;

/**
 * Tokens of training per measurement: a measurement costs about what 110 tokens of `nano` do,
 * so 0.7% of the time.
 */
const TOKENS_APART = 16384;
/**
 * Measurements of a run, at most (about as many as a figure can show), and what
 * a short run takes all the same.
 */
const MOST_OF_RUN = 64;
const OF_SHORT_RUN = 8;
/** Coordinates looked at, at most: of more, every second (third, ...) one, so that no large copy is held. */
const MOST = 2 ** 22;
/** Half the distance between neighbouring float32 numbers near 1. */
const ROUNDING = 2 ** -24;

/**
 * Steps between measurements: a multiple of the steps between lines, a function of the configuration alone.
 */
export function measuredEvery(
  { batchSize, steps, model: { seqLen } }: Pick<RunConfig, 'batchSize' | 'steps' | 'model'>,
  logEvery: number,
): number {
  const apart = Math.min(TOKENS_APART / (batchSize * seqLen), steps / OF_SHORT_RUN);
  return logEvery * Math.ceil(Math.max(apart, steps / MOST_OF_RUN) / logEvery);
}

/** Call the function it gives before a step; what that gives, after the step. */
export function createMeasures(config: RunConfig, engine: Engine): () => (lr: number) => Measures {
  const tensors = modelTensors(parameters(config.model));
  const total = tensors.reduce((sum, { size }) => sum + size, 0);
  const stride = Math.ceil(total / MOST);
  const sampled = Math.ceil(engine.params.length / stride);
  const momentum = Object.entries(engine.state).find(([name]) => name === 'm' || name.endsWith('.m'))?.[1];
  const threshold = clipThreshold(config);
  // Made when first needed: a run may end before.
  let before: { params: Float32Array; momentum?: Float32Array } | undefined;

  const keep = (from: Float32Array, to: Float32Array) => {
    if (stride === 1) to.set(from);
    else for (let i = 0, j = 0; i < from.length; i += stride) to[j++] = from[i];
  };

  return () => {
    before ??= {
      params: new Float32Array(sampled),
      ...(momentum ? { momentum: new Float32Array(sampled) } : {}),
    };
    const old = before;
    keep(engine.params, old.params);
    if (momentum) keep(momentum, old.momentum!);
    return (lr) => {
      const { params, grads } = engine;
      const moved = compare(params, old.params, stride);
      return {
        updateNorm: Math.sqrt(moved.update * stride),
        paramNorm: Math.sqrt(moved.squares * stride),
        ...(old.momentum ? cosine(old.momentum, grads, stride) : {}),
        ...(threshold
          ? clipped(threshold(lr, largestChange(params, old.params, stride)), largestOf(params, stride))
          : {}),
      };
    };
  };

  /** Coordinates whose update is as long as the threshold, but for rounding. */
  function clipped(limit: number, largestParam: number): Measures {
    const kinds: Record<string, { cut: number; of: number }> = {};
    const layers: Record<string, number> = {};
    let all = 0;
    let seen = 0;
    for (const { name, kind, offset, size } of tensors) {
      const first = Math.ceil(offset / stride);
      const of = Math.ceil((offset + size) / stride) - first;
      const cut = countCut(engine.params, before!.params, { first, of, stride, limit, largestParam });
      if (of === 0) continue;
      kinds[kind] ??= { cut: 0, of: 0 };
      kinds[kind].cut += cut;
      kinds[kind].of += of;
      layers[name] = short(cut / of);
      all += cut;
      seen += of;
    }
    return {
      clippedShare: short(all / seen),
      clippedKinds: Object.fromEntries(
        Object.entries(kinds).map(([kind, { cut, of }]) => [kind, short(cut / of)]),
      ),
      clippedLayers: layers,
    };
  }
}

function countCut(
  params: Float32Array,
  before: Float32Array,
  at: { first: number; of: number; stride: number; limit: number; largestParam: number },
): number {
  const { first, of, stride } = at;
  const least = at.limit * (1 - 1e-6) - 2 * ROUNDING * at.largestParam;
  let cut = 0;
  for (let j = first; j < first + of; j++) {
    const p = params[j * stride];
    // Not as a branch, of which the processor would guess one in ten wrong: half the time.
    cut += Number(Math.abs(p - before[j]) + 2 * ROUNDING * Math.abs(p) >= least);
  }
  return cut;
}

const short = (x: number) => Number(x.toPrecision(4));

// Plain loops over typed arrays, one purpose each: what the compiler makes fast.

/** Squared lengths of the update and of the parameters. */
function compare(params: Float32Array, before: Float32Array, stride: number) {
  let update = 0;
  let squares = 0;
  for (let i = 0, j = 0; i < params.length; i += stride, j++) {
    const p = params[i];
    const d = p - before[j];
    update += d * d;
    squares += p * p;
  }
  return { update, squares };
}

function largestChange(params: Float32Array, before: Float32Array, stride: number): number {
  let largest = 0;
  for (let i = 0, j = 0; i < params.length; i += stride, j++)
    largest = Math.max(largest, Math.abs(params[i] - before[j]));
  return largest;
}

function largestOf(params: Float32Array, stride: number): number {
  let largest = 0;
  for (let i = 0; i < params.length; i += stride) largest = Math.max(largest, Math.abs(params[i]));
  return largest;
}

/**
 * Cosine of the angle between the momentum before a step and the gradient of that step;
 * nothing while one is zero.
 */
function cosine(momentum: Float32Array, grads: Float32Array, stride: number): Measures {
  let mm = 0;
  let gg = 0;
  let mg = 0;
  for (let i = 0, j = 0; i < grads.length; i += stride, j++) {
    const m = momentum[j];
    const g = grads[i];
    mm += m * m;
    gg += g * g;
    mg += m * g;
  }
  const product = Math.sqrt(mm) * Math.sqrt(gg);
  return product > 0 ? { momentumCosine: mg / product } : {};
}

/**
 * Length at which the update of a coordinate is cut, for rules whose last transform
 * cuts coordinates of the direction: a fixed one, or whatever the longest is. Undefined for all others.
 */
function clipThreshold({
  optimizer: { name, hyper },
}: RunConfig): ((lr: number, largest: number) => number) | undefined {
  if (name.endsWith('+adaptiveClip')) return (_, largest) => largest;
  if (name.endsWith('+coordinateClip') && !hyper.ofGradient) return (lr) => lr * hyper.maxAbs;
  return undefined;
}
