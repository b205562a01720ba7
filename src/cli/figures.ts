// `gaplab figures DIR`: the figures of a study for print, as SVG and PDF in the width of a column.
import { join, relative, resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { UserError } from '../core/errors.ts';
import { codeOf, placeError } from '../files/errors.ts';
import { ownedFolder } from '../files/owned.ts';
import { list, plural } from '../report/format.ts';
import { loadStudyDir } from '../report/load.ts';
import { columns } from '../report/print/column.ts';
import { action, type Context, command, examples } from './common.ts';

interface Flags {
  width: number;
  format: string[];
  only?: string[];
  out?: string;
}

const kinds = ['pdf', 'svg'];

export function register(program: Command): void {
  const figures = command(
    program,
    'figures <dir>',
    `Draw the figures of a study for print: in the width of a column, with their fonts in them, and with colours, dashes and marks that
    are told apart in black and white too. A file captions.md has their captions.`,
  )
    .option(
      '--width <width>',
      `one (${columns.one} mm) or two (${columns.two} mm) columns, or a number of millimetres`,
      widthOf,
      columns.one,
    )
    .option('--format <list>', 'svg, pdf, or both', formatsOf, kinds)
    .option('--only <names>', 'names of figures, with commas between them', (text) => text.split(','))
    .option('--out <dir>', 'folder to write to (default: exports/figures in the directory of the study)');
  examples(figures, [
    ['gaplab figures studies/quick', 'studies/quick/exports/figures/*.pdf and *.svg, one column wide'],
    ['gaplab figures studies/quick --width two --only lr-curves --format pdf --out paper/', 'a wide one'],
  ]);
  figures.action(
    action(async (ctx: Context, dir: string, { width, format, only, out }: Flags) => {
      const study = loadStudyDir(resolve(dir));
      const { printed } = await import('../report/print/index.ts');
      const folder = out === undefined ? join(resolve(dir), 'exports', 'figures') : resolve(out);
      const { files, names, lacking } = await printed(study, { mm: width, formats: format, only });
      if (files.size === 0) throw new UserError(`${dir} has nothing to draw yet`);
      const owned = ownedFolder(folder, 'figures');
      try {
        owned.write(files);
        if (only === undefined) owned.remove((name) => !files.has(name));
      } catch (error) {
        throw codeOf(error) === undefined ? error : placeError(folder, error);
      }
      ctx.out(
        `${plural(names.length, 'figure')} of ${study.study.name}, ${width} mm wide, in ${relative('.', folder) || '.'}: ${list(names)}`,
      );
      if (lacking !== '') ctx.out(`The font has no sign for ${lacking}: the PDF shows a box there.`);
      ctx.result({
        ...{ study: study.study.name, folder, mm: width, figures: names, lacking },
        files: [...files.keys()].map((name) => join(folder, name)),
      });
    }),
  );
}

function widthOf(text: string): number {
  if (Object.hasOwn(columns, text)) return columns[text as keyof typeof columns];
  const mm = Number(text);
  if (!(mm >= 60 && mm <= 400))
    throw new InvalidArgumentError('It must be one, two, or a number of millimetres from 60 to 400.');
  return mm;
}

function formatsOf(text: string): string[] {
  const formats = text.split(',');
  if (formats.some((format) => !kinds.includes(format)))
    throw new InvalidArgumentError('It must be svg, pdf, or svg,pdf.');
  return formats;
}
