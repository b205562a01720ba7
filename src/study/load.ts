// Study files: found, read, changed by --set, checked.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, isAbsolute, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, parseDocument } from 'yaml';
import { UserError } from '../core/errors.ts';
import { suggest } from '../core/suggest.ts';
import { builtinCorpora } from '../data/index.ts';
import { readUtf8 } from '../data/text-file.ts';
import { describe } from './issues.ts';
import { type StudyFile, type StudyInput, sizes as sizesSchema, studyFile } from './schema.ts';

const presetDir = fileURLToPath(new URL('../../presets/', import.meta.url));

export interface Preset {
  name: string;
  path: string;
  /** The head comment: what the study shows, what to expect, how long it takes. */
  about: string;
  /** Sizes it can be run in; none for a study of one size. */
  sizes: string[];
}

/** Presets that stand for no experiment of the paper come first. */
const first = ['quick', 'smoke'];
const rank = (name: string) => (first.includes(name) ? first.indexOf(name) : first.length);

/** The studies that come with gaplab. */
export function presets(): Preset[] {
  return readdirSync(presetDir)
    .filter((file) => file.endsWith('.yaml'))
    .sort()
    .map((file) => {
      const path = resolve(presetDir, file);
      const head = readFileSync(path, 'utf8').split('\n');
      const end = head.findIndex((line) => !line.startsWith('#'));
      const about = head
        .slice(0, end)
        .map((line) => line.replace(/^# ?/, ''))
        .join('\n')
        .trim();
      return {
        name: file.slice(0, -'.yaml'.length),
        path,
        about,
        get sizes() {
          return Object.keys((readYaml(path) as { sizes?: object }).sizes ?? {});
        },
      };
    })
    .sort((a, b) => rank(a.name) - rank(b.name));
}

/**
 * A study from a preset's name, a YAML file, or an object. `set` holds `path=value` changes, values as YAML:
 * `['tokens=100000', 'optimizers.sgd.lr.guess=.1']`. `size` picks one of the file's sizes (see `sized`).
 * Throws UserError, one line that names field, finding and remedy.
 */
export function loadStudy(study: string | StudyInput, set: readonly string[] = [], size?: string): StudyFile {
  if (typeof study !== 'string')
    return check(change(sized(structuredClone(study), 'study', size), set), 'study', '.');
  const path = findFile(study);
  // Data of a preset are looked for where the user is: beside the preset there are none.
  const base = dirname(path) === resolve(presetDir) ? '.' : dirname(path);
  return check(change(sized(readYaml(path), path, size), set), path, base);
}

/**
 * The study in one of its `sizes`: `size`, else mini, else the first. Any but that default gets a name of its own,
 * `<name>-<size>`, so that two sizes do not meet in one directory.
 */
function sized(raw: unknown, source: string, size: string | undefined): unknown {
  if (raw === null || typeof raw !== 'object' || !('sizes' in raw)) {
    if (size === undefined) return raw;
    throw new UserError(`--size ${size}: ${source} has no sizes; leave --size out`);
  }
  const { sizes: given, ...common } = raw as { name?: unknown; sizes: unknown };
  const parsed = sizesSchema.safeParse(given);
  if (!parsed.success) throw new UserError(`${source}: sizes.${describe(parsed.error, sizesSchema, given)}`);
  const names = Object.keys(parsed.data);
  const usual = names.includes('mini') ? 'mini' : names[0];
  const chosen = size ?? usual;
  if (chosen === undefined || !Object.hasOwn(parsed.data, chosen))
    throw new UserError(`--size ${chosen}: ${source} has the sizes ${names.join(', ')}`);
  const name = chosen === usual ? common.name : `${common.name}-${chosen}`;
  const merged = merge({ ...common, name }, parsed.data[chosen] ?? {}) as object;
  return 'experiment' in merged ? { ...merged, size: chosen } : merged;
}

/** Fields of `over` in place of those of `base`; objects are merged, everything else is replaced. */
function merge(base: unknown, over: unknown): unknown {
  const isObject = (x: unknown): x is Record<string, unknown> =>
    x !== null && typeof x === 'object' && !Array.isArray(x);
  if (!isObject(base) || !isObject(over)) return over;
  const all = { ...base };
  for (const [key, value] of Object.entries(over))
    put(all, key, Object.hasOwn(base, key) ? merge(base[key], value) : value);
  return all;
}

function findFile(nameOrPath: string): string {
  const all = presets();
  const preset = all.find((p) => p.name === nameOrPath);
  const isFile = existsSync(nameOrPath);
  // A name alone is a preset; ./quick or quick.yaml is a file.
  if (preset) return preset.path;
  if (isFile && statSync(nameOrPath).isDirectory())
    throw new UserError(
      `${nameOrPath} is a directory: give a study file (YAML) or a preset (${all.map((p) => p.name).join(', ')})`,
    );
  if (isFile) return resolve(nameOrPath);
  const close = suggest(
    nameOrPath,
    all.map((p) => p.name),
  );
  throw new UserError(
    `no study file or preset "${nameOrPath}"; ${close ? `did you mean "${close}"?` : `presets: ${all.map((p) => p.name).join(', ')}`}`,
  );
}

function readYaml(path: string): unknown {
  // Bytes that are not UTF-8 would come through as other characters, unnoticed.
  const document = parseDocument(Buffer.concat([...readUtf8(path)]).toString('utf8'), { prettyErrors: true });
  const error = document.errors[0];
  if (error) {
    const at = error.linePos?.[0];
    const what =
      error.code === 'MULTIPLE_DOCS'
        ? 'a second document (---) begins; a file holds one study'
        : error.message.split('\n')[0].replace(/ at line \d+, column \d+:?$/, '');
    throw new UserError(`${path}${at ? `:${at.line}:${at.col}` : ''}: not valid YAML: ${what}`);
  }
  if (document.contents === null)
    throw new UserError(`${path} is empty; a study needs at least name, tokens, batchSizes and optimizers`);
  try {
    return document.toJS();
  } catch (error) {
    throw new UserError(`${path}: not valid YAML: ${(error as Error).message}`); // an alias that leads nowhere
  }
}

function change(raw: unknown, set: readonly string[]): unknown {
  for (const item of set) {
    const at = item.indexOf('=');
    if (at < 1)
      throw new UserError(
        `--set ${item}: write it as field=value, e.g. tokens=100000 or optimizers.sgd.lr.guess=.1`,
      );
    let value: unknown;
    try {
      value = parse(item.slice(at + 1));
    } catch {
      throw new UserError(`--set ${item}: the value is not valid YAML`);
    }
    setField(raw, item.slice(0, at).split('.'), value, `--set ${item}`);
  }
  return raw;
}

function setField(raw: unknown, path: string[], value: unknown, where: string): void {
  let here = raw as Record<string, unknown>;
  for (const [depth, key] of path.entries()) {
    const name = path.slice(0, depth).join('.') || 'the study';
    if (typeof here !== 'object' || here === null) throw new UserError(`${where}: ${name} has no fields`);
    if (Array.isArray(here) && !(/^\d+$/.test(key) && key in here))
      throw new UserError(`${where}: ${name} is a list without an entry ${key}; give the whole list`);
    if (depth === path.length - 1) {
      put(here, key, value);
      break;
    }
    if (!Object.hasOwn(here, key) || here[key] === null) put(here, key, {});
    // `model: nano` is short for `model: {preset: nano}`, so that --set model.layers=4 works on it.
    if (key === 'model' && typeof here[key] === 'string') here[key] = { preset: here[key] };
    here = here[key] as Record<string, unknown>;
  }
}

/** Sets a field of the object itself, even one called `__proto__`. */
function put(object: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
}

function check(raw: unknown, source: string, base: string): StudyFile {
  const parsed = studyFile.safeParse(raw);
  if (!parsed.success) throw new UserError(`${source}: ${describe(parsed.error, studyFile, raw)}`);
  const study = parsed.data;
  const local = (path: string) => (isAbsolute(path) ? path : resolve(base, path));
  if (!builtinCorpora.includes(study.data.corpus)) study.data.corpus = local(study.data.corpus);
  if (study.data.tokenizer !== undefined) study.data.tokenizer = local(study.data.tokenizer);
  return study;
}
