// Curves of early progress that were measured on a language model: from a study's directory, or from a CSV file.
import { statSync } from 'node:fs';
import { type Progress, predictedDrift, progressOf } from '../analysis/scaling.ts';
import { UserError } from '../core/errors.ts';
import { loadStudyDir } from '../report/load.ts';
import { readText } from './theory-flags.ts';

export interface Measured {
  rows: Progress[];
  /** Speed of sign descent by Theorem 1 from the moments measured at the start; empty where nothing measured them. */
  predicted: { batchSize: number; drift: number }[];
}

/** Throws UserError when there is nothing to read. */
export function readMeasured(path: string): Measured {
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory();
  return isFolder ? ofStudy(path) : { rows: ofCsv(path), predicted: [] };
}

function ofStudy(dir: string): Measured {
  const { study, rows } = loadStudyDir(dir);
  const progress = progressOf(rows, study.models);
  if (progress.length === 0)
    throw new UserError(
      `--measured ${dir}: no finished run has a validation loss before its end; set eval.every in the study (as the preset scaling does)`,
    );
  return { rows: progress, predicted: predictedDrift(rows, study.batchSizes) };
}

/** Rows of a CSV file; columns in any order, others ignored. */
function ofCsv(path: string): Progress[] {
  const lines = readText('--measured', path)
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '');
  const head = (lines[0] ?? '').split(',').map((name) => name.trim());
  const [o, b, p] = ['optimizer', 'batchSize', 'progress'].map((name) => {
    const at = head.indexOf(name);
    if (at < 0)
      throw new UserError(
        `--measured ${path}: there is no column "${name}"; the first line must name optimizer, batchSize, progress`,
      );
    return at;
  });
  const s = head.indexOf('seed');
  return lines.slice(1).map((line, i) => {
    const fields = line.split(',').map((field) => field.trim());
    const [batchSize, progress] = [Number(fields[b]), Number(fields[p])];
    if (!(batchSize > 0) || !Number.isFinite(progress))
      throw new UserError(
        `--measured ${path}: line ${i + 2} needs a batch size above 0 and a number as progress`,
      );
    return { optimizer: fields[o], batchSize, progress, ...(s < 0 ? {} : { seed: Number(fields[s]) }) };
  });
}
