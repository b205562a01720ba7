// Measurements of probes as files: JSON with everything, a CSV for each table, figures as SVG.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { toJson } from '../files/atomic.ts';
import { makeFolder } from '../files/folder.ts';
import type { ProbeLine } from '../train/probes/measure.ts';
import { toCsv } from './csv.ts';
import { probeFigures } from './probe-figures.ts';

/** Whose measurement it is. */
export interface ProbedRun {
  /** Name of the run's directory: its id, in a study. */
  run: string;
  /** Label of the arm in a study, else the optimizer. */
  optimizer: string;
  batchSize: number;
  lr: number;
  seed: number;
}
export type Measurement = ProbedRun & ProbeLine;

/** Writes what was measured with one probe into `dir`: `<probe>.json`, `<probe>-<table>.csv`, `<probe>-<figure>.svg`. Gives the paths. */
export function writeProbe(dir: string, probe: string, measurements: readonly Measurement[]): string[] {
  makeFolder(dir);
  const files: string[] = [];
  const write = (name: string, text: string) => {
    writeFileSync(join(dir, name), text);
    files.push(join(dir, name));
  };
  write(`${probe}.json`, toJson({ schema: 1, probe, measurements }));
  const tables = new Set(measurements.flatMap(({ tables }) => Object.keys(tables)));
  for (const table of tables) {
    const rows = rowsOf(measurements, table);
    write(`${probe}-${table}.csv`, toCsv(Object.keys(rows[0] ?? {}), rows));
  }
  for (const { name, svg } of probeFigures(probe, measurements)) write(`${probe}-${name}.svg`, svg());
  return files;
}

/** A table of all measurements, every row with whose it is and when. */
export const rowsOf = (measurements: readonly Measurement[], table: string) =>
  measurements.flatMap(({ run, optimizer, batchSize, lr, seed, step, tokens, tables }) =>
    (tables[table] ?? []).map((row) => ({ run, optimizer, batchSize, lr, seed, step, tokens, ...row })),
  );
