// `gaplab advise --check` and `--grade`: advice put to the test, by a study made for it and by studies that
// are there.
import { join, relative, resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { checkStudy } from '../advise/check.ts';
import type { Given } from '../advise/given.ts';
import { type Grade, grade, recordTable, tally } from '../advise/grade.ts';
import { ownStudy } from '../advise/own-study.ts';
import { UserError } from '../core/errors.ts';
import { toJson } from '../files/atomic.ts';
import { ownedFolder } from '../files/owned.ts';
import { loadStudyDir } from '../report/load.ts';
import { runStudy } from '../report/run-study.ts';
import { summarizeStudy } from '../report/summary.ts';
import { modelOf, sizeOfModel } from './advise-given.ts';
import type { Context } from './common.ts';
import { createDisplay, runLine } from './study-display.ts';
import { dryRun } from './study-estimate.ts';

/**
 * Tells the cost of the study that would test the advice; runs and grades it where `yes`, or where it is
 * asked for.
 */
export async function check(
  ctx: Context,
  given: Given,
  options: { yes?: boolean; out?: string },
): Promise<void> {
  const study = checkStudy(given);
  const dir = resolve(options.out ?? join('studies', study.name));
  if (!options.yes) {
    await dryRun(ctx, study, { set: [] });
    if (!(await asked())) {
      ctx.out('The same command with --yes runs this study and grades the advice.');
      return;
    }
  }
  const display = createDisplay(ctx);
  try {
    await runStudy({
      study,
      out: dir,
      signal: ctx.signal,
      onProgress: display.progress,
      onData: display.data,
      onRun: (run, result) => ctx.progress.line(runLine(run, result)),
      onWarning: (line) => ctx.progress.line(line),
    });
  } finally {
    display.end();
  }
  const grades = gradesOf(dir);
  ownedFolder(dir, 'advise').write(new Map([['advice.json', toJson({ asked: given.label, grades })]]));
  told(ctx, grades);
  ctx.out(
    `Kept in ${relative('.', join(dir, 'advice.json'))}; the study itself: gaplab report ${relative('.', dir)}`,
  );
  ctx.result({ dir, grades });
}

/** Only where somebody sits at the terminal. */
async function asked(): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stdout.isTTY) return false;
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return /^y(es)?$/i.test((await terminal.question('Run it? [y/N] ')).trim());
  } finally {
    terminal.close();
  }
}

/** Grades the advice on studies that are there. `name`: the model of those whose model is not known. */
export function gradeStudies(ctx: Context, dirs: readonly string[], name: string | undefined): void {
  const grades = dirs.flatMap((dir) => gradesOf(resolve(dir), name));
  told(ctx, grades);
  ctx.result({ grades });
}

function told(ctx: Context, grades: readonly Grade[]): void {
  if (grades.length === 0) {
    ctx.out('The advisor said nothing that this could test.');
    return;
  }
  ctx.out(recordTable(grades));
  const [refused, given] = [true, false].map((which) => grades.filter((one) => one.refused === which));
  const parts = [
    ...(given.length > 0 ? [`Of what it advised: ${tally(given)}.`] : []),
    ...(refused.length > 0 ? [`Of what it refused: ${tally(refused)}.`] : []),
  ];
  ctx.out(`\n${parts.join(' ')}`);
}

function gradesOf(dir: string, name?: string): Grade[] {
  const loaded = loadStudyDir(dir);
  const summary = summarizeStudy(loaded);
  return summary.groups.flatMap((group) => {
    const own = ownStudy(loaded, summary, group);
    if (!own.model && name === undefined)
      throw new UserError(
        `${dir}: the model of its runs is not known; give it, as gaplab advise 160m --grade ${relative('.', dir)}`,
      );
    const size = own.model ? sizeOfModel(own.model) : modelOf(name!);
    const { seqLen } = loaded.study.models[group.model];
    const batchSizes = [...new Set(own.cells.map(({ batchSize }) => batchSize))];
    const known = { ...size, ...(seqLen > 1 ? { seqLen } : {}) };
    return grade({ label: own.name, tokens: own.tokens, batchSizes, ...known }, own);
  });
}
