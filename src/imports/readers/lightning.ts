// PyTorch Lightning's CSVLogger: `version_N/metrics.csv` with sparse rows, and `hparams.yaml` beside it.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import { readCsv } from '../../report/read-csv.ts';
import { damaged, findFiles, textOf } from '../files.ts';
import type { FoundFile, Reader } from '../reader.ts';
import { type ForeignRun, flatten, measure, newRun, numberOf } from '../run.ts';

/** Its header names epoch and step, and the file is called as Lightning calls it. */
export function isLightning(file: FoundFile): boolean {
  const header = file.head.toString('utf8').split(/\r?\n/, 1)[0].split(',');
  return /(^|\/)metrics\.csv$/.test(file.name) && header.includes('epoch') && header.includes('step');
}

export const lightning: Reader = {
  kind: 'lightning',
  what: "PyTorch Lightning's metrics.csv",
  recognises: isLightning,
  owns: ({ path }) => dirname(path),
  read: (files) => files.map(read),
};

function read(file: FoundFile): ForeignRun {
  const folder = dirname(file.name);
  const run = newRun(folder === '.' ? file.name : folder, file.name);
  const hparams = join(dirname(file.path), 'hparams.yaml');
  if (existsSync(hparams)) flatten(hyperparameters(findFiles(hparams)[0]), '', run.config);
  for (const { fields } of readCsv(textOf(file), ['epoch', 'step'], file.path)) {
    const step = numberOf(fields.step);
    // A row holds what one part of the loop logged: fields of the others are empty.
    for (const [name, text] of Object.entries(fields)) {
      const value = numberOf(text);
      if (name !== 'step' && name !== 'epoch' && step !== undefined && value !== undefined)
        measure(run, name, step, value);
    }
  }
  if (Object.keys(run.series).length === 0) throw damaged(file, 'the table has no measurements');
  return run;
}

function hyperparameters(file: FoundFile): unknown {
  try {
    // Values of other types carry Python's tags; they are read as plain ones.
    return parse(textOf(file), { logLevel: 'silent' });
  } catch {
    throw damaged(file, 'this is no YAML');
  }
}
