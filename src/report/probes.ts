// Measurements of probes as files: JSON with everything, a CSV for each table, figures as SVG.
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { toCsv } from '../core/csv.ts';
import { UserError } from '../core/errors.ts';
import { shown } from '../core/shown.ts';
import { parseJson, readIfThere, toJson } from '../files/atomic.ts';
import { fileNames } from '../files/names.ts';
import { type OwnedFolder, ownedFolder } from '../files/owned.ts';
import { probeLine } from '../store/lines.ts';
import { isOfReport } from './marks.ts';
import type { Measurement } from './measurement.ts';
import { probeFigures } from './probe-figures.ts';

const folderOf = (dir: string): OwnedFolder =>
  ownedFolder(dir, 'probe', (name, path) =>
    name.endsWith('.json') ? isProbeFile(path) : isOfReport(name, path),
  );

const probeFile = z.object({
  schema: z.literal(1),
  probe: z.string(),
  measurements: z.array(
    z
      .looseObject({
        ...{ run: z.string(), id: z.string().optional(), optimizer: z.string() },
        ...{ batchSize: z.number(), lr: z.number(), seed: z.number() },
        ...probeLine.shape,
      })
      // Older versions wrote no id; in a study the directory's name is one.
      .transform((one) => ({ ...one, id: one.id ?? one.run })),
  ),
});
const readFile = (path: string) => probeFile.safeParse(parseJson(readIfThere(path) ?? ''));
const isProbeFile = (path: string) => readFile(path).success;

/**
 * What `<probe>.json` in `dir` holds of the runs with these ids: a checkpoint that is not there any
 * more cannot be measured again. Throws UserError when that file, or another one of the probe, is in the way.
 */
export function keptMeasurements(dir: string, probe: string, ids: ReadonlySet<string>): Measurement[] {
  const folder = folderOf(dir);
  folder.check(new Set([`${probe}.json`, ...folder.listed().filter(isOf(probe))]));
  const found = readFile(join(dir, `${probe}.json`));
  if (!found.success) return [];
  return found.data.measurements.filter(({ id }) => ids.has(id));
}

/**
 * What `gaplab probe` wrote of one probe: `path` is its JSON file, or the run or folder that has it.
 * Throws UserError where there is none.
 */
export function readMeasurements(path: string, probe: string): Measurement[] {
  const places = [path, join(path, `${probe}.json`), join(path, 'probes', `${probe}.json`)];
  const found = places.find((place) => statSync(place, { throwIfNoEntry: false })?.isFile());
  const read = found === undefined ? undefined : readFile(found);
  if (!read?.success || read.data.probe !== probe)
    throw new UserError(
      `${shown(path)} has no measurements of the probe ${probe}: make them with gaplab probe RUN --probe ${probe}`,
    );
  return read.data.measurements;
}

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

const isOf = (probe: string) => (name: string) => name.startsWith(`${probe}-`) || name === `${probe}.json`;

/** A table of all measurements, every row with whose it is and when. */
export const rowsOf = (measurements: readonly Measurement[], table: string) =>
  measurements.flatMap(({ run, optimizer, batchSize, lr, seed, step, tokens, tables }) =>
    (tables[table] ?? []).map((row) => ({ run, optimizer, batchSize, lr, seed, step, tokens, ...row })),
  );
