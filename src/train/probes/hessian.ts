// Probe `hessian`: eigenvalues and spectral density of the Hessian of the loss, whole and block by block.
import { jackknifeError } from '../../analysis/noise/jackknife.ts';
import { heterogeneity, type Spectrum, slq } from '../../analysis/spectrum/density.ts';
import { allEigenvalues, lanczos, type Ritz } from '../../analysis/spectrum/lanczos.ts';
import { type MatrixSizes, traceAndNorm } from '../../analysis/spectrum/trace.ts';
import { UserError } from '../../core/errors.ts';
import { createRng } from '../../core/rng.ts';
import { parameters } from '../../model/parameters.ts';
import { defineProbe, type ProbePoint } from './probe.ts';
import { fixedSequences } from './sequences.ts';

/** Name of the whole Hessian among its blocks. */
const WHOLE = 'all';
/** Bytes that the Lanczos basis may take. */
const MOST_BASIS = 8 * 2 ** 30;

export const hessian = defineProbe({
  name: 'hessian',
  summary:
    'top eigenvalues (Lanczos) and spectral density (stochastic Lanczos quadrature), whole and per block',
  source: 'Zhang et al., arXiv 2402.16788; Ghorbani et al., arXiv 1901.10159',
  options: {
    sequences: { default: 16, why: '1024 tokens of nano: a product takes some 50 ms', min: 1 },
    steps: {
      default: 30,
      why: '20 to 50 do below a million parameters (arXiv 2402.16788 took 100 for larger models)',
      min: 2,
    },
    vectors: {
      default: 2,
      why: 'starting vectors of the densities: they hardly depend on it (arXiv 1901.10159), and two tell by how much',
      min: 1,
    },
    traces: {
      default: 8,
      why: 'random vectors for trace and Frobenius norm beyond what Lanczos has seen; their scatter is the standard error',
      min: 2,
    },
    exact: {
      default: 64,
      why: 'blocks of so many coordinates at most are measured whole, by a product for each: the norms of nano',
      min: 0,
    },
    blocks: { default: 1, why: '0: the whole Hessian only, in a fraction of the time', min: 0, max: 1 },
    ends: { default: 5, why: 'eigenvalues listed at each end; the outliers of a spectrum are few', min: 1 },
  },
  show: { table: 'blocks', columns: ['block', 'size', 'top', 'bottom', 'trace', 'frobenius'] },
  async measure(point, { sequences, steps, vectors, traces, exact, blocks, ends: listed }) {
    const size = point.params.length;
    if (4 * size * steps > MOST_BASIS)
      throw new UserError(
        `probe hessian: ${steps} Lanczos steps over ${(size / 1e6).toFixed(0)}M parameters need ${Math.ceil((4 * size * steps) / 2 ** 30)} GiB; use steps=${Math.max(2, Math.floor(MOST_BASIS / 4 / size))}`,
      );
    const batch = fixedSequences(point, sequences);
    const table = parameters(point.config.model);
    const how = { batch, steps, vectors, traces, exact };
    const whole = await spectrumOf(point, how);
    const parts: MeasuredBlock[] = [];
    if (blocks) for (const i of table.keys()) parts.push(await spectrumOf(point, how, i));
    const all = [whole, ...parts];
    return {
      blocks: all.map(({ name, size: n, whole: isWhole, runs, sizes }) => {
        const { values, residuals } = runs[0];
        return {
          block: name,
          size: n,
          exact: isWhole,
          top: sizes.highest,
          topError: residuals[residuals.length - 1],
          bottom: sizes.lowest,
          bottomError: residuals[0],
          trace: sizes.trace,
          traceError: sizes.traceError,
          frobenius: sizes.frobenius,
          frobeniusError: sizes.frobeniusError,
          products: runs.reduce((sum, run) => sum + run.values.length, values.length < n ? traces : 0),
        };
      }),
      eigenvalues: all.flatMap(({ name, runs }) => ends(name, runs[0], listed)),
      spectrum: all.flatMap(({ name, spectrum: { values, weights } }) =>
        values.map((value, i) => ({ block: name, value, weight: weights[i] })),
      ),
      ...(parts.length > 1 ? differences(parts, vectors) : {}),
    };
  },
});

