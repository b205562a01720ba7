// What every theory command leaves: one HTML page that works offline, its figures as SVG, and the plotted numbers as CSV.
import { join, relative } from 'node:path';
import { toJson, writeAtomic } from '../files/atomic.ts';
import { placeError } from '../files/errors.ts';
import { makeFolder } from '../files/folder.ts';
import type { DrawnFigure } from '../report/drawn.ts';
import { type Html, html, trusted } from '../report/html.ts';
import { type LabFigure, labDrawing } from '../report/labs/figure.ts';
import { style } from '../report/style.ts';
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

/** Writes report.html, result.json, figures/ and tables/ into `dir`, prints the answer, and gives it to --json. */
export function writeLab(ctx: Context, dir: string, page: LabPage, result: object): void {
  const files = {
    html: join(dir, 'report.html'),
    result: join(dir, 'result.json'),
    figures: [] as string[],
    tables: [] as string[],
  };
  const drawings = page.figures.map((figure) => labDrawing(figure));
  try {
    for (const folder of [dir, join(dir, 'figures'), join(dir, 'tables')]) makeFolder(folder);
    for (const figure of drawings) {
      const svg = join(dir, 'figures', `${figure.name}.svg`);
      const csv = join(dir, 'tables', `${figure.name}.csv`);
      writeAtomic(svg, figure.svg());
      writeAtomic(csv, figure.csv());
      files.figures.push(svg);
      files.tables.push(csv);
    }
    writeAtomic(
      files.result,
      toJson({
        title: page.title,
        answer: page.answer,
        caveats: page.caveats ?? [],
        settings: Object.fromEntries(page.settings),
        ...result,
      }),
    );
    writeAtomic(files.html, pageHtml(page, drawings));
  } catch (error) {
    if (error instanceof Error && 'code' in error) throw placeError(dir, error);
    throw error;
  }
  for (const sentence of [...page.answer, ...(page.caveats ?? [])]) ctx.out(sentence);
  for (const table of page.tables ?? [])
    ctx.out(`\n${table.title}\n${textTable([table.head, ...table.rows])}`);
  ctx.out(
    `\nReport: ${relative('.', files.html) || files.html} (${files.figures.length} figures, their numbers in tables/)`,
  );
  ctx.result({ ...files, answer: page.answer, caveats: page.caveats ?? [], ...result });
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
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${trusted(style)}</style></head>
<body><main>
<h1>${title}</h1>
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
in language modeling</a> (Srećković, Geiping, Orvieto, 2025). Figures are in figures/ (SVG), the numbers plotted in tables/ (CSV), all of it in result.json.</footer>
</main></body></html>
`.html;
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
