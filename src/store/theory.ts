// theory/<name>.json: what a lab of the study gave, beside the specification it belongs to.
import { join } from 'node:path';
import canonicalize from 'canonicalize';
import { parseJson, readIfThere, toJson, writeAtomic } from '../files/atomic.ts';
import { makeFolder } from '../files/folder.ts';
import { type LabRun, type LabSpec, labFile } from '../theory/specs/registry.ts';

const fileOf = (dir: string, { name }: LabSpec) => join(dir, 'theory', `${name}.json`);

/** The lab as `spec` has it; undefined when it has not been run that way. `warn` is told of a file that cannot be read. */
export function readLab(
  dir: string,
  spec: LabSpec,
  warn: (line: string) => void = () => {},
): LabRun | undefined {
  const path = fileOf(dir, spec);
  const text = readIfThere(path);
  if (text === undefined) return undefined;
  const parsed = labFile.safeParse(parseJson(text));
  if (!parsed.success) {
    warn(`${path} is damaged; that lab is run again`);
    return undefined;
  }
  return canonicalize(parsed.data.spec) === canonicalize(spec) ? parsed.data : undefined;
}

export function writeLab(dir: string, run: LabRun): void {
  makeFolder(join(dir, 'theory'));
  writeAtomic(fileOf(dir, run.spec), toJson({ schema: 1, ...run }));
}
