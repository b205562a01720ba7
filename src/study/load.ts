// Study files: found, read, changed by size and by --set, checked.
import { statSync } from 'node:fs';
import { dirname, isAbsolute, parse, resolve } from 'node:path';
import { UserError } from '../core/errors.ts';
import { shown } from '../core/shown.ts';
import { suggest } from '../core/suggest.ts';
import { builtinCorpora } from '../data/index.ts';
import { readUtf8 } from '../data/text-file.ts';
import { applyChange, type Change, changesOf } from './change.ts';
import { checked } from './check.ts';
import { presets } from './presets.ts';
import { along, type ReadFile, readYaml, unlined } from './read.ts';
import { type StudyFile, type StudyInput, studyFile } from './schema.ts';
import { isFields, writtenOut } from './short-forms.ts';
import { sized } from './sizes.ts';

const MOST_BYTES = 256 * 1024;

/**
 * A study from a preset's name, a YAML or JSON file, or an object. `set` holds `path=value` changes,
 * values as YAML: `['tokens=100000', 'optimizers.sgd.lr.guess=.1']`. `size` picks one of the file's
 * sizes (see `sized`). Paths in the file begin at the file's folder, those in `set` at the current one.
 * Throws UserError or UserErrors, a line for everything that is wrong: where, what was found, what to write.
 */
export function loadStudy(study: string | StudyInput, set: readonly string[] = [], size?: string): StudyFile {
  const changes = changesOf(set);
  const { source, folder } = typeof study === 'string' ? find(study) : own(study);
  if (!isFields(source.value))
    throw new UserError(
      `${source.name}: a study is written as fields (name: ..., tokens: ..., batchSizes: ..., optimizers: ...), found ${found(source.value)}`,
    );
  const { study: raw, chosen } = sized(source, size);
  localPaths(raw, folder);
  // What is changed is written out between changes, so that each may be inside what
  // the one before wrote short.
  let full: unknown = raw;
  for (const change of changes) {
    applyChange(full as object, change);
    full = writtenOut(studyFile, full, true);
  }
  localPaths(full, '.');
  return checked(full, (path) => placeOf(path, source, chosen, full, changes));
}

const found = (value: unknown) =>
  value === null ? 'nothing' : Array.isArray(value) ? 'a list' : `"${shown(String(value), 60)}"`;

/** What the file says stays as the library gave it. */
const own = (study: StudyInput): { source: ReadFile; folder: string } => ({
  source: unlined('study', structuredClone(study)),
  folder: '.',
});

function find(nameOrPath: string): { source: ReadFile; folder: string } {
  const all = presets();
  const preset = all.find((p) => p.name === nameOrPath);
  // A name alone is a preset; ./quick or quick.yaml is a file. Data of a preset
  // are looked for where the user is.
  if (preset) return { source: readYaml(readText(preset.path), `preset ${preset.name}`), folder: '.' };
  const names = all.map((p) => p.name);
  const stat = statSync(nameOrPath, { throwIfNoEntry: false });
  if (!stat) {
    const close = suggest(nameOrPath, names);
    // Who writes a path has no preset in mind, unless it is one's name with an ending.
    if (/[\\/]|\.(ya?ml|json)$/i.test(nameOrPath)) {
      const preset = names.find((name) => name === parse(nameOrPath).name);
      throw new UserError(
        `there is no study file ${shown(nameOrPath)}${preset ? `; the preset is called ${preset}` : ''}`,
      );
    }
    throw new UserError(
      `no study file or preset "${shown(nameOrPath)}"; ${close ? `did you mean "${close}"?` : `presets: ${names.join(', ')}`}`,
    );
  }
  if (stat.isDirectory())
    throw new UserError(
      `${shown(nameOrPath)} is a directory: give a study file (YAML) or a preset (${names.join(', ')})`,
    );
  if (!stat.isFile()) throw new UserError(`${shown(nameOrPath)} is no file: save the study as a file first`);
  const source = readYaml(readText(nameOrPath), shown(nameOrPath));
  if (source.value === null)
    throw new UserError(
      `${source.name} is empty; a study needs at least name, tokens, batchSizes and optimizers`,
    );
  return { source, folder: dirname(resolve(nameOrPath)) };
}

/**
 * The text of a study file, up to more than any is long. Bytes that are not UTF-8 would come through as other
 * characters, unnoticed.
 */
function readText(path: string): string {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for (const chunk of readUtf8(path)) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > MOST_BYTES)
      throw new UserError(
        `${shown(path)} is longer than ${MOST_BYTES / 1024} KB: a study file has some hundred lines`,
      );
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Makes the relative paths of `study` absolute, from `folder` on. */
function localPaths(study: unknown, folder: string): void {
  const { data, trainer } = isFields(study) ? study : {};
  if (isFields(trainer) && (trainer.folder === undefined || typeof trainer.folder === 'string'))
    trainer.folder = resolve(folder, trainer.folder ?? '.');
  if (!isFields(data)) return;
  for (const field of ['corpus', 'tokenizer']) {
    const path = data[field];
    const isName = field === 'corpus' && builtinCorpora.includes(path as string);
    if (typeof path === 'string' && path !== '' && !isName && !isAbsolute(path))
      data[field] = resolve(folder, path);
  }
}

/** Where the field at `path` was written: by a change, in the chosen size, or in the file. */
function placeOf(
  path: readonly PropertyKey[],
  source: ReadFile,
  chosen: string | undefined,
  full: unknown,
  changes: readonly Change[],
): { place: string; line: number } {
  const way = chosen === undefined ? path : ['sizes', chosen, ...path];
  const inSize = along(source.value, way).written;
  const inFile = along(source.value, path).written;
  const change =
    changes.findLast((one) => isWithin(path, one.path)) ??
    (inFile === undefined && inSize === undefined
      ? changes.findLast((one) => isWithin(one.path, path))
      : undefined);
  const written = change ? writtenBy(change, path) : (inSize?.replace(/^sizes\.[\w-]+\./, '') ?? inFile);
  const field = shown(written ?? along(full, path).written ?? path.join('.')) || 'the study';
  if (change) return { place: `${change.name}: ${field}`, line: Number.POSITIVE_INFINITY };
  const line = source.lineOf(inSize === undefined ? path : way);
  return { place: `${source.name}${line ? `:${line}` : ''}: ${field}`, line: line ?? 0 };
}

/** Whether `path` lies in the field `outer`; places in lists and `hyper` may be left out in either. */
function isWithin(path: readonly PropertyKey[], outer: readonly PropertyKey[]): boolean {
  const bare = (keys: readonly PropertyKey[]) =>
    `${keys.filter((key) => !/^(\d+|hyper|axes)$/.test(String(key))).join('.')}.`;
  return bare(path).startsWith(bare(outer));
}

/** The field at `path` as the change wrote it: its own field, and what of the path lies within its value. */
function writtenBy(change: Change, path: readonly PropertyKey[]): string | undefined {
  let within = 0;
  for (const key of change.path) {
    const at = path.findIndex((one, i) => i >= within && String(one) === key);
    if (at < 0) return undefined;
    within = at + 1;
  }
  const rest = along(change.value, path.slice(within)).written;
  return rest === undefined ? undefined : [...change.path, rest].filter((key) => key !== '').join('.');
}
