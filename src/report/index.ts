// Reports: summary.json, report.html, figures/*.svg and tables/*.csv of a study's directory.
import { join } from 'node:path';
import { toJson } from '../files/atomic.ts';
import { placeError } from '../files/errors.ts';
import { drawStudy, everyDrawing } from './drawings.ts';
import { loadStudyDir } from './load.ts';
import { reportPage } from './page.ts';
import { studyFolder } from './place.ts';
import { refuseEmptier, SOURCES, sourcesText } from './sources.ts';
import { summarizeStudy } from './summary.ts';
import { winnersCsv } from './tables.ts';
import type { LoadedStudy, Summary } from './types.ts';

export type { Summary } from './types.ts';

/** Paths of what was written. */
export interface ReportFiles {
  html: string;
  summary: string;
  figures: string[];
  tables: string[];
}

/**
 * The summary of the study in `dir`, complete or not. Writes nothing. Throws UserError
 * when there is no study.
 */
export async function summarize(dir: string): Promise<Summary> {
  return summarizeStudy(loadStudyDir(dir));
}

export interface ReportOptions {
  /** Write a report even if files that the last one was made from are not there any more. */
  force?: boolean;
}

/**
 * Writes summary.json, report.html, figures and tables into `dir`. Throws UserError when it cannot,
 * and when a file of somebody else is in the way.
 */
export async function writeReport(dir: string, options: ReportOptions = {}): Promise<ReportFiles> {
  return (await makeReport(dir, options)).files;
}

/** The same, with the summary: a study is read and summarized once. */
export async function makeReport(
  dir: string,
  { force = false }: ReportOptions = {},
): Promise<{ files: ReportFiles; summary: Summary }> {
  const loaded = loadStudyDir(dir);
  const summary = summarizeStudy(loaded);
  try {
    return { files: writeFiles(dir, loaded, summary, force), summary };
  } catch (error) {
    if (error instanceof Error && 'code' in error) throw placeError(dir, error);
    throw error;
  }
}

function writeFiles(dir: string, loaded: LoadedStudy, summary: Summary, force: boolean): ReportFiles {
  const figures = new Map<string, string>();
  const tables = new Map([['tables/winners.csv', winnersCsv(summary.cells)]]);
  const drawings = drawStudy(loaded, summary);
  for (const figure of everyDrawing(drawings)) {
    figures.set(`figures/${figure.name}.svg`, figure.svg());
    tables.set(`tables/${figure.name}.csv`, figure.csv());
  }
  const written = new Map([
    ...figures,
    ...tables,
    ['summary.json', toJson(summary)],
    ['report.html', reportPage(loaded, summary, drawings)],
  ]);
  // After drawing: what is drawn says what is read.
  if (!force) refuseEmptier(dir, loaded.sources);
  written.set(SOURCES, sourcesText(loaded.sources));
  const folder = studyFolder(dir);
  folder.write(written);
  // Figures and tables of an older state of the study.
  folder.remove((name) => /^(figures|tables)\//.test(name) && !written.has(name));
  const paths = (names: Iterable<string>) => [...names].map((name) => join(dir, name));
  const [html, summaryFile] = paths(['report.html', 'summary.json']);
  return { html, summary: summaryFile, figures: paths(figures.keys()), tables: paths(tables.keys()) };
}
