// `gaplab unpack FILE`: a packed study as a directory again.
import { join, relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { codeOf, placeError } from '../files/errors.ts';
import { fileName } from '../files/names.ts';
import { plural } from '../report/format.ts';
import { readPack } from '../study/pack.ts';
import { type Unpacked, unpack } from '../study/unpack.ts';
import { action, type Context, command, examples } from './common.ts';

export function register(program: Command): void {
  const unpacked = command(
    program,
    'unpack <file>',
    'Make a directory of a study that `gaplab pack` put into a file. Runs that are there already stay as they are, so packs of one study from several computers can be unpacked into one directory.',
  )
    .option('--out <dir>', 'directory of the study (default: studies/<name>)')
    .option('--runs <dir>', 'pool of runs shared with other studies');
  examples(unpacked, [
    ['gaplab unpack quick.jsonl.gz', 'then gaplab report studies/quick'],
    [
      'gaplab unpack grafting-long.jsonl --runs studies/pool',
      'other studies with that pool need not make its runs again',
    ],
  ]);
  unpacked.action(
    action(async (ctx: Context, file: string, { out, runs: pool }: { out?: string; runs?: string }) => {
      const pack = readPack(file);
      const dir = resolve(out ?? join('studies', fileName(pack.study.name)));
      const warn = (line: string) => ctx.progress.line(`gaplab: ${line}`);
      let counts: Unpacked;
      try {
        counts = await unpack(pack, dir, { pool, warn });
      } catch (error) {
        throw codeOf(error) === undefined ? error : placeError(dir, error, '--out');
      }
      const { added, there, busy } = counts;
      const shown = relative('.', dir) || '.';
      const more = [
        ...(there > 0 ? [`${there} there already`] : []),
        ...(busy > 0 ? [`${busy} being made by another process`] : []),
      ];
      ctx.out(
        `${plural(added, 'run')} of ${pack.study.name} in ${shown}${more.length > 0 ? ` (${more.join(', ')})` : ''}. Next: gaplab report ${shown}`,
      );
      ctx.result({ study: pack.study.name, dir, ...counts });
    }),
  );
}
