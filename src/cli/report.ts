// `gaplab report DIR`: write the report of a study again, from its directory alone.
import { relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { action, type Context, command, examples } from './common.ts';
import { summaryTable } from './study-table.ts';
import { columnsOf } from './wrap.ts';

export function register(program: Command): void {
  const report = command(
    program,
    'report <dir>',
    'Write summary.json, report.html, figures/*.svg and tables/*.csv of a study, finished or not.',
  ).option('--force', 'write it even if runs that the last report shows cannot be read any more');
  examples(report, [
    ['gaplab report studies/quick', 'then open studies/quick/report.html in a browser; it works offline'],
    ['gaplab report studies/quick --json', 'paths, answer, gaps and claims for programs'],
  ]);
  report.action(
    action(async (ctx: Context, dir: string, { force }: { force?: boolean }) => {
      const { makeReport } = await import('../report/index.ts');
      const { files, summary } = await makeReport(resolve(dir), { force });
      for (const sentence of [...summary.answer, ...summary.caveats]) ctx.out(sentence);
      ctx.out(`\n${summaryTable(summary, columnsOf(process.stdout))}\n`);
      const [figures, tables] = [files.figures.length, files.tables.length];
      ctx.out(
        `Report: ${relative('.', files.html) || files.html} (${figures} figures, ${tables} tables beside it)`,
      );
      const { answer, caveats, gaps, claims } = summary;
      ctx.result({ study: summary.study, ...files, answer, caveats, gaps, claims });
    }),
  );
}
