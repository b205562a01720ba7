// `gaplab theory scaling`: early progress against batch size, with fitted exponents; measured curves beside it.
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { UserError } from '../core/errors.ts';
import type { LineRow, Series } from '../figures/theory-lines.ts';
import { list, short } from '../report/format.ts';
import { predictedCriticalBatch } from '../theory/critical-batch.ts';
import { exponentOfCurve } from '../theory/fit.ts';
import { type ScalingFit, type ScalingRow, scalingLab, startGradient } from '../theory/scaling-lab.ts';
import type { Method } from '../theory/simulate.ts';
import { action, command, examples, integer, number } from './common.ts';
import {
  addCommonFlags,
  addProblemFlags,
  type CommonOptions,
  names,
  numbers,
  type ProblemOptions,
  problemFrom,
  problemText,
  readText,
} from './theory-flags.ts';
import { methodName, methodSeries } from './theory-names.ts';
import { type LabPage, writeLab } from './theory-page.ts';

interface Options extends CommonOptions, ProblemOptions {
  methods: Method[];
  sigma: number;
  batchSizes: number[];
  lr: number;
  beta: number;
  steps: number;
  paths: number;
  repetitions: number;
  measured?: string;
  fitFrom?: number;
  fitTo?: number;
}

/** A curve measured elsewhere, e.g. on a language model. */
interface MeasuredRow {
  optimizer: string;
  batchSize: number;
  progress: number;
}

export function register(theory: Command): void {
  const scaling = command(
    theory,
    'scaling',
    'How fast does early progress grow with batch size? The theory says: not at all for SGD, like the square root for sign descent\n' +
      'and Adam, until noise no longer matters. This measures the exponents on a noisy quadratic, with their intervals, and puts\n' +
      'curves measured on a language model beside them.',
  );
  addProblemFlags(scaling)
    .option(
      '--methods <names>',
      'sgd, signsgd, adam, heavyball, signum',
      names(['sgd', 'signsgd', 'adam', 'heavyball', 'signum']),
      ['sgd', 'signsgd', 'adam'],
    )
    .option(
      '--sigma <x>',
      "standard deviation of one sample's gradient, per coordinate",
      number({ above: 0 }),
      100,
    )
    .option('--batch-sizes <numbers>', '1..4096 doubles', numbers({ above: 0 }), numbers()('1..4096'))
    .option('--lr <x>', 'small, so that only the pull counts', number({ above: 0 }), 1e-5)
    .option('--beta <x>', 'momentum; both betas of Adam', number({ min: 0 }), 0.95)
    .option('--steps <n>', 'early means: within this many steps', integer(1), 20)
    .option('--paths <n>', 'runs of each repetition', integer(1), 4000)
    .option('--repetitions <n>', 'of the whole curve, for the intervals', integer(2), 10)
    .option('--measured <file>', 'CSV with the columns optimizer, batchSize, progress: drawn and fitted too')
    .option('--fit-from <n>', 'smallest batch size in the fit of measured curves', number({ above: 0 }))
    .option('--fit-to <n>', 'largest batch size in the fit of measured curves', number({ above: 0 }));
  addCommonFlags(scaling, 'scaling');
  examples(scaling, [
    ['gaplab theory scaling', 'SGD, SignSGD and Adam from batch size 1 to 4096'],
    ['gaplab theory scaling --sigma 10', 'less noise: saturation comes at batches 100 times smaller'],
    ['gaplab theory scaling --measured progress.csv --fit-to 64', 'beside what a language model did'],
  ]);
  scaling.action(
    action(async (ctx, options: Options) => {
      const measured = options.measured === undefined ? [] : readMeasured(options.measured);
      const problem = problemFrom(options, options.sigma);
      const bar = ctx.progress.bar('simulating', 100, { unit: '%' });
      const result = await scalingLab(
        { ...options, problem, beta2: options.beta },
        { signal: ctx.signal, onProgress: (share) => bar.update(Math.round(100 * share)) },
      );
      bar.update(100);
      bar.done();
      const measuredFits = [...new Set(measured.map((row) => row.optimizer))].map((optimizer) => {
        const inside = ({ batchSize }: MeasuredRow) =>
          batchSize >= (options.fitFrom ?? 0) && batchSize <= (options.fitTo ?? Number.POSITIVE_INFINITY);
        const own = measured.filter((row) => row.optimizer === optimizer && inside(row));
        return { optimizer, fit: exponentOfCurve(own.map((row) => ({ x: row.batchSize, y: row.progress }))) };
      });
      writeLab(ctx, resolve(options.out), page(result, measured, measuredFits, options), {
        ...result,
        measured,
        measuredFits,
      });
    }),
  );
}

type Result = Awaited<ReturnType<typeof scalingLab>>;
type MeasuredFit = { optimizer: string; fit: ReturnType<typeof exponentOfCurve> };

