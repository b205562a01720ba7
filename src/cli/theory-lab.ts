// What the theory commands have in common: a bar while a simulation runs, then its page and its answer.
import { relative } from 'node:path';
import type { LabPage } from '../report/labs/page.ts';
import type { LabFolder } from '../report/place.ts';
import type { Pace } from '../theory/pace.ts';
import { aligned } from './aligned.ts';
import type { Context } from './common.ts';

/** Runs a simulation under a bar with its share in percent; `doing` is the bar's word. */
export async function simulate<Result>(
  ctx: Context,
  doing: string,
  run: (pace: Pace) => Promise<Result>,
): Promise<Result> {
  const bar = ctx.progress.bar(doing, 100, { unit: '%' });
  const result = await run({
    signal: ctx.signal,
    onProgress: (share) => bar.update(Math.round(100 * share)),
  });
  bar.update(100);
  bar.done();
  return result;
}

/** Writes the page, prints the answer and gives it to --json. */
export async function showLab(ctx: Context, folder: LabFolder, page: LabPage, result: object): Promise<void> {
  const { writeLabPage } = await import('../report/labs/page.ts');
  const files = writeLabPage(folder, page, result);
  const { answer, caveats = [], tables = [] } = page;
  for (const sentence of [...answer, ...caveats]) ctx.out(sentence);
  for (const { title, head, rows } of tables) ctx.out(`\n${title}\n${aligned([head, ...rows])}`);
  ctx.out(
    `\nReport: ${relative('.', files.html) || files.html} (${files.figures.length} figures, their numbers in tables/)`,
  );
  ctx.result({ ...files, answer, caveats, ...result });
}
