// Flags that the theory commands share, and how lists, spectra and matrices are read.
import { type Command, InvalidArgumentError } from 'commander';
import { UserError } from '../core/errors.ts';
import { readText } from '../files/text.ts';
import type { Method } from '../theory/names.ts';
import { type Quadratic, quadratic } from '../theory/problem.ts';
import { integer, number } from './common.ts';

/** Option parser: numbers separated by commas or spaces, `1..4096` for the powers of two between its ends. */
export function numbers({
  above,
  min,
  whole = false,
}: {
  above?: number;
  min?: number;
  whole?: boolean;
} = {}) {
  const one = whole ? integer(min ?? 0) : number({ above, min });
  return (text: string): number[] => {
    const parts = text.split(/[\s,]+/).filter(Boolean);
    if (parts.length === 0) throw new InvalidArgumentError('It must be a list of numbers, e.g. 1,4,16.');
    const values = parts.flatMap((part) => {
      const range = /^(\d+)\.\.(\d+)$/.exec(part);
      if (!range) return [one(part)];
      const [from, to] = [one(range[1]), one(range[2])];
      if (from < 1 || to < from)
        throw new InvalidArgumentError('A range doubles from its first number to its last, e.g. 1..4096.');
      const list: number[] = [];
      for (let value = from; value <= to; value *= 2) list.push(value);
      return list;
    });
    return [...new Set(values)];
  };
}

/** Option parser: names out of `known`, separated by commas. */
export function names<Name extends string>(known: readonly Name[]) {
  return (text: string): Name[] => {
    const parts = text.split(/[\s,]+/).filter(Boolean);
    for (const part of parts)
      if (!(known as readonly string[]).includes(part))
        throw new InvalidArgumentError(`Unknown: ${part}; there are ${known.join(', ')}.`);
    if (parts.length === 0) throw new InvalidArgumentError(`Name some of ${known.join(', ')}.`);
    return [...new Set(parts)] as Name[];
  };
}

export interface CommonOptions {
  out: string;
  seed: number;
}

/** What is simulated on the problem, and how often. */
export interface SimulationOptions {
  methods: Method[];
  batchSizes: number[];
  beta: number;
  steps: number;
  paths: number;
}

export interface ProblemOptions {
  spectrum: string;
  matrix?: string;
  start: number[];
}

export function addCommonFlags(command: Command, name: string): Command {
  return command
    .option('--seed <n>', 'of all random numbers', integer(0), 1)
    .option('--out <dir>', 'where report.html, figures/ and tables/ go', `theory/${name}`);
}

/** The quadratic that is descended: its curvatures and where it starts. */
export function addProblemFlags(command: Command): Command {
  return command
    .option('--spectrum <numbers>', 'eigenvalues of a diagonal Hessian, or a file of them', '1,2,3,4,5')
    .option('--matrix <file>', 'a full symmetric Hessian instead: a file with one row per line')
    .option('--start <numbers>', 'where to start: one number, or one for each coordinate', numbers(), [1]);
}

/**
 * Methods, noise and batch sizes of a simulation, with the defaults of the command;
 * `known` are the methods it can do. A list as `sigma` means that the command takes several noise levels.
 */
export function addSimulationFlags(
  command: Command,
  {
    known,
    sigma,
    ...preset
  }: SimulationOptions & { known: readonly Method[]; sigma: { default: number | number[]; above?: number } },
): Command {
  const { above } = sigma;
  const range = above === undefined ? { min: 0 } : { above };
  const [word, parse, what] = Array.isArray(sigma.default)
    ? ['<numbers>', numbers(range), 'noise levels: standard deviation']
    : ['<x>', number(range), 'noise: standard deviation'];
  return command
    .option(
      '--methods <names>',
      `${known.join(', ')} (heavyball: SGD with momentum)`,
      names(known),
      preset.methods,
    )
    .option<number | number[]>(
      `--sigma ${word}`,
      `${what} of one sample's gradient, per coordinate`,
      parse,
      sigma.default,
    )
    .option(
      '--batch-sizes <numbers>',
      'batch sizes; 1..1024 doubles',
      numbers({ above: 0 }),
      preset.batchSizes,
    )
    .option(
      '--beta <x>',
      known.includes('adam') ? 'momentum, and both betas of Adam' : 'momentum of heavyball and signum',
      number({ min: 0 }),
      preset.beta,
    )
    .option('--steps <n>', 'optimizer steps of a run, the same at every batch size', integer(1), preset.steps)
    .option('--paths <n>', 'independent runs of each setting', integer(1), preset.paths);
}

export function problemFrom({ spectrum, matrix, start }: ProblemOptions, sigma: number): Quadratic {
  return matrix === undefined
    ? quadratic({ spectrum: readSpectrum(spectrum), start, sigma: [sigma] })
    : quadratic({ matrix: readMatrix(matrix), start, sigma: [sigma] });
}

export const problemText = ({ spectrum, matrix }: ProblemOptions) =>
  matrix === undefined ? `diagonal with eigenvalues ${spectrum}` : `the matrix in ${matrix}`;

/** Continues "there is no file" where a list of numbers would do, too. */
export const NOT_NUMBERS = ', and it is not a list of numbers';

/** Numbers given as such, or the name of a file with numbers. */
function readSpectrum(text: string): number[] {
  const source = /^[\d\s,.eE+-]*$|^(NaN|-?Infinity)/.test(text)
    ? text
    : readText('spectrum', text, NOT_NUMBERS);
  return source
    .split(/[\s,;]+/)
    .filter(Boolean)
    .map((word) => toNumber('spectrum', word));
}

/** Rows of numbers, one row per line. */
export function readMatrix(path: string): number[][] {
  const lines = readText('matrix', path)
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '' && !line.startsWith('#'));
  return lines.map((line) =>
    line
      .split(/[\s,;]+/)
      .filter(Boolean)
      .map((word) => toNumber('matrix', word)),
  );
}

function toNumber(what: string, word: string): number {
  const value = Number(word);
  if (Number.isNaN(value)) throw new UserError(`${what}: "${word}" is not a number`);
  return value;
}
