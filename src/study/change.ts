// Changes to a study from the command line: `--set field=value`.
import { UserError } from '../core/errors.ts';
import { shown } from '../core/shown.ts';
import { readYaml } from './read.ts';
import { put } from './short-forms.ts';

export interface Change {
  /** How messages call it. */
  name: string;
  path: string[];
  value: unknown;
}

/** Throws UserError for what does not read `field=value`. */
export function changesOf(set: readonly string[]): Change[] {
  return set.map((item) => {
    const at = item.indexOf('=');
    const name = `--set ${shown(item)}`;
    if (at < 1)
      throw new UserError(
        `${name}: write it as field=value, e.g. tokens=100000 or optimizers.sgd.lr.guess=.1`,
      );
    const text = item.slice(at + 1);
    try {
      return { name, path: item.slice(0, at).trim().split('.'), value: readYaml(text, name).value };
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      throw new UserError(
        `${name}: the value is ${error.message.split('\n')[0].replace(/^.*?: (?=not valid YAML)/, '')}`,
      );
    }
  });
}

/** Sets the field that the change names, making the fields on the way there. Changes `study`. */
export function applyChange(study: object, { name: where, path, value }: Change): void {
  let here = study as Record<string, unknown>;
  for (const [depth, key] of path.entries()) {
    const name = shown(path.slice(0, depth).join('.')) || 'the study';
    if (typeof here !== 'object' || here === null) throw new UserError(`${where}: ${name} has no fields`);
    // One of several models, budgets or probes is meant by its number; of a list of one it is that one.
    if (Array.isArray(here) && here.length === 1 && !/^\d+$/.test(key)) {
      if (typeof here[0] !== 'object' || here[0] === null)
        throw new UserError(`${where}: ${name} has no fields`);
      here = here[0];
    }
    if (Array.isArray(here) && !(/^\d+$/.test(key) && key in here))
      throw new UserError(
        `${where}: ${name} is a list without an entry ${shown(key)}; give its number, from 0, or the whole list`,
      );
    if (depth === path.length - 1) put(here, key, value);
    else {
      if (!Object.hasOwn(here, key) || here[key] === null) put(here, key, {});
      here = here[key] as Record<string, unknown>;
    }
  }
}
