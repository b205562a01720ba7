// A first guess at what the names of foreign runs mean, from the names that people and tools use.
import type { Mapping } from './mapping.ts';
import type { ForeignRun } from './run.ts';

/** Names in order of preference, without upper case and without marks between words. */
const names = {
  optimizer: ['optimizer', 'optimizername', 'optimizertype', 'optim', 'opt', 'algorithm'],
  lr: ['lr', 'learningrate', 'peaklr', 'maxlr', 'baselr', 'optimizerlr', 'traininglearningrate'],
  batchSize: [
    'batchsize',
    'globalbatchsize',
    'totalbatchsize',
    'effectivebatchsize',
    'bs',
    'bsz',
    'trainbatchsize',
    'perdevicetrainbatchsize',
    'microbatchsize',
  ],
  steps: [
    'maxsteps',
    'steps',
    'numsteps',
    'nsteps',
    'totalsteps',
    'trainsteps',
    'trainingsteps',
    'maxiters',
    'numiterations',
    'niters',
    'ti',
  ],
  tokens: ['tokens', 'totaltokens', 'traintokens', 'trainingtokens', 'numtokens', 'tokenbudget', 'd'],
  tokensPerSequence: [
    'tokenspersequence',
    'sequencelength',
    'seqlen',
    'seqlength',
    'maxseqlen',
    'maxseqlength',
    'contextlength',
    'blocksize',
    'ctxlen',
  ],
  seed: ['seed', 'randomseed', 'rngseed', 'repeat', 'replicate'],
  model: ['modelname', 'model', 'modelsize', 'preset', 'arch', 'architecture', 'n', 'nparams', 'params'],
  valLoss: [
    'valloss',
    'validationloss',
    'evalloss',
    'validloss',
    'devloss',
    'testloss',
    'finalvalloss',
    'lossval',
    'smoothloss',
    'intermediate',
    'value',
    'objective',
    'valbpb',
    'valppl',
    'valperplexity',
    'evalperplexity',
    'testppl',
    'ppltest',
    'pplval',
    'perplexity',
    'ppl',
  ],
  trainLoss: ['trainloss', 'trainingloss', 'losstrain', 'loss'],
  gradNorm: ['gradnorm', 'gradientnorm', 'gnorm', 'totalnorm'],
} as const;

/** Hyperparameters beside the learning rate, under the names that gaplab has for them. */
const hyper: Record<string, readonly string[]> = {
  beta1: ['beta1', 'adambeta1', 'b1'],
  beta2: ['beta2', 'adambeta2', 'b2'],
  momentum: ['momentum', 'mu'],
  weightDecay: ['weightdecay', 'wd'],
  eps: ['eps', 'epsilon', 'adamepsilon'],
  clip: ['clip', 'gradclip', 'gradclipping', 'maxgradnorm', 'clipnorm'],
  warmup: ['warmup', 'warmupsteps', 'warmupratio', 'warmupiters'],
};

const plain = (name: string) => name.toLowerCase().replace(/[^a-z0-9]/g, '');
/** `optim.lr` is known as `lr`, too. */
const last = (name: string) => plain(name.split(/[./]/).at(-1)!);

function find(there: readonly string[], wanted: readonly string[]): string | undefined {
  const whole = wanted.flatMap((name) => there.filter((one) => plain(one) === name));
  const end = wanted.flatMap((name) => there.filter((one) => last(one) === name && plain(one) !== name));
  return whole[0] ?? end[0];
}

const keysOf = (runs: readonly ForeignRun[], of: (run: ForeignRun) => object): string[] => [
  ...new Set(runs.flatMap((run) => Object.keys(of(run)))),
];

export function guessMapping(runs: readonly ForeignRun[]): Mapping {
  const config = keysOf(runs, (run) => run.config);
  const measured = keysOf(runs, (run) => run.series);
  const numbers = [...measured, ...keysOf(runs, (run) => run.summary)];
  const valLoss = lossOf(numbers) ?? find(numbers, names.trainLoss);
  const mapping: Mapping = {};
  for (const field of [
    'optimizer',
    'lr',
    'batchSize',
    'steps',
    'tokens',
    'tokensPerSequence',
    'seed',
    'model',
  ] as const) {
    const name = find(config, names[field]);
    if (name !== undefined) mapping[field] = name;
  }
  if (valLoss !== undefined) mapping.valLoss = valLoss;
  const trainLoss = find(numbers, names.trainLoss);
  if (trainLoss !== undefined) mapping.trainLoss = trainLoss;
  const gradNorm = find(numbers, names.gradNorm);
  if (gradNorm !== undefined) mapping.gradNorm = gradNorm;
  const tuned = Object.entries(hyper).flatMap(([name, known]) => {
    const there = find(config, known);
    return there !== undefined && varies(runs, there) ? [[name, there] as const] : [];
  });
  if (tuned.length > 0) mapping.hyper = Object.fromEntries(tuned);
  if (valLoss !== undefined)
    mapping.unit = /ppl|perplexity/i.test(valLoss)
      ? 'perplexity'
      : /bpb|bits/i.test(valLoss)
        ? 'bits'
        : 'nats';
  return mapping;
}

/** A loss that was measured over the run is preferred to one number for it, under the better of names. */
const lossOf = (numbers: readonly string[]): string | undefined =>
  find(
    numbers.filter((name) => !/\(maximized\)$/.test(name)),
    names.valLoss,
  );

/** Whether something is not the same in all runs, so that it may be what tells them apart. */
export function varies(runs: readonly ForeignRun[], name: string): boolean {
  return new Set(runs.map(({ config }) => String(config[name] ?? ''))).size > 1;
}
