// The page of `gaplab theory scaling`: early progress against batch size, simulated
// and measured in one figure, and the exponents.
import type { ProgressCurve } from '../../analysis/scaling.ts';
import type { LineRow, LineSeries } from '../../figures/theory-lines.ts';
import { predictedCriticalBatch } from '../../theory/critical-batch.ts';
import type { Exponent } from '../../theory/fit.ts';
import type { Method } from '../../theory/names.ts';
import type { Quadratic } from '../../theory/problem.ts';
import {
  type ScalingFit,
  type ScalingRow,
  type scalingLab,
  startGradient,
} from '../../theory/scaling-lab.ts';
import { list, short } from '../format.ts';
import { localExponentSpec } from './exponent-axes.ts';
import type { MeasuredStudy } from './measured.ts';
import { methodName, methodSeries } from './names.ts';
import type { LabPage } from './page.ts';

interface Settings {
  problem: Quadratic;
  methods: readonly Method[];
  batchSizes: readonly number[];
  start: readonly number[];
  sigma: number;
  lr: number;
  beta: number;
  steps: number;
  paths: number;
  repetitions: number;
  seed: number;
}

/** Name of the curve that Theorem 1 gives from measured moments. */
const THEOREM = 'SignSGD by Theorem 1';
const MEASURED = 'measured, relative to the smallest batch';

/** The first few of a list that may be long. */
const some = (list: readonly string[]) =>
  `${list.slice(0, 5).join('; ')}${list.length > 5 ? `; and ${list.length - 5} more` : ''}`;

const intervalText = ({ exponent, ci95, fits }: Pick<Exponent, 'exponent' | 'ci95' | 'fits'>) =>
  `${exponent.toFixed(3)}${ci95 ? ` (95% interval ${ci95[0].toFixed(3)} to ${ci95[1].toFixed(3)})` : ' (interval unknown)'}${fits === false ? ', though the curve is further from a power than its repetitions explain,' : ''}`.replaceAll(
    '-',
    '−',
  );