/** Rows of a CSV file; columns in any order, others ignored. */
function readMeasured(path: string): MeasuredRow[] {
  const lines = readText('--measured', path)
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '');
  const head = (lines[0] ?? '').split(',').map((name) => name.trim());
  const [o, b, p] = ['optimizer', 'batchSize', 'progress'].map((name) => {
    const at = head.indexOf(name);
    if (at < 0)
      throw new UserError(
        `--measured ${path}: there is no column "${name}"; the first line must name optimizer, batchSize, progress`,
      );
    return at;
  });
  return lines.slice(1).map((line, i) => {
    const fields = line.split(',').map((field) => field.trim());
    const [batchSize, progress] = [Number(fields[b]), Number(fields[p])];
    if (!(batchSize > 0) || !Number.isFinite(progress))
      throw new UserError(
        `--measured ${path}: line ${i + 2} needs a batch size above 0 and a number as progress`,
      );
    return { optimizer: fields[o], batchSize, progress };
  });
}

const intervalText = ({ exponent, ci95 }: { exponent: number; ci95: [number, number] | null }) =>
  `${exponent.toFixed(3)}${ci95 ? ` (95% interval ${ci95[0].toFixed(3)} to ${ci95[1].toFixed(3)})` : ' (interval unknown)'}`.replaceAll(
    '-',
    '−',
  );

function page(
  { rows, fits, saturation }: Result,
  measured: MeasuredRow[],
  measuredFits: MeasuredFit[],
  options: Options,
): LabPage {
  const { methods } = options;
  const optimizers = [...new Set(measured.map((row) => row.optimizer))];
  const series: Series[] = [...new Set([...methods, ...optimizers])].map((name) =>
    methodSeries(name, 'line and points'),
  );
  const simulated = measured.length > 0 ? 'simulation' : '';
  // Each measured curve starts at 1: units differ from the simulation's, and only the slope is compared.
  const scaleOf = new Map(
    optimizers.map((name) => [
      name,
      measured.filter((row) => row.optimizer === name).reduce((a, b) => (b.batchSize < a.batchSize ? b : a))
        .progress,
    ]),
  );
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
    ...measured.map(
      (row): LineRow => ({
        panel: 'measured, relative to the smallest batch',
        series: methodName(row.optimizer),
        x: row.batchSize,
        y: row.progress / scaleOf.get(row.optimizer)!,
      }),
    ),
  ];
  const local = rows.flatMap((row, i): LineRow[] => {
    const next = rows[i + 1];
    if (next?.method !== row.method || row.progress <= 0 || next.progress <= 0) return [];
    const y = Math.log(next.progress / row.progress) / Math.log(next.batchSize / row.batchSize);
    return [{ panel: '', series: methodName(row.method), x: Math.sqrt(row.batchSize * next.batchSize), y }];
  });
  const problem = problemFrom(options, options.sigma);
  const predicted = predictedCriticalBatch({
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
      ...(predicted === null
        ? []
        : [
            `Sign descent reaches 84% of the speed it has without noise at batch size B* = ${short(predicted)}, by Theorem 1 from the gradient and its noise at the start.`,
          ]),
      ...measuredFits.map(({ optimizer, fit }) =>
        fit
          ? `${methodName(optimizer)}, measured: B to the power ${intervalText(fit)} for batch sizes ${fit.from} to ${fit.to}.`
          : `${methodName(optimizer)}, measured: too few positive values for an exponent.`,
      ),
    ],
    caveats: fits.some(before)
      ? []
      : ['No two batch sizes lie before saturation: raise --sigma or add smaller batches.'],
    figures: [
      {
        name: 'progress',
        title: 'Early progress',
        caption: `Loss lost per unit of time (learning rate times steps) over the first ${options.steps} steps; bands are 95% intervals, often thinner than the line. On these axes a power of B is a straight line, and its slope the exponent.`,
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
        spec: {
          aria: 'Local exponent against batch size',
          x: { label: 'batch size', scale: 'log' },
          y: { label: 'local exponent', scale: 'linear', include: [0, 0.5] },
          series,
          rules: [0, 0.5],
        },
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
          ...measuredFits.flatMap(({ optimizer, fit }) =>
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
        'How much loss a step takes off, long before the optimum is near, at the same learning rate for every batch size. It is not the time to a given loss, which also depends on the learning rate that the noise permits: see `gaplab theory lr`.',
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
        `${options.repetitions} independent repetitions of the whole curve, a slope for each, Student's t over the slopes. Of a measured curve: from the scatter around its line.`,
      ],
    ],
    settings: [
      ['loss', `x·Hx / 2, H ${problemText(options)}, started at ${list(options.start)}`],
      ['noise', `σ = ${options.sigma}, Gaussian`],
      ['batch sizes', list(options.batchSizes)],
      ['learning rate', `${options.lr}; momentum and both betas of Adam ${options.beta}`],
      [
        'runs',
        `${options.paths} of ${options.steps} steps, ${options.repetitions} repetitions; seed ${options.seed}`,
      ],
    ],
  };
}

const exponentCells = ({ exponent, ci95 }: { exponent: number; ci95: [number, number] | null }) =>
  [exponent.toFixed(3), ci95 ? `${ci95[0].toFixed(3)} to ${ci95[1].toFixed(3)}` : 'unknown'].map((text) =>
    text.replaceAll('-', '−'),
  );
