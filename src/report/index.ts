// Reports: summary.json, report.html, figures/*.svg and tables/*.csv of a study's directory.
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { toJson, writeAtomic } from '../files/atomic.ts';
import { placeError } from '../files/errors.ts';
import { makeFolder } from '../files/folder.ts';
import { figuresOf } from './experiment.ts';
import { groupFigures } from './group-figures.ts';
import { loadStudyDir } from './load.ts';
import { noiseFigures } from './noise.ts';
import { reportPage } from './page.ts';
import { summarizeStudy } from './summary.ts';
import { winnersCsv } from './tables.ts';
import { theoryFigures } from './theory.ts';
import type { LoadedStudy, Summary } from './types.ts';

export type { Summary } from './types.ts';

/** Paths of what was written. */
export interface ReportFiles {
  html: string;
  summary: string;
  figures: string[];
  tables: string[];
}

/** The summary of the study in `dir`, complete or not. Writes nothing. Throws UserError when there is no study. */
export async function summarize(dir: string): Promise<Summary> {
  return summarizeStudy(loadStudyDir(dir));
}

/** Writes summary.json, report.html, figures and tables into `dir`. Throws UserError when it cannot. */
export async function writeReport(dir: string): Promise<ReportFiles> {
  return (await makeReport(dir)).files;
}

/** The same, with the summary: a study is read and summarized once. */
export async function makeReport(dir: string): Promise<{ files: ReportFiles; summary: Summary }> {
  const loaded = loadStudyDir(dir);
  const summary = summarizeStudy(loaded);
  try {
    return { files: writeFiles(dir, loaded, summary), summary };
  } catch (error) {
    if (error instanceof Error && 'code' in error) throw placeError(dir, error);
    throw error;
  }
}

function writeFiles(dir: string, loaded: LoadedStudy, summary: Summary): ReportFiles {
  const figures = new Map<string, string>();
  const tables = new Map([['winners.csv', winnersCsv(summary.cells)]]);
  const all = groupFigures(loaded, summary).flatMap((group) => Object.values(group.figures));
  const beside = [figuresOf, noiseFigures, theoryFigures].flatMap((figures) => figures(loaded, summary));
  for (const figure of [...beside, ...all]) {
    if (figure.empty) continue;
    figures.set(`${figure.name}.svg`, figure.svg());
    tables.set(`${figure.name}.csv`, figure.csv());
  }
  const files = {
    html: join(dir, 'report.html'),
    summary: join(dir, 'summary.json'),
    figures: fill(join(dir, 'figures'), figures, '.svg'),
    tables: fill(join(dir, 'tables'), tables, '.csv'),
  };
  writeAtomic(files.summary, toJson(summary));
  writeAtomic(files.html, reportPage(loaded, summary));
  return files;
}

/** Writes `files` into `dir` and takes away older files of the same kind, which belong to another state of the study. */
function fill(dir: string, files: Map<string, string>, extension: string): string[] {
  makeFolder(dir);
  for (const [name, text] of files) writeAtomic(join(dir, name), text);
  for (const name of readdirSync(dir)) {
    if (name.endsWith(extension) && !files.has(name)) rmSync(join(dir, name), { force: true });
  }
  return [...files.keys()].map((name) => join(dir, name));
}
