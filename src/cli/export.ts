// `gaplab export DIR`: the runs of a study in the formats of other tools.
import { join, relative, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { UserError } from '../core/errors.ts';
import { formats } from '../exports/registry.ts';
import { codeOf, placeError } from '../files/errors.ts';
import { ownedFolder } from '../files/owned.ts';
import { plural } from '../report/format.ts';
import { loadStudyDir } from '../report/load.ts';
import { action, type Context, command, examples } from './common.ts';

export function register(program: Command): void {
  const exported = command(
    program,
    'export <dir>',
    'Write the runs of a study for other tools: one row a run and one row a measurement, or files that the tool opens itself (docs/export.md).',
  )
    .addOption(
      new Option('--to <format>', formats.map(({ name, what }) => `${name}: ${what}`).join('; '))
        .choices(formats.map(({ name }) => name))
        .makeOptionMandatory(),
    )
    .option('--out <dir>', 'folder to write to (default: exports/<format> in the directory of the study)');
  examples(exported, [
    [
      'gaplab export studies/quick --to parquet',
      'for pandas and polars: studies/quick/exports/parquet/*.parquet',
    ],
    ['gaplab export studies/quick --to tensorboard --out logs', 'then tensorboard --logdir logs'],
    ['gaplab export studies/quick --to csv --json', 'the names of the files, for programs'],
  ]);
  exported.action(
    action((ctx: Context, dir: string, { to, out }: { to: string; out?: string }) => {
      const study = loadStudyDir(resolve(dir));
      const format = formats.find(({ name }) => name === to)!;
      const files = format.files(study);
      if (files.size === 0 || study.rows.every(({ status }) => status === 'missing'))
        throw new UserError(`${dir} has no finished run yet, so there is nothing to export`);
      const folder = out === undefined ? join(resolve(dir), 'exports', to) : resolve(out);
      const owned = ownedFolder(folder, 'export');
      try {
        owned.write(files);
        // What an earlier export of more runs left is no part of this one.
        owned.remove((name) => !files.has(name));
      } catch (error) {
        throw codeOf(error) === undefined ? error : placeError(folder, error);
      }
      const shown = relative('.', folder) || '.';
      ctx.out(
        `${plural(study.rows.length, 'run')} of ${study.study.name}: ${plural(files.size, 'file')} in ${shown}`,
      );
      ctx.result({
        study: study.study.name,
        to,
        folder,
        files: [...files.keys()].map((name) => join(folder, name)),
      });
    }),
  );
}
