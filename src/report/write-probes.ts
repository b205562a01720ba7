// Measurements of probes as files: JSON with everything, a CSV for each table, figures as SVG.
import { join } from 'node:path';
import { toCsv } from '../core/csv.ts';
import { toJson } from '../files/atomic.ts';
import { fileNames } from '../files/names.ts';
import type { Measurement } from './measurement.ts';
import { probeFigures } from './probe-figures.ts';
import { folderOf, isOf } from './probes.ts';

/**
 * Writes what was measured with one probe into `dir`: `<probe>.json`, `<probe>-<table>.csv`,
 * `<probe>-<figure>.svg`. Gives the paths.
 */
export function writeProbe(dir: string, probe: string, measurements: readonly Measurement[]): string[] {
  const tables = [...new Set(measurements.flatMap(({ tables }) => Object.keys(tables)))];
  const names = fileNames(tables);
  const written = new Map([
    [`${probe}.json`, toJson({ schema: 1, probe, measurements })],
    ...tables.map((table, i): [string, string] => {
      const rows = rowsOf(measurements, table);
      return [`${probe}-${names[i]}.csv`, toCsv(Object.keys(rows[0] ?? {}), rows)];
    }),
    ...probeFigures(probe, measurements).map(({ name, svg }): [string, string] => [
      `${probe}-${name}.svg`,
      svg(),
    ]),
  ]);
  const folder = folderOf(dir);
  folder.write(written);
  folder.remove((name) => isOf(probe)(name) && !written.has(name));
  return [...written.keys()].map((name) => join(dir, name));
}

/** A table of all measurements, every row with whose it is and when. */
const rowsOf = (measurements: readonly Measurement[], table: string) =>
  measurements.flatMap(({ run, optimizer, batchSize, lr, seed, step, tokens, tables }) =>
    (tables[table] ?? []).map((row) => ({ run, optimizer, batchSize, lr, seed, step, tokens, ...row })),
  );