/** `hessian` says in words which quadratic it is. */
export function scalingPage(
  { rows, fits, saturation }: Awaited<ReturnType<typeof scalingLab>>,
  {
    curves: measured,
    predicted,
    aside,
    lacking,
  }: Pick<MeasuredStudy, 'predicted' | 'aside'> & {
    curves: readonly ProgressCurve[];
    lacking: readonly string[];
  },
  settings: Settings,
  hessian: string,
): LabPage {
  const { methods, problem } = settings;
  const optimizers = measured.map(({ optimizer }) => optimizer);
  const series: LineSeries[] = [
    ...[...new Set([...methods, ...optimizers])].map((name) => methodSeries(name, 'line and points')),
    { ...methodSeries('signsgd', 'dashed'), name: THEOREM },
  ];
  const simulated = measured.length > 0 ? 'simulation' : '';
  const lines: LineRow[] = [
    ...rows.map(
      (row: ScalingRow): LineRow => ({
        panel: simulated,
        series: methodName(row.method),
        x: row.batchSize,
        y: row.progress,
        lo: row.lo,
        hi: row.hi,
      }),
    ),
    // Each measured curve starts at 1: units differ from the simulation's, and only the slope is compared.
    ...measured.flatMap(({ optimizer, points }) =>
      points.map(
        ({ batchSize: x, relative: y, lo, hi }): LineRow => ({
          ...{ panel: MEASURED, series: methodName(optimizer), x, y, lo, hi },
        }),
      ),
    ),
    ...predicted.map(
      ({ batchSize: x, drift }): LineRow => ({
        panel: MEASURED,
        series: THEOREM,
        x,
        y: drift / predicted[0].drift,
      }),
    ),
  ];
  const local = rows.flatMap((row, i): LineRow[] => {
    const next = rows[i + 1];
    if (next?.method !== row.method || row.progress <= 0 || next.progress <= 0) return [];
    const y = Math.log(next.progress / row.progress) / Math.log(next.batchSize / row.batchSize);
    return [{ panel: '', series: methodName(row.method), x: Math.sqrt(row.batchSize * next.batchSize), y }];
  });
  const saturated = predictedCriticalBatch({
    mean: startGradient(problem),
    sd: problem.sigma,
    weight: problem.sigma.map(() => 1),
  });
  const before = (fit: ScalingFit) => fit.range === 'before saturation';
  return {
    title: 'Early progress against batch size',
    question: 'By which power of the batch size does early progress grow, optimizer by optimizer?',
    answer: [
      ...fits
        .filter(before)
        .map(
          (fit) =>
            `${methodName(fit.method)}: B to the power ${intervalText(fit)} for batch sizes ${fit.from} to ${fit.to}, before saturation.`,
        ),
      ...(saturated === null
        ? []
        : [
            `Sign descent reaches 84% of the speed it has without noise at batch size B* = ${short(saturated)}, by Theorem 1 from the gradient and its noise at the start.`,
          ]),
      ...measured.map(({ optimizer, fit }) =>
        fit
          ? `${methodName(optimizer)}, measured: B to the power ${intervalText(fit)} for batch sizes ${fit.from} to ${fit.to}.`
          : `${methodName(optimizer)}, measured: too few positive values for an exponent.`,
      ),
    ],
    caveats: [
      ...(fits.some(before)
        ? []
        : ['No two batch sizes lie before saturation: raise --sigma or add smaller batches.']),
      ...(aside.length > 0
        ? [
            `Set aside of what was measured: ${aside.length} ${aside.length === 1 ? 'row' : 'rows'}, ${some(aside)}.`,
          ]
        : []),
      ...(lacking.length > 0
        ? [`Curves that lack a point are not in a fit over seeds. Lacking: ${some(lacking)}.`]
        : []),
    ],
    figures: [
      {
        name: 'progress',
        title: 'Early progress',
        caption: `Loss lost per unit of time (learning rate times steps)${measured.length > 0 ? '; in the simulation' : ''} over the first ${settings.steps} steps; bands are 95% intervals, often thinner than the line. On these axes a power of B is a straight line, and its slope the exponent.${predicted.length > 0 ? ' Dashed: what Theorem 1 makes of the gradient and its noise as measured before training.' : ''}`,
        spec: {
          aria: 'Early progress against batch size',
          x: { label: 'batch size', scale: 'batch' },
          y: { label: 'early progress', scale: 'log' },
          series,
          band: '95% interval',
        },
        rows: lines,
        columns: {
          ...(measured.length > 0 ? { panel: 'source' } : {}),
          series: 'optimizer',
          x: 'batchSize',
          y: 'progress',
          lo: 'lo',
          hi: 'hi',
        },
      },
      {
        name: 'local-exponent',
        title: 'The exponent, from one batch size to the next',
        caption:
          'Slope between neighbouring batch sizes of the simulation. The dotted line is one half. Where the curve leaves it, noise stops being what limits the optimizer.',
        spec: localExponentSpec('Local exponent against batch size', series),
        rows: local,
        columns: { series: 'optimizer', x: 'batchSize', y: 'exponent' },
      },
    ],
    tables: [
      {
        title: 'Fitted exponents',
        head: ['optimizer, range', 'batch sizes', 'exponent', '95% interval'],
        rows: [
          ...fits.map((fit) => [
            `${methodName(fit.method)}, ${fit.range}`,
            `${fit.from} to ${fit.to}`,
            ...exponentCells(fit),
          ]),
          ...measured.flatMap(({ optimizer, fit }) =>
            fit
              ? [[`${methodName(optimizer)}, measured`, `${fit.from} to ${fit.to}`, ...exponentCells(fit)]]
              : [],
          ),
        ],
      },
    ],
    explain: [
      [
        'Early progress',
        'How much loss a step takes off, long before the optimum is near, at the same learning rate for every batch size. It is not the time to a given loss, which also depends on the learning rate that the noise permits: see gaplab theory lr.',
      ],
      [
        'Why one half',
        'A sign is right with a probability above one half by about √(B/2) |g|/σ /√π: the pull of sign descent grows like √B while that is small. Adam divides by the root mean square of the gradients it saw, which is noise, σ/√B: the same law. SGD takes the gradient as it is, and its mean does not depend on B.',
      ],
      [
        'Saturation',
        `Where √(B/2) |g|/σ reaches 1, signs are almost always right and a larger batch adds nothing. Here it begins at batch size ${short(saturation.from)} in the steepest coordinate and is complete at ${short(saturation.to)} in the flattest; exponents are fitted below the first.`,
      ],
      [
        'Intervals',
        `${settings.repetitions} independent repetitions of the whole curve, a slope for each, Student's t over the slopes; or from how far the curve lies off a power, where that is wider, and from both where a power does not fit. Of a measured curve: the same over its seeds.`,
      ],
    ],
    settings: [
      ['loss', `x·Hx / 2, H ${hessian}, started at ${list(settings.start)}`],
      ['noise', `σ = ${settings.sigma}, Gaussian`],
      ['batch sizes', list(settings.batchSizes)],
      ['learning rate', `${settings.lr}; momentum and both betas of Adam ${settings.beta}`],
      [
        'runs',
        `${settings.paths} of ${settings.steps} steps, ${settings.repetitions} repetitions; seed ${settings.seed}`,
      ],
    ],
  };
}

const exponentCells = ({ exponent, ci95 }: { exponent: number; ci95: [number, number] | null }) =>
  [exponent.toFixed(3), ci95 ? `${ci95[0].toFixed(3)} to ${ci95[1].toFixed(3)}` : 'unknown'].map((text) =>
    text.replaceAll('-', '−'),
  );
