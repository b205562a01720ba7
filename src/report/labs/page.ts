// What every simulation of the theory leaves in its folder: one HTML page that works offline,
// its figures as SVG, and the plotted numbers as CSV.
import { join } from 'node:path';
import { toJson } from '../../files/atomic.ts';
import { placeError } from '../../files/errors.ts';
import type { DrawnFigure } from '../drawn.ts';
import { html, trusted } from '../html.ts';
import { answerBox, contents, figureSection, pageOf, type Section, sectionHtml } from '../page-parts.ts';
import type { LabFolder } from '../place.ts';
import { type LabFigure, labDrawing } from './figure.ts';

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

/** Paths of what was written. */
export interface LabFiles {
  html: string;
  result: string;
  figures: string[];
  tables: string[];
}

/**
 * Writes report.html, result.json, figures/ and tables/ into the folder. `result`:
 * the numbers behind the page.
 */
export function writeLabPage({ dir, owned }: LabFolder, page: LabPage, result: object): LabFiles {
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
  return {
    html: join(dir, 'report.html'),
    result: join(dir, 'result.json'),
    figures: paths(figures),
    tables: paths(tables),
  };
}

function pageHtml(
  { title, question, answer, caveats = [], tables = [], explain, settings }: LabPage,
  figures: readonly DrawnFigure[],
): string {
  const sections: Section[] = [
    ...figures.map((figure) => figureSection(figure)),
    ...tables.map(tableSection),
    {
      id: 'glossary',
      title: 'Words',
      body: html`<dl>${explain.map(([word, text]) => html`<dt>${word}</dt><dd>${text}</dd>`)}</dl>`,
    },
    {
      id: 'settings',
      title: 'Settings',
      body: html`<div class="scroll"><table><tbody>${settings.map(([name, value]) => html`<tr><td class="text">${name}</td><td class="wrap">${value}</td></tr>`)}</tbody></table></div>`,
    },
  ];
  return pageOf(
    title,
    html`<h1>${title}</h1>
<p class="question">${question}</p>
${answerBox(answer, caveats)}
${contents(sections)}
${sections.map(sectionHtml)}
<footer>Written by gaplab. The theory is that of <a href="https://arxiv.org/abs/2506.12543">Is your batch size the problem? Revisiting the Adam-SGD gap
in language modeling</a> (Srećković, Geiping, Orvieto, 2025). Beside this page: figures/ (SVG), tables/ (CSV, the plotted numbers) and result.json (everything).</footer>`,
  );
}

function tableSection({ title, head, rows }: LabTable, index: number): Section {
  const cell = (tag: 'th' | 'td') => (text: string, i: number) =>
    tag === 'th'
      ? html`<th${trusted(i === 0 ? ' class="text"' : '')}>${text}</th>`
      : html`<td${trusted(i === 0 ? ' class="text"' : '')}>${text}</td>`;
  return {
    id: `table-${index + 1}`,
    title,
    body: html`<div class="scroll"><table><thead><tr>${head.map(cell('th'))}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${row.map(cell('td'))}</tr>`)}</tbody></table></div>`,
  };
}
