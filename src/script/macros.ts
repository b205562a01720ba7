// The command of a script with its parameters: the macros of W&B's sweeps, so that the commands
// of existing sweep files are right as they are (docs/trainers.md).
import type { ScriptConfig, ScriptValue } from '../train/script-config.ts';

/** Parameters under the script's names, in the order in which they are passed. */
export type Parameters = Record<string, ScriptValue>;

/** What a macro that stands alone becomes; several arguments, or none. */
const lists: Record<string, (parameters: Parameters) => string[]> = {
  args: (all) => each(all, (name, value) => `--${name}=${value}`),
  args_no_equals: (all) => Object.entries(all).flatMap(([name, value]) => [`--${name}`, text(value)]),
  args_no_hyphens: (all) => each(all, (name, value) => `${name}=${value}`),
  args_append_hydra: (all) => each(all, (name, value) => `+${name}=${value}`),
  args_override_hydra: (all) => each(all, (name, value) => `++${name}=${value}`),
  args_no_boolean_flags: (all) =>
    Object.entries(all).flatMap(([name, value]) =>
      typeof value === 'boolean' ? (value ? [`--${name}`] : []) : [`--${name}=${text(value)}`],
    ),
  args_json: (all) => [JSON.stringify(all)],
  env: () => (process.platform === 'win32' ? [] : ['/usr/bin/env']),
};

/** Names of the macros that pass parameters on. */
const passing = [...Object.keys(lists).filter((name) => name !== 'env'), 'args_json_file'];

/** Macros with a value that may stand inside an argument. */
export const isMacro = (name: string): boolean =>
  Object.hasOwn(lists, name) ||
  ['args_json_file', 'interpreter', 'program'].includes(name) ||
  name.startsWith('envvar:');

export const macroNames = [...Object.keys(lists), 'args_json_file', 'interpreter', 'program', 'envvar:NAME'];

/** Macros in an argument. */
export const macrosIn = (argument: string): string[] =>
  [...argument.matchAll(/\$\{([^}]*)\}/g)].map(([, name]) => name);

/** Whether a command passes parameters at all; one without such a macro reads them from GAPLAB_CONFIG. */
export const passesParameters = (command: readonly string[]): boolean =>
  command.some((argument) => macrosIn(argument).some((name) => passing.includes(name)));

const each = (all: Parameters, write: (name: string, value: string) => string): string[] =>
  Object.entries(all).map(([name, value]) => write(name, text(value)));

/** As Python writes them, since most scripts are in Python: True and False. */
function text(value: ScriptValue): string {
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return String(value);
}

/** The parameters of a run under the script's names. */
export function parametersOf(config: ScriptConfig): Parameters {
  const { names, args, hyper, lr, batchSize, steps, seed, tokensPerSequence = 1 } = config;
  const own = { lr, batchSize, steps, seed, ...hyper };
  const tokens = 'tokens' in names ? { tokens: steps * batchSize * tokensPerSequence } : {};
  const passed: Parameters = {};
  for (const [name, value] of Object.entries({ ...args, ...own, ...tokens })) {
    const given = Object.hasOwn(names, name) ? names[name] : name;
    if (given !== null) passed[given] = value;
  }
  return passed;
}

/** Program and arguments with every macro filled in. */
export function argvOf(
  config: Pick<ScriptConfig, 'command' | 'program'>,
  parameters: Parameters,
  { file, env }: { file: string; env: Record<string, string | undefined> },
): string[] {
  const one = (name: string): string => {
    if (name.startsWith('envvar:')) return env[name.slice('envvar:'.length)] ?? '';
    if (name === 'args_json_file') return file;
    if (name === 'interpreter') return 'python';
    if (name === 'program') return config.program ?? '';
    return lists[name](parameters).join(' ');
  };
  return config.command.flatMap((argument) => {
    const alone = /^\$\{([^}]*)\}$/.exec(argument)?.[1];
    if (alone !== undefined && Object.hasOwn(lists, alone)) return lists[alone](parameters);
    return argument.replace(/\$\{([^}]*)\}/g, (whole, name: string) => (isMacro(name) ? one(name) : whole));
  });
}
