// What every theory command leaves: one HTML page that works offline, its figures as SVG, and the plotted numbers as CSV.
import { join, relative, resolve } from 'node:path';
import { toJson } from '../files/atomic.ts';
import { placeError } from '../files/errors.ts';
import { type OwnedFolder, ownedFolder } from '../files/owned.ts';
import type { DrawnFigure } from '../report/drawn.ts';
import { type Html, html, trusted } from '../report/html.ts';
import { type LabFigure, labDrawing } from '../report/labs/figure.ts';
import { isOfReport } from '../report/marks.ts';
import { pageOf } from '../report/page-parts.ts';
import type { Context } from './common.ts';

export interface LabTable {
  title: string;
  head: string[];
  rows: string[][];
}

export interface LabPage {
  title: string;
  question: string;
  answer: string[];
  caveats?: string[];
  figures: LabFigure[];
  tables?: LabTable[];
  /** Words and formulas for somebody who read only the abstract. */
  explain: [string, string][];
  settings: [string, string][];
}

const widths = { wide: 820, narrow: 350 };

/** Where a command of the lab puts its files. Throws UserError when files of somebody else are in the way there. */
export function labFolder(out: string): LabFolder {
  const dir = resolve(out);
  const owned = ownedFolder(dir, 'theory', isOfReport);
  owned.check(new Set(['report.html', 'result.json', ...owned.listed()]));
  return { dir, owned };
}

export interface LabFolder {
  dir: string;
  owned: OwnedFolder;
}

/** Writes report.html, result.json, figures/ and tables/ into the folder, prints the answer, and gives it to --json. */
export function writeLab(ctx: Context, { dir, owned }: LabFolder, page: LabPage, result: object): void {
  const drawings = page.figures.map((figure) => labDrawing(figure));
  const figures = drawings.map((figure) => [`figures/${figure.name}.svg`, figure.svg()] as const);
  const tables = drawings.map((figure) => [`tables/${figure.name}.csv`, figure.csv()] as const);
  const { title, answer, caveats = [] } = page;
  const settings = Object.fromEntries(page.settings);
  const written = new Map([
    ...figures,
    ...tables,
    ['result.json', toJson({ title, answer, caveats, settings, ...result })],
    ['report.html', pageHtml(page, drawings)],
  ]);
  try {
    owned.write(written);
    owned.remove((name) => !written.has(name));
  } catch (error) {
    if (error instanceof Error && 'code' in error) throw placeError(dir, error);
    throw error;
  }
  const paths = (list: readonly (readonly [string, string])[]) => list.map(([name]) => join(dir, name));
  const files = {
    html: join(dir, 'report.html'),
    result: join(dir, 'result.json'),
    figures: paths(figures),
    tables: paths(tables),
  };
  for (const sentence of [...answer, ...caveats]) ctx.out(sentence);
  for (const table of page.tables ?? [])
    ctx.out(`\n${table.title}\n${textTable([table.head, ...table.rows])}`);
  ctx.out(
    `\nReport: ${relative('.', files.html) || files.html} (${files.figures.length} figures, their numbers in tables/)`,
  );
  ctx.result({ ...files, answer, caveats, ...result });
}

/** Columns two spaces apart, numbers to the right. */
function textTable(rows: string[][]): string {
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)));
  const cell = (text: string, i: number) => (i === 0 ? text.padEnd(widths[i]) : text.padStart(widths[i]));
  return rows.map((row) => row.map(cell).join('  ').trimEnd()).join('\n');
}

function pageHtml(
  { title, question, answer, caveats = [], tables = [], explain, settings }: LabPage,
  figures: readonly DrawnFigure[],
): string {
  return pageOf(
    title,
    html`<h1>${title}</h1>
<p>${question}</p>
<div class="answer">${answer.map((sentence) => html`<p>${sentence}</p>`)}
${caveats.length > 0 && html`<ul class="caveats">${caveats.map((sentence) => html`<li>${sentence}</li>`)}</ul>`}</div>
${figures.map(figureHtml)}
${tables.map(tableHtml)}
<h2>How to read this</h2>
<dl>${explain.map(([word, text]) => html`<dt>${word}</dt><dd>${text}</dd>`)}</dl>
<h2>Settings</h2>
<div class="scroll"><table><tbody>${settings.map(([name, value]) => html`<tr><td class="text">${name}</td><td class="wrap">${value}</td></tr>`)}</tbody></table></div>
<footer>Written by gaplab. The theory is that of <a href="https://arxiv.org/abs/2506.12543">Is your batch size the problem? Revisiting the Adam-SGD gap
in language modeling</a> (Srećković, Geiping, Orvieto, 2025). Figures are in figures/ (SVG), the numbers plotted in tables/ (CSV), all of it in result.json.</footer>`,
  );
}

function figureHtml({ title, caption, inline }: DrawnFigure): Html {
  return html`<h2>${title}</h2><figure>
<div class="wide">${trusted(inline(widths.wide))}</div>
<div class="narrow">${trusted(inline(widths.narrow))}</div>
<figcaption>${caption}</figcaption></figure>`;
}

function tableHtml({ title, head, rows }: LabTable): Html {
  const cell = (tag: 'th' | 'td') => (text: string, i: number) =>
    tag === 'th'
      ? html`<th${trusted(i === 0 ? ' class="text"' : '')}>${text}</th>`
      : html`<td${trusted(i === 0 ? ' class="text"' : '')}>${text}</td>`;
  return html`<h2>${title}</h2><div class="scroll"><table><thead><tr>${head.map(cell('th'))}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${row.map(cell('td'))}</tr>`)}</tbody></table></div>`;
}
