// Curves of early progress that were measured on a language model: from a study's directory,
// or from a CSV file.
import { statSync } from 'node:fs';
import { type LossProgress, lossProgressOf, predictedDrift } from '../../analysis/scaling.ts';
import { UserError } from '../../core/errors.ts';
import { shown } from '../../core/shown.ts';
import { readText } from '../../files/text.ts';
import { loadStudyDir } from '../load.ts';
import { readCsv } from '../read-csv.ts';

export interface MeasuredStudy {
  rows: LossProgress[];
  /** What was not used, in words. */
  aside: string[];
  /**
   * Speed of sign descent by Theorem 1 from the moments measured at the start; empty
   * where nothing measured them.
   */
  predicted: { batchSize: number; drift: number }[];
}

/** Throws UserError when there is nothing to read. */
export function readMeasured(path: string): MeasuredStudy {
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory();
  return isFolder ? ofStudy(path) : { ...ofCsv(path), predicted: [] };
}

function ofStudy(dir: string): MeasuredStudy {
  const { study, rows } = loadStudyDir(dir);
  const progress = lossProgressOf(rows, study.models);
  if (progress.length === 0)
    throw new UserError(
      `--measured ${dir}: no finished run has a validation loss before its end; set eval.every in the study (as the preset scaling does)`,
    );
  return { rows: progress, aside: [], predicted: predictedDrift(rows, study.batchSizes) };
}

const columns = ['optimizer', 'batchSize', 'progress'];

/**
 * Rows of a CSV file; columns in any order, others ignored. A row without a number is set aside and named,
 * and so is a row that says again what another says; rows that contradict each other are refused,
 * because nothing tells which is right.
 */
function ofCsv(path: string): Omit<MeasuredStudy, 'predicted'> {
  const what = `--measured ${path}`;
  const rows: LossProgress[] = [];
  const aside: string[] = [];
  const seen = new Map<string, { line: number; progress: number }>();
  for (const { line, fields } of readCsv(readText('--measured', path), columns, what)) {
    const { optimizer, seed } = fields;
    const [batchSize, progress] = [numberOf(fields.batchSize), numberOf(fields.progress)];
    const why =
      optimizer === ''
        ? 'no optimizer'
        : !(batchSize > 0)
          ? `"${shown(fields.batchSize)}" is no batch size`
          : !Number.isFinite(progress)
            ? `"${shown(fields.progress)}" is no progress`
            : seed === ''
              ? 'no seed'
              : null;
    if (why !== null) {
      aside.push(`line ${line} (${why})`);
      continue;
    }
    const key = JSON.stringify([optimizer, batchSize, seed]);
    const other = seen.get(key);
    if (other && other.progress !== progress)
      throw new UserError(
        `${what}: lines ${other.line} and ${line} give ${shown(optimizer)} at batch size ${batchSize}${seed === undefined ? '' : `, seed ${shown(seed)},`} two values; keep one, or tell repetitions apart in a column "seed"`,
      );
    if (other) {
      aside.push(`line ${line} (line ${other.line} once more)`);
      continue;
    }
    seen.set(key, { line, progress });
    rows.push({ optimizer, batchSize, progress, ...(seed === undefined ? {} : { seed }) });
  }
  if (rows.length === 0)
    throw new UserError(
      `${what}: no row has an optimizer, a batch size above 0 and a number as progress${aside.length > 0 ? `: ${aside[0]}` : ''}`,
    );
  return { rows, aside };
}

/** NaN for text that is no number; an empty field is none. */
const numberOf = (text: string) => (text === '' ? Number.NaN : Number(text));