/**
 * How far the blocks' densities are apart, with what the choice of starting vectors does to it;
 * null with one vector.
 */
function differences(parts: readonly MeasuredBlock[], vectors: number) {
  const { distance, pairs, topRatio } = heterogeneity(parts.map(({ spectrum }) => spectrum));
  const distanceError =
    vectors > 1
      ? jackknifeError(
          vectors,
          (left) => heterogeneity(parts.map(({ runs }) => slq(without(runs, left)))).distance,
        )
      : null;
  // The ratio of the largest and the smallest of the top eigenvalues, each known within its residual.
  const tops = parts
    .map(({ runs: [{ values, residuals }] }) => {
      const top = values[values.length - 1];
      return { top, share: residuals[residuals.length - 1] / top };
    })
    .filter(({ top }) => top > 0)
    .sort((a, b) => a.top - b.top);
  return {
    distances: parts.flatMap((a, i) =>
      parts.slice(i + 1).map((b, j) => ({ a: a.name, b: b.name, distance: pairs[i][i + 1 + j] })),
    ),
    heterogeneity: [
      {
        distance,
        distanceError,
        topRatio,
        topRatioError: topRatio && topRatio * (tops[0].share + tops[tops.length - 1].share),
      },
    ],
  };
}

/** Blocks that were measured whole have one run, which counts whatever is left out. */
const without = (runs: MeasuredBlock['runs'], left: number) =>
  runs.length > 1 ? runs.filter((_, i) => i !== left) : runs;

interface MeasuredBlock {
  name: string;
  size: number;
  /** All eigenvalues are known: nothing is estimated. */
  whole: boolean;
  runs: Omit<Ritz, 'basis'>[];
  spectrum: Spectrum;
  sizes: MatrixSizes;
}

interface How {
  batch: ReturnType<typeof fixedSequences>;
  steps: number;
  vectors: number;
  traces: number;
  exact: number;
}

async function spectrumOf(
  point: ProbePoint,
  { batch, steps, vectors, traces, exact }: How,
  block?: number,
): Promise<MeasuredBlock> {
  const { name, size } =
    block === undefined ? { name: WHOLE, size: point.params.length } : parameters(point.config.model)[block];
  // The same starting vectors at every step of a run: what changes is the Hessian.
  const { normal } = createRng(point.config.seed, `probe/hessian/${name}`);
  const matrix = await point.at.hessian(batch, block);
  const product = async (v: Float32Array, out: Float32Array) => {
    await point.breathe();
    await matrix.times(v, out);
  };
  try {
    const whole = size <= Math.max(exact, steps);
    if (whole) {
      const run = await allEigenvalues(product, size, normal);
      const sizes = await traceAndNorm(product, size, run, { vectors: traces, normal });
      return { name, size, whole, runs: [run], spectrum: slq([run]), sizes };
    }
    const runs: Omit<Ritz, 'basis'>[] = [];
    let sizes: MatrixSizes | undefined;
    for (let i = 0; i < vectors; i++) {
      const { basis, ...run } = await lanczos(product, size, { steps, normal });
      sizes ??= await traceAndNorm(product, size, { basis, ...run }, { vectors: traces, normal });
      runs.push(run);
    }
    return { name, size, whole, runs, spectrum: slq(runs), sizes: sizes! };
  } finally {
    await matrix.close();
  }
}

/**
 * The `count` largest Ritz values and as many of the smallest, outermost first,
 * with the distance to a true eigenvalue.
 */
function ends(block: string, { values, residuals }: Omit<Ritz, 'basis'>, count: number) {
  const places = values.map((_, i) => i);
  const list = (end: 'top' | 'bottom', from: number[]) =>
    from
      .slice(0, count)
      .map((i, rank) => ({ block, end, rank: rank + 1, value: values[i], residual: residuals[i] }));
  return [...list('top', [...places].reverse()), ...list('bottom', places)];
}
