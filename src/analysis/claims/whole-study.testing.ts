// A complete study of every experiment at once, with random numbers: every arm,
// probe and lab that a claim asks for.
import { createRng } from '../../core/rng.ts';
import { type LabRun, labSpec } from '../../theory/specs/registry.ts';
import { frontier } from '../frontier.ts';
import type { ProbedPoint, RunRow } from '../rows.ts';
import { row, TUNING, tunedApart } from '../synthetic-rows.testing.ts';
import type { StudyFacts } from './claim.ts';

const arms = [
  ...['sgd', 'adam', 'adam-tokens', 'signum', 'signsgd', 'rmsprop', 'sgd-cclip', 'sgd-noclip', 'drift'],
  ...['head', 'head+embedding', 'norm', 'sgd#adam', 'adam#sgd', 'momentum-0', 'momentum-0.95'],
  ...[
    'adaptive-0.1',
    'adaptive-0.2',
    'sgd-decay',
    'adam-decay',
    'sgd-wsd',
    'adam-wsd',
    'sgd-loose',
    'sgd-tight',
    'adasgd',
    'invadam',
    'adambc',
  ],
];
const everywhere = ['sgd', 'adam', 'adam-tokens'];
const batchSizes = [1, 4, 16, 64];
const seeds = [0, 1, 2, 3];
const measured = [1, 2, 3];
const seqLen = 64;

/**
 * Numbers of one study: effects of arms and batch sizes, large against the seeds or not,
 * and the same draw for the same name.
 */
function numbers(seed: number) {
  const draw = (name: string) => createRng(seed, name).normal();
  const noise = 10 ** (-3 + 2 * createRng(seed, 'noise').uniform());
  return {
    of: (name: string, s: number) => 0.3 * draw(name) + noise * draw(`${name} ${s}`),
    positive: (name: string, s: number) => Math.exp(draw(name) + noise * draw(`${name} ${s}`)),
  };
}

type Numbers = ReturnType<typeof numbers>;

/** `budgets`: of one kind for claims about a single frontier, or of both and two lengths. */
export function wholeStudy(seed: number, budgets: 'one' | 'several'): StudyFacts {
  const random = numbers(seed);
  const several = [
    { model: 'nano', tokens: 100_000, steps: null },
    { model: 'nano', tokens: 400_000, steps: null },
    { model: 'nano', tokens: null, steps: 500 },
  ];
  const frontiers = budgets === 'one' ? several.slice(0, 1) : several;
  const rows = frontiers.flatMap((one, f) =>
    arms
      .filter((arm) => f === 0 || everywhere.includes(arm))
      .flatMap((optimizer) =>
        batchSizes.flatMap((batchSize) => {
          const tokens = one.tokens ?? one.steps! * batchSize * seqLen;
          const common = { optimizer, batchSize, tokens, seconds: tokens / 1e4 };
          const loss = (s: number) => 4 + random.of(`${f} ${optimizer} ${batchSize}`, s) + 0.01 * s;
          return [
            ...[0.5, 2].map((factor) => row({ ...common, lr: 0.01 * factor, valLoss: loss(0) + 1 })),
            ...seeds.map((s) => winner({ ...common, lr: 0.01, seed: s, valLoss: loss(s) }, random)),
          ];
        }),
      ),
  );
  return facts(
    {
      ...{ rows, cells: [], arms, batchSizes, frontiers, seeds, models: { nano: { seqLen } } },
      probed: Object.fromEntries(
        ['sharpness', 'hessian', 'noise', 'imbalance'].map((name) => [name, measured]),
      ),
      theory: labs(random),
    },
    rows,
  );
}

/** The same study with other rows. */
export const facts = (study: StudyFacts, rows: readonly RunRow[]): StudyFacts => ({
  ...study,
  rows,
  cells: frontier(tunedApart(rows), { tuning: [TUNING], fresh: study.seeds }),
});

function winner(part: Partial<RunRow> & { valLoss: number }, random: Numbers): RunRow {
  const made = row(part);
  const { optimizer, batchSize, seed, tokens } = made;
  const name = `${optimizer} ${batchSize}`;
  const steps = tokens / (batchSize * seqLen);
  const end = part.valLoss;
  const at = (share: number) => end + 3 * Math.exp(-8 * share);
  const kinds = {
    norm: random.positive(`${name} norm`, seed),
    attention: random.positive(`${name} att`, seed),
  };
  const lossCurve = Array.from({ length: 40 }, (_, i) => {
    const step = Math.max(1, Math.round((steps * (i + 1)) / 40));
    const point = { step, tokens: step * batchSize * seqLen, loss: at((i + 1) / 40), clippedKinds: kinds };
    return i === 1 ? { ...point, valLoss: end + 0.1 * random.positive(`${name} progress`, seed) } : point;
  });
  const groupLosses = [0, 1, 2].map((g) => 4 + random.of(`${name} group ${g}`, seed));
  const probes = [10, 20].flatMap((step) => points(name, step, tokens, seed, random));
  const isMeasured = measured.includes(seed);
  return { ...made, trainLoss: at(1), lossCurve, ...(isMeasured ? { probes, groupLosses } : {}) };
}

