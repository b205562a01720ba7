// `gaplab probe RUN...`: why the gap opens, measured at checkpoints and collected from what runs recorded.
import { join, relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { UserError } from '../core/errors.ts';
import { shown } from '../core/shown.ts';
import { openData, type PreparedData } from '../data/index.ts';
import { optimizer } from '../optim/registry.ts';
import type { Measurement } from '../report/measurement.ts';
import { keptMeasurements } from '../report/probes.ts';
import { readProbes } from '../store/lines.ts';
import { readResult } from '../store/runs.ts';
import type { TableRow } from '../train/probes/probe.ts';
import { probe as probeOf, probes, resolveOptions } from '../train/probes/registry.ts';
import { aligned } from './aligned.ts';
import { action, type Context, command, examples, integer } from './common.ts';
import { loadCheckpoint, type Target, targetsOf } from './probe-runs.ts';
import { assignment, nameList } from './run-flags.ts';
import { wrapText } from './wrap.ts';

interface Options {
  probe: string[];
  set: Record<string, number>;
  optimizers?: string[];
  recorded?: boolean;
  out?: string;
  threads: number;
}

export function register(program: Command): void {
  const probe = command(
    program,
    'probe <run...>',
    'Measure what explains the gap at the checkpoint of a run (or of the winners of a study), and collect what runs measured while they trained.',
  )
    .requiredOption('--probe <names>', `what to measure: ${Object.keys(probes).join(', ')}, or all`, nameList)
    .option('--set <k=v>', 'option of a probe, e.g. samples=512 (repeatable)', assignment('samples=512'), {})
    .option('--optimizers <names>', 'whose updates to compare with the run’s own (default: all)', (text) =>
      nameList(text),
    )
    .option('--recorded', 'only collect what was measured while training')
    .option('--out <dir>', 'directory for JSON, CSV and figures (default: `probes` in the run or study)')
    .option('--threads <n>', 'threads of the engine', integer(1), 1);
  examples(probe, [
    ['gaplab probe runs/mine --probe imbalance', 'loss by token frequency, at the end of training'],
    [
      'gaplab probe runs/mine --probe sharpness,geometry --optimizers sgd,adam',
      'the update beside those of SGD and Adam',
    ],
    [
      'gaplab probe runs/mine --probe hessian --set blocks=0 --set steps=60',
      'eigenvalues of the whole Hessian',
    ],
    ['gaplab probe studies/quick --probe noise', 'the winner of every cell of a study'],
    [
      'gaplab probe runs/mine/attempt-1/checkpoint.safetensors --probe all --out p',
      'one checkpoint, everything',
    ],
  ]).addHelpText('after', () =>
    wrapText(`\nProbes and their options:\n${listing()}`, process.stdout.columns || 80),
  );
  probe.action(
    action(async (ctx: Context, paths: string[], options: Options) => {
      const wanted = options.probe.includes('all') ? Object.keys(probes) : options.probe;
      const settings = settingsOf(wanted, options.set);
      for (const name of options.optimizers ?? []) optimizer(name);
      const targets = targetsOf(paths);
      const out = resolve(options.out ?? defaultOut(paths));
      const recorded = recordedBy(ctx, targets);
      const found = new Map(wanted.map((name) => [name, known(recorded, targets, name, out)]));
      const { writeProbe } = await import('../report/write-probes.ts');
      // Written as soon as it is measured: after Ctrl-C it is there.
      const write = (name: string) => writeProbe(out, name, found.get(name)!);
      if (!options.recorded) await measureAll(ctx, targets, settings, options, found, write);
      const filled = wanted.filter((name) => found.get(name)!.length > 0);
      const files = filled.flatMap(write);
      const all = [...found.values()].flat();
      if (all.length === 0) throw new UserError(nothing(targets, options));
      tell(ctx, found);
      ctx.out(`Written: ${files.length} files in ${relative('.', out) || '.'}`);
      ctx.result({ out, files, measurements: all });
    }),
  );
}

/** Every probe's options, those given by `--set` going to the probes that have them. */
function settingsOf(wanted: readonly string[], set: Record<string, number>) {
  const all = new Set(wanted.flatMap((name) => Object.keys(probeOf(name).options)));
  for (const key of Object.keys(set))
    if (!all.has(key))
      throw new UserError(
        `--set: ${wanted.join(', ')} has no option "${key}"; choose from ${[...all].join(', ')}`,
      );
  return wanted.map((name) => {
    const own = Object.entries(set).filter(([key]) => Object.hasOwn(probeOf(name).options, key));
    return { name, options: resolveOptions(name, Object.fromEntries(own)) };
  });
}

const defaultOut = (paths: readonly string[]) =>
  paths.length === 1 && !paths[0].endsWith('.safetensors') ? join(paths[0], 'probes') : 'probes';

/** What the runs recorded, and what was measured earlier at other steps of them. */
function known(
  recorded: readonly Measurement[],
  targets: readonly Target[],
  name: string,
  out: string,
): Measurement[] {
  const ofProbe = recorded.filter(({ probe }) => probe === name);
  const isNew = (one: Measurement) => !ofProbe.some(({ id, step }) => id === one.id && step === one.step);
  return [
    ...ofProbe,
    ...keptMeasurements(out, name, new Set(targets.map(({ label }) => label.id))).filter(isNew),
  ];
}

/** What the runs measured while they trained; a file that is damaged is told and left out. */
function recordedBy(ctx: Context, targets: readonly Target[]): Measurement[] {
  return targets.flatMap(({ dir, label }) => {
    const { lines, damage } = readProbes(dir, readResult(dir));
    if (damage) ctx.progress.line(`${dir}: ${damage}: what it holds is left out`);
    return damage ? [] : lines.map((line) => ({ ...label, ...line }));
  });
}

async function measureAll(
  ctx: Context,
  targets: readonly Target[],
  settings: ReturnType<typeof settingsOf>,
  { optimizers, threads }: Options,
  found: Map<string, Measurement[]>,
  onMeasured: (name: string) => void,
): Promise<void> {
  const jobs = targets.filter(({ checkpoint }) => checkpoint !== undefined);
  if (jobs.length === 0) return;
  // Loaded here: help and what was recorded need no ONNX Runtime.
  const { createProber } = await import('../train/probes/measure.ts');
  const bar = ctx.progress.bar('probes', jobs.length * settings.length, { unit: 'measurements' });
  let done = 0;
  for (const target of jobs) {
    const { config, label } = target;
    const at = loadCheckpoint(target);
    const data: PreparedData = await openData(config.data.fingerprint);
    const prober = createProber({ config, data, threads, signal: ctx.signal });
    try {
      for (const { name, options } of settings) {
        bar.update(done, { note: `${name} of ${label.optimizer} at batch ${label.batchSize}` });
        const line = await prober.measure(name, options, { ...at, optimizers });
        const list = found.get(name)!;
        // What the run recorded at this step is the same, or was measured otherwise: the newer one counts.
        const old = list.findIndex(({ id, step }) => id === label.id && step === line.step);
        if (old >= 0) list.splice(old, 1);
        list.push({ ...label, ...line });
        onMeasured(name);
        bar.update(++done);
        ctx.signal.throwIfAborted();
      }
    } finally {
      await prober.close();
      data.close();
    }
  }
  bar.done();
}

function nothing(targets: readonly Target[], { recorded }: Options): string {
  const [{ dir }] = targets;
  return recorded
    ? `${dir} recorded nothing of this while training: leave --recorded out, or train with probes in the study file`
    : `${dir} has no checkpoint to measure at, and recorded nothing while training; train it first`;
}

/** The newest measurement of each run. */
function tell(ctx: Context, found: ReadonlyMap<string, readonly Measurement[]>): void {
  for (const [name, list] of found) {
    const { table, columns } = probeOf(name).show;
    const newest = new Map<string, Measurement>();
    for (const one of list) if (one.step >= (newest.get(one.run)?.step ?? 0)) newest.set(one.run, one);
    for (const { optimizer: label, batchSize, step, tables } of newest.values()) {
      ctx.out(`\n${name}: ${label} at batch ${batchSize}, after ${step.toLocaleString('en-US')} steps`);
      const rows = (tables[table] ?? []).map((row) => columns.map((column) => cell(row, column)));
      ctx.out(aligned([[...columns], ...rows]));
    }
  }
  ctx.out('');
}

/**
 * A value with its 95% interval or its standard error, where the row has them. An
 * upper end that is missing is none.
 */
function cell(row: TableRow, column: string): string {
  const value = text(row[column]);
  const [lo, hi, error] = ['Lo', 'Hi', 'Error'].map((end) => row[column + end] ?? null);
  if (lo !== null) return `${value} (${hi === null ? `${text(lo)} or more` : `${text(lo)} to ${text(hi)}`})`;
  return error === null ? value : `${value} ± ${text(error)}`;
}

/** Characters of a text in a table. */
const LONGEST = 200;

function text(value: unknown): string {
  if (value === null || value === undefined) return '–';
  // What a model writes may be anything.
  if (typeof value === 'string') return shown(value, LONGEST);
  return typeof value === 'number' && !Number.isInteger(value)
    ? String(Number(value.toPrecision(4)))
    : String(value);
}

function listing(): string {
  return Object.values(probes)
    .map(({ name, summary, options }) => {
      const list = Object.entries(options).map(
        ([key, { default: value, why }]) => `      ${key} (${value}): ${why}`,
      );
      return [`  ${name}: ${summary}`, ...list].join('\n');
    })
    .join('\n');
}
