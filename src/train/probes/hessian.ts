// Probe `hessian`: eigenvalues and spectral density of the Hessian of the loss, whole and block by block.
import { heterogeneity, moment, type Spectrum, slq } from '../../analysis/spectrum/density.ts';
import { lanczos, type Ritz } from '../../analysis/spectrum/lanczos.ts';
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
      default: 1,
      why: 'densities of large matrices hardly depend on the starting vector (arXiv 1901.10159)',
      min: 1,
    },
    blocks: { default: 1, why: '0: the whole Hessian only, in a fraction of the time', min: 0, max: 1 },
    ends: { default: 5, why: 'eigenvalues listed at each end; the outliers of a spectrum are few', min: 1 },
  },
  show: { table: 'blocks', columns: ['block', 'size', 'top', 'bottom', 'trace'] },
  async measure(point, { sequences, steps, vectors, blocks, ends: listed }) {
    const size = point.params.length;
    if (4 * size * steps > MOST_BASIS)
      throw new UserError(
        `probe hessian: ${steps} Lanczos steps over ${(size / 1e6).toFixed(0)}M parameters need ${Math.ceil((4 * size * steps) / 2 ** 30)} GiB; use steps=${Math.max(2, Math.floor(MOST_BASIS / 4 / size))}`,
      );
    const batch = fixedSequences(point, sequences);
    const table = parameters(point.config.model);
    const whole = await spectrumOf(point, { batch, steps, vectors });
    const parts: Measured[] = [];
    if (blocks)
      for (const i of table.keys()) parts.push(await spectrumOf(point, { batch, steps, vectors, block: i }));
    const all = [whole, ...parts];
    const { distance, pairs, topRatio } = heterogeneity(parts.map((part) => part.spectrum));
    return {
      blocks: all.map(({ name, size: n, runs, spectrum }) => ({
        block: name,
        size: n,
        top: Math.max(...spectrum.values),
        bottom: Math.min(...spectrum.values),
        trace: n * moment(spectrum, 1),
        frobenius: Math.sqrt(n * moment(spectrum, 2)),
        products: runs.reduce((sum, run) => sum + run.values.length, 0),
      })),
      eigenvalues: all.flatMap(({ name, runs }) => ends(name, runs[0], listed)),
      spectrum: all.flatMap(({ name, spectrum: { values, weights } }) =>
        values.map((value, i) => ({ block: name, value, weight: weights[i] })),
      ),
      ...(parts.length > 1
        ? {
            distances: parts.flatMap((a, i) =>
              parts.slice(i + 1).map((b, j) => ({ a: a.name, b: b.name, distance: pairs[i][i + 1 + j] })),
            ),
            heterogeneity: [{ distance, topRatio }],
          }
        : {}),
    };
  },
});

interface Measured {
  name: string;
  size: number;
  runs: Ritz[];
  spectrum: Spectrum;
}

async function spectrumOf(
  point: ProbePoint,
  {
    batch,
    steps,
    vectors,
    block,
  }: { batch: ReturnType<typeof fixedSequences>; steps: number; vectors: number; block?: number },
): Promise<Measured> {
  const { name, size } =
    block === undefined ? { name: WHOLE, size: point.params.length } : parameters(point.config.model)[block];
  // The same starting vectors at every step of a run: what changes is the Hessian.
  const { normal } = createRng(point.config.seed, `probe/hessian/${name}`);
  const runs: Ritz[] = [];
  const matrix = await point.at.hessian(batch, block);
  const product = async (v: Float32Array, out: Float32Array) => {
    await point.breathe();
    await matrix.times(v, out);
  };
  try {
    for (let i = 0; i < vectors; i++) runs.push(await lanczos(product, size, { steps, normal }));
  } finally {
    await matrix.close();
  }
  return { name, size, runs, spectrum: slq(runs) };
}

/** The `count` largest Ritz values and as many of the smallest, outermost first, with the distance to a true eigenvalue. */
function ends(block: string, { values, residuals }: Ritz, count: number) {
  const places = values.map((_, i) => i);
  const list = (end: 'top' | 'bottom', from: number[]) =>
    from
      .slice(0, count)
      .map((i, rank) => ({ block, end, rank: rank + 1, value: values[i], residual: residuals[i] }));
  return [...list('top', [...places].reverse()), ...list('bottom', places)];
}
