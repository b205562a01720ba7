// A study file from a W&B sweep file: its command as it is, its parameters as arms, learning rates and axes.
import { stringify } from 'yaml';
import { UserError } from '../core/errors.ts';
import { isFields } from './short-forms.ts';

/** Names that scripts have for what a study knows by a name of its own, without capitals and separators. */
const KNOWN: Record<string, string[]> = {
  lr: ['lr', 'learningrate', 'maxlr', 'peaklr', 'baselr'],
  batchSize: ['batchsize', 'bs', 'batch', 'devicebatchsize', 'trainbatchsize', 'perdevicetrainbatchsize'],
  steps: [
    'steps',
    'maxsteps',
    'maxiters',
    'numsteps',
    'trainsteps',
    'totalsteps',
    'numiterations',
    'iterations',
    'niters',
  ],
  seed: ['seed', 'randomseed', 'rngseed'],
};
const OPTIMIZER = ['opt', 'optim', 'optimizer', 'optimizername', 'algorithm'];

const bare = (name: string) => name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
/** Nested parameters have names with dots: the last part says what it is. */
const lastPart = (name: string) => bare(name.split('.').at(-1)!);
const knownAs = (name: string) => Object.keys(KNOWN).find((own) => KNOWN[own].includes(lastPart(name)));
const isOptimizer = (name: string) => OPTIMIZER.includes(lastPart(name));

type Value = string | number | boolean;
interface SweepParameter {
  name: string;
  values: Value[];
  /** A range that was sampled: the ends, and whether ratios count. */
  range?: { min: number; max: number; log: boolean };
}

/** Values of a continuous range that are tried. */
const POINTS = 3;

export interface FromSweep {
  /** The study file. */
  text: string;
  /** What somebody should look at. */
  notes: string[];
}

/** `name` is that of the study. Throws UserError for what is no sweep, or one that no study can stand for. */
export function fromSweep(sweep: unknown, name: string): FromSweep {
  if (!isFields(sweep) || !isFields(sweep.parameters))
    throw new UserError(
      'this is no W&B sweep: it has no parameters: (a sweep lists program, method, metric and parameters)',
    );
  const notes: string[] = [];
  const parameters = parametersOf(sweep.parameters, '');
  const metric = isFields(sweep.metric) ? sweep.metric : {};
  if (metric.goal === 'maximize')
    throw new UserError(
      `the sweep maximizes ${metric.name}: a study compares losses, so let the script tell one that is to become small`,
    );
  const take = (own: string) => {
    const found = parameters.find((one) => knownAs(one.name) === own);
    if (found) parameters.splice(parameters.indexOf(found), 1);
    return found;
  };
  const [lr, batchSize, steps, seed] = ['lr', 'batchSize', 'steps', 'seed'].map(take);
  const names = Object.fromEntries(
    Object.entries({ lr, batchSize, steps, seed }).flatMap(([own, found]) =>
      found && found.name !== own ? [[own, found.name]] : [],
    ),
  );
  if (!lr) notes.push('the sweep has no learning rate that could be recognised: set lr and names.lr');
  if (!batchSize) notes.push('the sweep has no batch size: set batchSizes and names.batchSize');
  if (!steps) notes.push('the sweep has no number of steps: set steps and names.steps');
  if (!seed) notes.push('the sweep has no seed: the script should take one (names.seed)');
  const value = typeof metric.name === 'string' ? metric.name : undefined;
  notes.push(
    `losses are read from JSON lines${value ? ` with the key ${value}` : ''} in the file that GAPLAB_METRICS names; if the script prints them, write metrics: {stdout: "..."} (docs/trainers.md)`,
  );
  for (const { name: ranged, range, values } of parameters)
    if (range)
      notes.push(
        `${ranged} was sampled between ${range.min} and ${range.max}: ${values.join(', ')} stand for it`,
      );
  const study = {
    name,
    trainer: {
      ...commandOf(sweep),
      ...(Object.keys(names).length > 0 ? { names } : {}),
      metrics: { file: 'jsonl', ...(value ? { value } : {}) },
    },
    steps: numbersOf(steps, [1000]),
    batchSizes: numbersOf(batchSize, [8, 32, 128]),
    ...(seed && numbersOf(seed, []).length > 1 ? { seeds: numbersOf(seed, []).length } : {}),
    optimizers: armsOf(parameters, lrOf(lr)),
  };
  const head = notes.map((note) => `# * ${note}\n`).join('');
  const text = `# Made from a W&B sweep by \`gaplab trainer init\`. To be looked at:\n${head}${stringify(study, { lineWidth: 0, flowCollectionPadding: false })}`;
  return { text, notes };
}

