// Measurements of probes that stand in files (write-probes.ts): reading them again.
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { UserError } from '../core/errors.ts';
import { shown } from '../core/shown.ts';
import { parseJson, readIfThere } from '../files/atomic.ts';
import { type OwnedFolder, ownedFolder } from '../files/owned.ts';
import { probeLine } from '../store/lines.ts';
import { isOfReport } from './marks.ts';
import type { Measurement } from './measurement.ts';

/** The folder, with what in it is gaplab's. */
export const folderOf = (dir: string): OwnedFolder =>
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

/** Names of files of one probe. */
export const isOf = (probe: string) => (name: string) =>
  name.startsWith(`${probe}-`) || name === `${probe}.json`;
