// The figures of a study for print: files by name, and their captions.
import { UserError } from '../../core/errors.ts';
import { dashLines } from '../../figures/dashes.ts';
import { drawStudy, everyDrawing } from '../drawings.ts';
import type { DrawnFigure } from '../drawn.ts';
import { list } from '../format.ts';
import { summarizeStudy } from '../summary.ts';
import type { LoadedStudy } from '../types.ts';
import { pixelsOf } from './column.ts';
import { scriptOf } from './fonts.ts';
import { printedPdf } from './pdf.ts';
import { printedSvg } from './svg.ts';

interface PrintOptions {
  /** Width in millimetres. */
  mm: number;
  /** `svg` and `pdf`, or one of them. */
  formats: readonly string[];
  /** Names of figures; all when left out. */
  only?: readonly string[];
}

export interface Printed {
  files: Map<string, string | Uint8Array>;
  names: string[];
  /** Characters that the font lacks. */
  lacking: string;
}

/** Throws UserError for a name in `only` that no figure has. */
export async function printed(study: LoadedStudy, { mm, formats, only }: PrintOptions): Promise<Printed> {
  const all = everyDrawing(drawStudy(study, summarizeStudy(study)));
  const unknown = only?.filter((name) => !all.some((figure) => figure.name === name)) ?? [];
  if (unknown.length > 0)
    throw new UserError(
      `there is no figure ${list(unknown)}; choose from ${list(all.map(({ name }) => name))}`,
    );
  const chosen = all.filter(({ name }) => only === undefined || only.includes(name));
  const files: Printed['files'] = new Map();
  const lacking = new Set<string>();
  const made = new Date(study.finishedAt ?? 0);
  for (const figure of chosen) {
    const svg = figure.printed(pixelsOf(mm));
    dashLines(svg);
    for (const text of svg.querySelectorAll('text'))
      for (const character of text.textContent ?? '')
        if (scriptOf(character) === null) lacking.add(character);
    if (formats.includes('pdf')) files.set(`${figure.name}.pdf`, await printedPdf(svg, figure.title, made));
    if (formats.includes('svg')) files.set(`${figure.name}.svg`, printedSvg(svg));
  }
  if (chosen.length > 0) files.set('captions.md', captions(chosen));
  return { files, names: chosen.map(({ name }) => name), lacking: [...lacking].join(' ') };
}

const captions = (figures: readonly DrawnFigure[]): string =>
  figures.map(({ name, title, caption }) => `## ${name}\n\n**${title}.** ${caption}\n`).join('\n');
