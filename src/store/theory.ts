// theory/<name>.json: what a lab of the study gave, beside the specification it belongs to.
import { join } from 'node:path';
import { parseJson, readIfThere, toJson } from '../files/atomic.ts';
import { canonical } from '../files/canonical.ts';
import { readManifest } from '../files/manifest.ts';
import { fileName } from '../files/names.ts';
import { type Adopt, ownedFolder } from '../files/owned.ts';
import { refuseLinkedFolders } from '../files/plain.ts';
import { sealed, unsealed } from '../files/seal.ts';
import { type LabRun, type LabSpec, labFile } from '../theory/specs/registry.ts';
import { setAside } from './aside.ts';

const fileOf = ({ name }: LabSpec) => `theory/${fileName(name)}.json`;

const isLab: Adopt = (_, path) => labFile.safeParse(unsealed(parseJson(readIfThere(path) ?? ''))).success;

/**
 * The lab as `spec` has it; undefined when it has not been run that way. `warn` is told of a damaged file,
 * which is moved aside; without `warn` nothing is moved.
 */
export function readLab(dir: string, spec: LabSpec, warn?: (line: string) => void): LabRun | undefined {
  refuseLinkedFolders(dir, fileOf(spec));
  const path = join(dir, fileOf(spec));
  const text = readIfThere(path);
  if (text === undefined) return undefined;
  const parsed = labFile.safeParse(unsealed(parseJson(text)));
  if (!parsed.success) {
    // One that we never wrote stays, and is in the way when the lab is written.
    const isOurs = readManifest(dir).some(({ name }) => name === fileOf(spec));
    const aside = warn && isOurs && setAside(path, (there) => there === text);
    if (aside) warn(`${path} is damaged; moved to ${aside}, that lab is run again`);
    return undefined;
  }
  return canonical(parsed.data.spec) === canonical(spec) ? parsed.data : undefined;
}

/** Whether the result of a lab of that name is there, whatever its specification. */
export function hasLab(dir: string, name: string): boolean {
  const path = `theory/${fileName(name)}.json`;
  refuseLinkedFolders(dir, path);
  return isLab(path, join(dir, path));
}

export function writeLab(dir: string, run: LabRun): void {
  const text = toJson(sealed({ schema: 1, ...run }));
  ownedFolder(dir, 'study', isLab).write(new Map([[fileOf(run.spec), text]]));
}
