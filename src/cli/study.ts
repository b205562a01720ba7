// `gaplab study`: run or resume a study, then say what came of it.
import { relative } from 'node:path';
import { type Command, Option } from 'commander';
import { UserError } from '../core/errors.ts';
import { runStudy } from '../report/run-study.ts';
import type { Summary } from '../report/types.ts';
import { type LauncherName, launcherNames } from '../study/cluster/settings.ts';
import { studyJsonSchema } from '../study/json-schema.ts';
import { presets } from '../study/presets.ts';
import { action, type Context, command, deviceOption, examples, integer, number } from './common.ts';
import { addEngineFlags, type EngineFlags, torchOptions } from './engine-flags.ts';
import { createDisplay, runLine } from './study-display.ts';
import { dryRun, withinMinutes } from './study-estimate.ts';
import { summaryTable } from './study-table.ts';
import { columnsOf } from './wrap.ts';

interface Options extends EngineFlags {
  out?: string;
  runs?: string;
  size?: string;
  jobs?: number;
  threads?: number;
  checkpointSeconds?: number;
  set: string[];
  dryRun?: boolean;
  minutes?: number;
  scale?: boolean;
  launcher?: LauncherName;
  list?: boolean;
  schema?: boolean;
}

export function register(program: Command): void {
  const study = addEngineFlags(
    command(
      program,
      'study [study]',
      'Run a study (a preset or a YAML file), or continue it. It makes exactly the runs that are missing, then writes the report.',
    ),
  )
    .option('--out <dir>', 'directory of the study (default: studies/<name>)')
    .option('--size <name>', 'smoke, mini (the default), long or paper, for the presets of experiments')
    .option('--runs <dir>', 'pool of runs shared with other studies')
    .option(
      '--jobs <n>',
      'runs at once (default: one per core; one on a device; launcher.workers in a queue)',
      integer(1),
    )
    .option(
      '--threads <n>',
      'threads per run (default: 1; more only for studies with fewer runs than cores)',
      integer(1),
    )
    .addOption(deviceOption())
    .addOption(
      new Option(
        '--launcher <name>',
        'who makes the runs: local (this command), slurm (workers that it submits), none (workers that you start); default: what the study file says, else local',
      ).choices(launcherNames),
    )
    .option(
      '--checkpoint-seconds <s>',
      'seconds between checkpoints, so the most training that a kill costs (default: 20)',
      number({ min: 0 }),
    )
    .option(
      '--set <field=value>',
      'change a field of the study, e.g. tokens=100000 (repeatable)',
      collect,
      [],
    )
    .option(
      '--dry-run',
      'say what the study, or the rest of it, takes on this machine (runs, tokens, time, memory, disk), and run nothing',
    )
    .option(
      '--minutes <n>',
      'refuse a study that is expected to take longer on this machine',
      number({ above: 0 }),
    )
    .option(
      '--scale',
      'with --minutes: run a study that takes longer with fewer tokens, under a name of its own',
    )
    .option('--list', 'list the presets and what they show')
    .option('--schema', 'print the JSON Schema of study files, for editors (docs/study-reference.md)');
  examples(study, [
    ['gaplab study', 'the preset `quick`: the gap against batch size in about 6 minutes'],
    ['gaplab study smoke --out /tmp/smoke', 'the same shape in some seconds'],
    [
      'gaplab study quick --set tokens=1000000 --set name=longer',
      'with a larger budget, under a name of its own',
    ],
    [
      'gaplab study grafting --size smoke',
      'an experiment of the paper in under a minute (mini: 2 to 20 minutes; paper: its own grid)',
    ],
    [
      'gaplab study momentum --runs studies/pool',
      'with a pool of runs: a run that another study has made there is not made again',
    ],
    [
      'gaplab study my.yaml --dry-run',
      'what it takes here: runs, tokens, time, memory and disk, before anything is run',
    ],
    [
      'gaplab study my.yaml --minutes 10 --scale',
      'with as many tokens as ten minutes are expected to be enough for',
    ],
    ['gaplab study my.yaml --jobs 4', 'your own study file, four runs at a time'],
    [
      'gaplab study my.yaml --launcher slurm --set launcher.partition=gpu',
      'by workers that Slurm starts; this command only looks on, and may be ended',
    ],
  ]);
  study.action(
    action(async (ctx: Context, name: string | undefined, options: Options) => {
      if (options.list) return list(ctx);
      if (options.schema) return schema(ctx);
      const source = name ?? 'quick';
      const isTorch = options.engine && options.engine === 'torch';
      const torch = torchOptions(options, isTorch);
      if (options.engine) options.set.push(`engine=${options.engine}`);
      if (options.dryRun) return dryRun(ctx, source, options);
      if (options.scale && options.minutes === undefined)
        throw new UserError('--scale needs --minutes: how long may the study take?');
      const fitting = options.minutes === undefined ? [] : await withinMinutes(ctx, source, options);
      const display = createDisplay(ctx);
      try {
        const { dir, ran, failed, summary } = await runStudy({
          study: source,
          ...options,
          torch,
          set: [...options.set, ...fitting],
          signal: ctx.signal,
          onProgress: display.progress,
          onData: display.data,
          onLab: display.lab,
          onRun: (run, result) => ctx.progress.line(runLine(run, result)),
          onWarning: (line) => ctx.progress.line(line),
        });
        display.end();
        report(ctx, dir, summary);
        if (ran === 0) ctx.out('Nothing was left to run.');
        ctx.result({ dir, ran, failed: failed.length, ...summary });
        if (failed.length > 0) {
          process.exitCode = 1;
          ctx.progress.line(
            `${failed.length} run${failed.length > 1 ? 's' : ''} failed (${failed[0].error}); the same command tries again`,
          );
        }
      } catch (error) {
        display.end();
        throw error;
      }
    }),
  );
}

function list(ctx: Context): void {
  const all = presets();
  for (const { name, about, sizes } of all)
    ctx.out(
      `${name}${sizes.length > 0 ? ` (sizes: ${sizes.join(', ')})` : ''}\n${about.replace(/^/gm, '    ')}\n`,
    );
  ctx.result(all.map(({ name, about, sizes }) => ({ name, about, sizes })));
}

function schema(ctx: Context): void {
  const made = studyJsonSchema();
  ctx.out(JSON.stringify(made, null, 1));
  ctx.result(made);
}

function collect(value: string, list: string[]): string[] {
  return [...list, value];
}

function report(ctx: Context, dir: string, summary: Summary): void {
  const here = relative(process.cwd(), dir) || dir;
  const place = here.startsWith('..') ? dir : here;
  ctx.out(`\n${summaryTable(summary, columnsOf(process.stdout))}\n`);
  for (const line of summary.answer) ctx.out(line);
  ctx.out(`\nReport: ${place}/report.html`);
}
