// What a page may start: a preset with changes, or a study that it has written. Checked
// as the study command checks it, and more strictly, since a page must not run commands or read files.
import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { UserError, UserErrors } from '../core/errors.ts';
import { shown } from '../core/shown.ts';
import { builtinCorpora } from '../data/index.ts';
import { toJson } from '../files/atomic.ts';
import { publish } from '../files/publish.ts';
import { studyJsonSchema } from '../study/json-schema.ts';
import { loadStudy } from '../study/load.ts';
import { presets } from '../study/presets.ts';
import { readYaml } from '../study/read.ts';
import type { StudyFile, StudyInput } from '../study/schema.ts';
import { isFields } from '../study/short-forms.ts';
import type { Root } from './folders.ts';
import type { Actions, StartForm } from './wire.ts';

const CONSENT = 'start `gaplab ui` with --allow-commands to let pages start such studies';

/** Fields that a page may not fill, and why. */
const refused = {
  trainer: `it names a command, which would run on this computer; ${CONSENT}`,
  'data.corpus': `a path would be read on this computer (${builtinCorpora.join(' and ')} may be used); ${CONSENT}`,
  'data.tokenizer': `it names a file, which would be read on this computer; ${CONSENT}`,
  launcher: `it submits work to other computers; ${CONSENT}`,
};

export const startForm = (roots: readonly Root[], allowCommands: boolean): StartForm => ({
  presets: presets().map(({ name, about, sizes }) => ({ name, about, sizes })),
  schema: studyJsonSchema(),
  places: placesOf(roots).map(({ place, name }) => ({ place, name })),
  refused: allowCommands ? {} : refused,
});

/** Folders that may get a new study: those that are no study themselves. */
export const placesOf = (roots: readonly Root[]): { place: number; name: string; path: string }[] =>
  roots.flatMap(({ given, path }, place) => {
    const at = path ?? given;
    return lstatSync(join(at, 'study.json'), { throwIfNoEntry: false })
      ? []
      : [{ place, name: given, path: at }];
  });

/** What is to be started: where, and by which command line. */
export interface Order {
  dir: string;
  name: string;
  args: string[];
  /** Writes the study file that the command reads, where the page has written one. */
  prepare(): void;
}

/** Throws UserError for what cannot be started from a page. */
export function orderOf(
  { place, preset, size, set = {}, study: fields, text, jobs }: Actions['start'],
  roots: readonly Root[],
  allowCommands: boolean,
): Order {
  const at = placesOf(roots).find((one) => one.place === place);
  if (!at) throw new UserError(`there is no folder number ${place} for new studies`);
  const written = text === undefined ? undefined : fieldsIn(text);
  const study = fields ?? (preset === undefined ? written : undefined);
  if ((preset === undefined) === (study === undefined))
    throw new UserError('give the name of a preset, or the fields of a study');
  if (preset !== undefined && !presets().some(({ name }) => name === preset))
    throw new UserError(`there is no preset "${shown(preset)}"`);
  // Before anything is looked up for it.
  if (!allowCommands)
    for (const field of [study, written, set].flatMap((all) => Object.keys(all ?? {})))
      if (/^(trainer|launcher)\b/.test(field)) refuse(field.split('.')[0] as 'trainer' | 'launcher');
  const merged = preset === undefined ? [] : leavesOf(written ?? {});
  const changes = [...merged, ...Object.entries(set)].map(([field, value]) => changeOf(field, value));
  const file = load(preset ?? (study as StudyInput), changes, size);
  if (!allowCommands) refuseReaching(file);
  const { name } = file;
  const dir = join(at.path, name);
  if (lstatSync(dir, { throwIfNoEntry: false }))
    throw new UserError(`${name} is there already: resume or extend it, or give the new study another name`);
  const source = preset ?? join(at.path, `${name}.study.json`);
  return {
    dir,
    name,
    args: [
      ...['study', source, '--out', dir],
      ...(size === undefined ? [] : ['--size', size]),
      ...changes.flatMap((change) => ['--set', change]),
      ...(jobs === undefined ? [] : ['--jobs', String(jobs)]),
    ],
    prepare() {
      // Kept beside the study: the same command can be given again.
      if (study !== undefined && !publish(source, toJson(study)))
        throw new UserError(`${source} is there already: give the study another name`);
    },
  };
}

/** Throws UserErrors, a line for everything that is wrong. */
function load(study: string | StudyInput, changes: readonly string[], size: string | undefined): StudyFile {
  try {
    return loadStudy(study, changes, size);
  } catch (error) {
    if (!(error instanceof UserErrors)) throw error;
    // Nobody has written a flag.
    throw new UserErrors(error.lines.map((line) => line.replace(/^--set /, '')));
  }
}

function fieldsIn(text: string): Record<string, unknown> {
  const { value } = readYaml(text, 'line');
  if (!isFields(value))
    throw new UserError('what is written has no fields: write them as name: value, one a line');
  return value;
}

/** Fields that have no fields themselves, each with its way there. */
const leavesOf = (fields: Record<string, unknown>): [string, unknown][] =>
  Object.entries(fields).flatMap(([name, value]): [string, unknown][] =>
    isFields(value) && Object.keys(value).length > 0
      ? leavesOf(value).map(([rest, leaf]) => [`${name}.${rest}`, leaf])
      : [[name, value]],
  );

function changeOf(field: string, value: unknown): string {
  if (!/^[\w-]+(\.[\w-]+)*$/.test(field)) throw new UserError(`"${shown(field)}" is no name of a field`);
  return `${field}=${JSON.stringify(value)}`;
}

/** Throws UserError for a study that would run a command, read a file, or use other computers. */
function refuseReaching({ trainer, data, launcher }: StudyFile): void {
  if (trainer) refuse('trainer');
  if (launcher) refuse('launcher');
  if (data && !builtinCorpora.includes(data.corpus)) refuse('data.corpus');
  if (data?.tokenizer !== undefined) refuse('data.tokenizer');
}

function refuse(field: keyof typeof refused): never {
  throw new UserError(`${field}: ${refused[field]}`);
}