/** Nested parameters have names with dots, as W&B hands them over. */
function parametersOf(fields: Record<string, unknown>, prefix: string): SweepParameter[] {
  return Object.entries(fields).flatMap(([key, about]): SweepParameter[] => {
    const name = prefix + key;
    if (!isFields(about)) return [{ name, values: [about as Value] }];
    if (isFields(about.parameters)) return parametersOf(about.parameters, `${name}.`);
    if (Array.isArray(about.values)) return [{ name, values: about.values as Value[] }];
    if ('value' in about) return [{ name, values: [about.value as Value] }];
    const { min, max, distribution = '' } = about;
    if (typeof min === 'number' && typeof max === 'number') {
      const kind = String(distribution);
      // Of log_uniform, and of it alone, the ends are exponents.
      const [from, to] = kind === 'log_uniform' ? [Math.exp(min), Math.exp(max)] : [min, max];
      const range = { min: from, max: to, log: kind.includes('log') || (from > 0 && to / from >= 10) };
      return [
        {
          name,
          range,
          values: pointsOf(range, Number.isInteger(min) && Number.isInteger(max) && !kind.includes('log')),
        },
      ];
    }
    throw new UserError(`parameter ${name}: neither value, values, nor min and max`);
  });
}

function pointsOf(
  { min, max, log }: { min: number; max: number; log: boolean },
  isInteger: boolean,
): number[] {
  const at = (share: number) => (log ? min * (max / min) ** share : min + (max - min) * share);
  const points = Array.from({ length: POINTS }, (_, i) => at(i / (POINTS - 1)));
  return [...new Set(points.map((x) => (isInteger ? Math.round(x) : Number(x.toPrecision(3)))))];
}

const numbersOf = (parameter: SweepParameter | undefined, usual: number[]): number[] => {
  const numbers = (parameter?.values ?? []).map(Number).filter(Number.isFinite);
  return numbers.length > 0 ? numbers.sort((a, b) => a - b) : usual;
};

/** A search begins in the middle of the rates that were tried, by their ratio. */
function lrOf(parameter: SweepParameter | undefined): number {
  const rates = numbersOf(parameter, [0.01]).filter((rate) => rate > 0);
  const ends = parameter?.range
    ? [parameter.range.min, parameter.range.max]
    : [rates[0] ?? 0.01, rates.at(-1) ?? 0.01];
  const middle = ends[0] > 0 ? Math.sqrt(ends[0] * ends[1]) : ends[1] / 10;
  return Number(middle.toPrecision(2));
}

/** Every combination of texts and switches is an arm; numbers with several values are tuned, others stay. */
function armsOf(parameters: readonly SweepParameter[], lr: number): Record<string, unknown> {
  const isNumeric = ({ values }: SweepParameter) => values.every((value) => typeof value === 'number');
  const choices = parameters.filter((one) => !isNumeric(one));
  const hyper = parameters.filter((one) => isNumeric(one) && one.values.length === 1);
  const axes = parameters.filter((one) => isNumeric(one) && one.values.length > 1);
  const combinations = choices.reduce<Record<string, Value>[]>(
    (list, { name, values }) => list.flatMap((made) => values.map((value) => ({ ...made, [name]: value }))),
    [{}],
  );
  return Object.fromEntries(
    combinations.map((args) => [
      labelOf(args, choices),
      {
        ...(Object.keys(args).length > 0 ? { args } : {}),
        ...(hyper.length > 0
          ? { hyper: Object.fromEntries(hyper.map(({ name, values }) => [name, values[0]])) }
          : {}),
        ...(axes.length > 0
          ? { axes: Object.fromEntries(axes.map(({ name, values }) => [name, values])) }
          : {}),
        lr,
      },
    ]),
  );
}

/** Named by what differs: the optimizer alone where there is one. */
function labelOf(args: Record<string, Value>, choices: readonly SweepParameter[]): string {
  const varied = choices.filter(({ values }) => values.length > 1);
  const telling = varied.length > 0 ? varied : choices.filter(({ name }) => isOptimizer(name));
  const parts = telling.map(({ name }) => (isOptimizer(name) ? String(args[name]) : `${name}-${args[name]}`));
  return parts.join('-').replaceAll(/[^\w.#+-]/g, '_') || 'script';
}

/** W&B's own default where the sweep has no command. */
function commandOf(sweep: Record<string, unknown>): { command: string[]; program?: string } {
  const program = typeof sweep.program === 'string' ? { program: sweep.program } : {};
  const given = Array.isArray(sweep.command) ? sweep.command.map(String) : undefined;
  if (!given && !sweep.program)
    throw new UserError('the sweep names no program: and no command:, so there is nothing to start');
  return { command: given ?? ['${env}', '${interpreter}', '${program}', '${args}'], ...program };
}
