// `gaplab trainer`: a training script of the user is looked at, and its study file begun.
import { existsSync } from 'node:fs';
import { basename, extname } from 'node:path';
import type { Command } from 'commander';
import { UserError } from '../core/errors.ts';
import { shown } from '../core/shown.ts';
import { readUtf8 } from '../data/text-file.ts';
import { publish } from '../files/publish.ts';
import { checkTrainer } from '../study/check-trainer.ts';
import type { Finding } from '../study/finding.ts';
import { fromSweep } from '../study/from-sweep.ts';
import { loadStudy } from '../study/load.ts';
import { readYaml } from '../study/read.ts';
import { draftStudy, resolveScript } from '../study/resolve.ts';
import { stub, template } from '../study/trainer-template.ts';
import { action, type Context, command, examples, integer } from './common.ts';

interface CheckOptions {
  set: string[];
  size?: string;
  steps: number;
  threads?: number;
}

interface InitOptions {
  out?: string;
  stub?: string;
}

export function register(program: Command): void {
  const trainer = program
    .command('trainer')
    .description(
      'Your own training script in a study: check it, or begin a study file for it (docs/trainers.md).',
    );
  examples(trainer, [
    [
      'gaplab trainer init sweep.yaml --out my-study.yaml',
      'a study file from a sweep file (see its own --help)',
    ],
    ['gaplab trainer check my-study.yaml', 'short runs that show whether the study can rely on the script'],
    ['gaplab study my-study.yaml', 'then the study'],
  ]);
  registerCheck(trainer);
  registerInit(trainer);
}

function registerCheck(trainer: Command): void {
  const check = command(
    trainer,
    'check <study>',
    'Run the script of a study some times at a small budget, and say line by line whether the study can rely on it.',
  )
    .option('--steps <n>', 'optimizer steps of each trial', integer(2), 20)
    .option('--threads <n>', 'threads that numerical libraries may use', integer(1))
    .option('--size <name>', 'which of the sizes of the study')
    .option(
      '--set <field=value>',
      'change a field of the study (repeatable)',
      (value, list: string[]) => [...list, value],
      [],
    );
  examples(check, [
    ['gaplab trainer check my-study.yaml', 'about ten short runs of 20 steps each'],
    ['gaplab trainer check my-study.yaml --steps 100 --threads 1', 'longer ones, on one core'],
  ]);
  check.action(
    action(async (ctx: Context, source: string, { steps, threads, size, set }: CheckOptions) => {
      const draft = draftStudy(loadStudy(source, set, size));
      if (!draft.trainer)
        throw new UserError(
          `${shown(source)}: there is no trainer: in this study, so there is no script to check`,
        );
      const study = resolveScript({ ...draft, trainer: draft.trainer });
      const { findings, takes } = await checkTrainer(study, {
        ...{ steps, threads, signal: ctx.signal },
        onFinding: (finding) => ctx.out(lineOf(finding)),
      });
      const broken = findings.filter(({ level }) => level === 'broken').length;
      ctx.out(
        broken === 0
          ? '\nNothing stands in the way of the study.'
          : `\n${broken} ${broken === 1 ? 'thing is' : 'things are'} to be mended first.`,
      );
      ctx.result({ study: study.name, steps, broken, findings, takes: takes ?? null });
      if (broken > 0) process.exitCode = 1;
    }),
  );
}

const marks: Record<Finding['level'], string> = { ok: 'ok    ', note: 'note  ', broken: 'BROKEN' };

const lineOf = ({ level, what, text }: Finding): string =>
  `${marks[level]}  ${what}: ${text.replaceAll('\n', '\n        | ')}`;

function registerInit(trainer: Command): void {
  const init = command(
    trainer,
    'init [sweep]',
    'Write a study file from a W&B sweep file, or one to fill in; and a stub for scripts in Python.',
  )
    .option('--out <file>', 'the study file (default: on stdout)')
    .option('--stub <file>', 'also write 20 lines of Python that read parameters and tell losses');
  examples(init, [
    ['gaplab trainer init sweep.yaml --out my-study.yaml', 'a study of the same script and parameters'],
    ['gaplab trainer init --out my-study.yaml --stub gaplab_run.py', 'a study file to fill in, and the stub'],
  ]);
  init.action(
    action((ctx: Context, sweep: string | undefined, { out, stub: stubFile }: InitOptions) => {
      for (const path of [out, stubFile])
        if (path !== undefined && existsSync(path))
          throw new UserError(`${shown(path)} is there already: nothing is replaced; give another name`);
      const made = sweep === undefined ? { text: template, notes: [] } : readSweep(sweep, out);
      if (out !== undefined) write(out, made.text);
      if (stubFile !== undefined) write(stubFile, stub);
      if (out === undefined && stubFile === undefined) ctx.out(made.text.trimEnd());
      else for (const path of [out, stubFile]) if (path !== undefined) ctx.out(`written: ${shown(path)}`);
      if (out !== undefined) {
        for (const note of made.notes) ctx.out(`* ${note}`);
        ctx.out(`Look at it, then: gaplab trainer check ${shown(out)}`);
      }
      ctx.result({ study: out ?? null, stub: stubFile ?? null, text: made.text, notes: made.notes });
    }),
  );
}

function readSweep(path: string, out: string | undefined): { text: string; notes: string[] } {
  if (!existsSync(path)) throw new UserError(`there is no sweep file ${shown(path)}`);
  const bytes = [...readUtf8(path)];
  const { value } = readYaml(Buffer.concat(bytes).toString('utf8'), shown(path));
  const name =
    basename(out ?? path, extname(out ?? path))
      .replaceAll(/[^\w.-]/g, '-')
      .replace(/^\W+/, '') || 'sweep';
  try {
    return fromSweep(value, name);
  } catch (error) {
    throw error instanceof UserError ? new UserError(`${shown(path)}: ${error.message}`) : error;
  }
}

function write(path: string, text: string): void {
  if (!publish(path, text))
    throw new UserError(`${shown(path)} is there already: nothing is replaced; give another name`);
}
