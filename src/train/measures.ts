// What is measured of single steps beyond loss and gradient norm: lengths of update and parameters, the angle between
// momentum and gradient, and which coordinates clipping cut. Dearer than a step's own bookkeeping, so now and then only.
import { parameters } from '../model/parameters.ts';
import type { Engine } from '../runtime/engine.ts';
import type { RunConfig } from './config.ts';
import type { MetricsLine } from './metrics.ts';

export type Measures = Pick<
  MetricsLine,
  'updateNorm' | 'paramNorm' | 'momentumCosine' | 'clippedShare' | 'clippedKinds' | 'clippedLayers'
>;

/**
 * Tokens of training per measurement, at least. Passes over the parameters cost about what 20 tokens of their training do
 * (a few operations in JavaScript against 6 fast ones a token): 1% of the time.
 */
const TOKENS_APART = 2048;
/** Coordinates looked at, at most: of more, every second (third, ...) one, so that no large copy is held. */
const MOST = 2 ** 22;
/** Half the distance between neighbouring float32 numbers near 1. */
const ROUNDING = 2 ** -24;

/** Steps between measurements: a multiple of the steps between lines, a function of the configuration alone. */
export function measuredEvery(
  { batchSize, model: { seqLen } }: Pick<RunConfig, 'batchSize' | 'model'>,
  logEvery: number,
): number {
  return logEvery * Math.ceil(TOKENS_APART / (logEvery * batchSize * seqLen));
}

/** Call the function it gives before a step; what that gives, after the step. */
export function createMeasures(config: RunConfig, engine: Engine): () => (lr: number) => Measures {
  const table = parameters(config.model);
  const total = table.reduce((sum, { size }) => sum + size, 0);
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
      let [update, squares, largest, largestParam] = [0, 0, 0, 0];
      for (let i = 0, j = 0; i < params.length; i += stride, j++) {
        const p = params[i];
        const d = p - old.params[j];
        update += d * d;
        squares += p * p;
        if (d > largest) largest = d;
        else if (-d > largest) largest = -d;
        if (p > largestParam) largestParam = p;
      }
      return {
        updateNorm: Math.sqrt(update * stride),
        paramNorm: Math.sqrt(squares * stride),
        ...(old.momentum ? cosine(old.momentum, grads, stride) : {}),
        ...(threshold ? clipped(threshold(lr, largest), largestParam) : {}),
      };
    };
  };

  /** Coordinates whose update is as long as the threshold, but for rounding. */
  function clipped(limit: number, largestParam: number): Measures {
    const kinds: Record<string, { cut: number; of: number }> = {};
    const layers: Record<string, number> = {};
    let all = 0;
    let seen = 0;
    for (const { name, kind, offset, size } of table) {
      let cut = 0;
      let of = 0;
      for (let i = Math.ceil(offset / stride) * stride; i < offset + size; i += stride, of++) {
        const p = engine.params[i];
        const slack = 2 * ROUNDING * (Math.abs(p) + largestParam) + 1e-6 * limit;
        if (Math.abs(p - before!.params[i / stride]) >= limit - slack) cut++;
      }
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

const short = (x: number) => Number(x.toPrecision(4));

/** Cosine of the angle between the momentum before a step and the gradient of that step; nothing while one is zero. */
function cosine(momentum: Float32Array, grads: Float32Array, stride: number): Measures {
  let [mm, gg, mg] = [0, 0, 0];
  for (let i = 0, j = 0; i < grads.length; i += stride, j++) {
    const [m, g] = [momentum[j], grads[i]];
    mm += m * m;
    gg += g * g;
    mg += m * g;
  }
  const product = Math.sqrt(mm) * Math.sqrt(gg);
  return product > 0 ? { momentumCosine: mg / product } : {};
}

/**
 * Length at which the update of a coordinate is cut, for rules whose last transform cuts coordinates of the direction: a
 * fixed one, or whatever the longest is. Undefined for all others.
 */
function clipThreshold({
  optimizer: { name, hyper },
}: RunConfig): ((lr: number, largest: number) => number) | undefined {
  if (name.endsWith('+adaptiveClip')) return (_, largest) => largest;
  if (name.endsWith('+coordinateClip') && !hyper.ofGradient) return (lr) => lr * hyper.maxAbs;
  return undefined;
}