function points(name: string, step: number, tokens: number, seed: number, random: Numbers): ProbedPoint[] {
  const positive = (what: string) => random.positive(`${name} ${what}`, seed);
  const of = (what: string) => random.of(`${name} ${what}`, seed);
  const tables: Record<string, ProbedPoint['tables']> = {
    sharpness: {
      terms: [
        {
          direction: 'update',
          actualUpdate: true,
          sharpness: 1,
          first: -positive('first'),
          second: positive('2nd'),
        },
        { direction: 'sgd', actualUpdate: false, sharpness: of('sharp sgd') },
        { direction: 'adam', actualUpdate: false, sharpness: of('sharp adam') },
      ],
    },
    hessian: { heterogeneity: [{ distance: positive('distance'), topRatio: 10 * positive('top') }] },
    noise: {
      total: [
        {
          exponent: -1 + 0.3 * of('exponent'),
          criticalBatch: 8 * positive('B*'),
          noiseScale: 8 * positive('scale'),
        },
      ],
      layers: [1, 2, 3].map((layer) => ({
        layer: `layer ${layer}`,
        kurtosis: positive(`kurtosis ${layer}`),
      })),
      drift: batchSizes.map((sequences) => ({ sequences, drift: 0.1 * Math.sqrt(sequences) })),
    },
  };
  const start = { ...{ probe: 'noise', step: 0, tokens: 0 }, tables: tables.noise };
  const taken = Object.entries(tables).map(([probe, own]) => ({
    ...{ probe, step, tokens: (tokens * step) / 40 },
    tables: own,
  }));
  return step === 10 ? [start, ...taken] : taken;
}

/** Labs as the claims about them name them. */
function labs(random: Numbers): LabRun[] {
  const sde = labSpec.parse({ lab: 'sde', sigma: [10], batchSizes: [1, 256], steps: 100 });
  const sdeRows = (['sgd', 'signsgd', 'heavyball', 'signum'] as const).flatMap((method) =>
    [1, 256].flatMap((batchSize) =>
      (['discrete', 'sde'] as const).map((form) => {
        const loss = random.positive(`sde ${method} ${batchSize}`, form === 'sde' ? 1 : 0);
        const spread = { q1: loss / 2, q3: 2 * loss, standardError: 0.001 * loss };
        return { ...{ method, form, sigma: 10, batchSize, step: 50, loss }, ...spread };
      }),
    ),
  );
  const ten = Array.from({ length: 4 }, (_, s) => s);
  const quadratics = (['columns', 'isotropic', 'hessian'] as const).map((noise) => {
    const rows = ['homogeneous', 'heterogeneous'].flatMap((hessian) =>
      [1, 3, 9].flatMap((batchSize) =>
        (['adam', 'sgd'] as const).map((method) => {
          const bySeed = ten.map((s) => random.positive(`${noise} ${hessian} ${batchSize} ${method}`, s));
          const summary = { loss: bySeed[0], q1: 0, q3: 9, bySeed, seeds: 4 };
          return { hessian, batchSize, method, steps: 500, lr: 0.1, bracketed: true, ...summary };
        }),
      ),
    );
    const spec = labSpec.parse({ lab: 'quadratic', name: noise, noise, batchSizes: [1, 3, 9], seeds: 4 });
    return { lab: 'quadratic', spec, result: { rows, curves: [] } } as LabRun;
  });
  const cells = [4, 16, 160].flatMap((batchSize) =>
    (['sgd', 'adam'] as const).map((method) => ({ method, batchSize })),
  );
  const rows = cells.flatMap((cell) =>
    [0, 4].map((level) => {
      const bySeed = [0, 1, 2].map((s) =>
        random.positive(`toy ${cell.method} ${cell.batchSize} ${level}`, s),
      );
      const counts = { classes: 2 ** level, samplesPerClass: 2 ** (5 - level), step: 100 };
      return { ...cell, lr: 0.1, level, ...counts, loss: bySeed[0], lo: 0, hi: 9, bySeed };
    }),
  );
  const tuned = cells.map((cell) => ({
    ...cell,
    steps: 100,
    lr: 0.1,
    loss: 0.1,
    tried: [],
    bracketed: true,
  }));
  return [
    { lab: 'sde', spec: sde, result: { rows: sdeRows } } as LabRun,
    ...quadratics,
    { lab: 'imbalance', spec: labSpec.parse({ lab: 'imbalance' }), result: { rows, tuned } } as LabRun,
  ];
}
