// The part of a study that is about a script: its command, its names, its version and its arms,
// each looked at before anything is run.
import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs';
import { basename, delimiter, extname, isAbsolute, join, resolve } from 'node:path';
import { UserError } from '../core/errors.ts';
import { suggest } from '../core/suggest.ts';
import { ChangedScriptError } from '../script/errors.ts';
import { isMacro, macroNames, macrosIn, passesParameters } from '../script/macros.ts';
import { groupsOf, METRIC_NAMES } from '../script/reader.ts';
import { filesIn, type Version, versionOf } from '../script/version.ts';
import type { ArmConfig, TrainerConfig } from '../store/schemas.ts';
import type { Problems } from './problems.ts';
import type { StudyFile } from './schema.ts';

type Trainer = NonNullable<StudyFile['trainer']>;

/** Parameters that every script has. */
const OWN = ['lr', 'batchSize', 'steps', 'seed', 'tokens'];

/** The trainer as it is frozen; undefined where there are problems. */
export function trainerOf(file: StudyFile, problems: Problems): TrainerConfig | undefined {
  const trainer = file.trainer!;
  const before = problems.found.length;
  const folder = resolve(trainer.folder);
  if (!existsSync(folder)) return problems.add(['trainer', 'folder'], `there is no folder ${folder}`);
  checkCommand(trainer, folder, problems);
  checkNames(file, trainer, problems);
  checkMetrics(trainer, problems);
  if (file.tokens && trainer.tokensPerSequence === undefined)
    problems.add(
      ['trainer', 'tokensPerSequence'],
      'a budget in tokens needs to know how many a sequence has; give it, or a budget in steps',
    );
  const { command, program, names, metrics, guessLoss, tokensPerSequence, paired, grace } = trainer;
  const version = versionIn(trainer, folder);
  if (!version) {
    // A file that is not there is told already.
    if (problems.found.length === before)
      problems.add(
        ['trainer', 'version'],
        'the command names no file of the folder: say what tells one version of the script from another, e.g. version: {files: [train.py]}',
      );
    return undefined;
  }
  const digest = problems.at(['trainer', 'version'], () => versionOf(version, folder));
  if (digest === undefined || problems.found.length > before) return undefined;
  const { file: _, stdout, ...keys } = metrics;
  const isJson = stdout?.length === 1 && stdout[0] === 'json';
  return {
    command,
    ...(program === undefined ? {} : { program }),
    names,
    metrics: { ...(stdout ? { stdout: isJson ? ('json' as const) : stdout } : {}), ...keys },
    ...(guessLoss === undefined ? {} : { guessLoss }),
    ...(tokensPerSequence === undefined ? {} : { tokensPerSequence }),
    ...{ version, digest, paired, folder, grace },
  };
}

function versionIn({ version = {}, command, program }: Trainer, folder: string): Version | undefined {
  if (version.git) return { git: true };
  if (version.text !== undefined) return { text: version.text };
  const files = version.files ?? filesIn(command, program, folder);
  return files.length > 0 ? { files } : undefined;
}

/** Throws ChangedScriptError when a script cannot be run here as it was when the study began. */
export function checkScript({
  folder,
  version,
  digest,
}: Pick<TrainerConfig, 'folder' | 'version' | 'digest'>): void {
  if (!existsSync(folder))
    throw new ChangedScriptError(`the script's folder ${folder} is not there on this computer`);
  if (digestHere(version, folder) === digest) return;
  throw new ChangedScriptError(
    `the script in ${folder} is not the one that the study began with: give \`gaplab study\` the study file again, which makes new runs with the new script (finished runs are kept)`,
  );
}

function digestHere(version: Version, folder: string): string {
  try {
    return versionOf(version, folder);
  } catch (error) {
    throw error instanceof UserError ? new ChangedScriptError(error.message) : error;
  }
}

/** What people write without knowing that the name is looked up. */
const INTERPRETED = ['.py', '.js', '.mjs', '.ts', '.sh', '.jl', '.rb', '.R', '.lua'];

function checkCommand({ command, program }: Trainer, folder: string, problems: Problems): void {
  const path = (i: number) => ['trainer', 'command', i];
  const before = problems.found.length;
  command.forEach((argument, i) => {
    for (const name of macrosIn(argument)) {
      if (!isMacro(name)) {
        const close = suggest(name, macroNames);
        problems.add(
          path(i),
          `there is no macro \${${name}}; ${close ? `did you mean \${${close}}?` : `there are ${macroNames.join(', ')}`}`,
        );
      }
      if (name === 'program' && program === undefined)
        problems.add(['trainer', 'program'], 'the command says ${program}; write program: train.py');
    }
  });
  const words = command.map((argument) =>
    argument === '${interpreter}' ? 'python' : argument === '${program}' ? (program ?? argument) : argument,
  );
  const first = words[0] === '${env}' || basename(words[0]) === 'env' ? 1 : 0;
  const called = words[first] ?? '';
  const isThere = called.includes('/') && existsSync(resolve(folder, called));
  if (macrosIn(called).length === 0 && !isProgram(called, folder)) {
    const words = called.trim().split(/\s+/);
    problems.add(
      path(first),
      words.length > 1
        ? `there is no shell, so "${called}" is the name of one program; write it as [${words.join(', ')}, "\${args}"]`
        : isThere
          ? `${called} is no program that may be started; name what runs it, e.g. [python, ${called}, "\${args}"]`
          : `there is no program ${called} ${called.includes('/') ? `in ${folder}` : 'on the PATH'}`,
    );
  }
  words.forEach((argument, i) => {
    const isScript = INTERPRETED.includes(extname(argument)) && macrosIn(argument).length === 0;
    if (i > first && isScript && !argument.startsWith('-') && !existsSync(resolve(folder, argument)))
      problems.add(path(i), `there is no file ${argument} in ${folder}`);
  });
  // A macro or a line that is written wrongly is told already.
  if (problems.found.length > before) return;
  if (!passesParameters(command) && !words.some((word) => mentions(resolve(folder, word))))
    problems.add(
      ['trainer', 'command'],
      'no parameter reaches the script: add "${args}", or let it read the JSON file that GAPLAB_CONFIG names',
    );
}

/** Whether a file of the command reads its parameters from the file that gaplab writes. */
function mentions(path: string): boolean {
  try {
    return statSync(path).isFile() && readFileSync(path).includes('GAPLAB_CONFIG');
  } catch {
    return false;
  }
}

function isProgram(name: string, folder: string): boolean {
  if (name.includes('/') || isAbsolute(name)) return isExecutable(resolve(folder, name));
  const endings = process.platform === 'win32' ? ['', '.exe', '.cmd', '.bat'] : [''];
  return (process.env.PATH ?? '')
    .split(delimiter)
    .some((dir) => endings.some((ending) => isExecutable(join(dir, name + ending))));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function checkNames(file: StudyFile, { names }: Trainer, problems: Problems): void {
  const known = new Set(OWN);
  for (const { hyper, axes, args = {} } of Object.values(file.optimizers))
    for (const name of Object.keys({ ...hyper, ...axes, ...args })) known.add(name);
  for (const name of Object.keys(names))
    if (!known.has(name))
      problems.unknown(['trainer', 'names', name], name, [...known], 'no arm has this parameter');
  const passed = [...known].filter((name) => name !== 'tokens' || 'tokens' in names);
  const byName = Map.groupBy(passed, (name) => (name in names ? names[name] : name));
  for (const [given, same] of byName)
    if (given !== null && same.length > 1)
      problems.add(
        ['trainer', 'names', same.find((name) => name in names)!],
        `${same.join(' and ')} would both be passed as ${given}; give each a name of its own`,
      );
}

function checkMetrics({ metrics }: Trainer, problems: Problems): void {
  const { stdout, file, value } = metrics;
  if (!stdout || (stdout.length === 1 && stdout[0] === 'json')) return;
  const path = ['trainer', 'metrics', 'stdout'];
  const before = problems.found.length;
  stdout.forEach((source, i) => {
    try {
      new RegExp(source);
    } catch (error) {
      problems.add(
        [...path, i],
        `not a regular expression: ${(error as Error).message.replace(/^.*?: /, '')}`,
      );
    }
    const stray = groupsOf(source).filter((name) => !(METRIC_NAMES as readonly string[]).includes(name));
    for (const name of stray) problems.unknown([...path, i], name, [...METRIC_NAMES], 'no such group');
    if (groupsOf(source).length === 0)
      problems.add([...path, i], 'has no named group; write e.g. "val loss (?<valLoss>\\S+)"');
  });
  if (problems.found.length > before) return;
  const all = stdout.flatMap(groupsOf);
  if (file === undefined && value === 'valLoss' && all.length > 0 && !all.includes('valLoss'))
    problems.add(path, 'none has the group valLoss, the objective; write e.g. "val loss (?<valLoss>\\S+)"');
}

/** The arms of a script, by label. */
export function scriptArmsOf(file: StudyFile, problems: Problems): Record<string, ArmConfig> {
  return Object.fromEntries(
    Object.entries(file.optimizers).flatMap(([label, arm]) => {
      const config = scriptArmOf(file, label, arm, problems);
      return config ? [[label, config]] : [];
    }),
  );
}

function scriptArmOf(
  file: StudyFile,
  label: string,
  arm: StudyFile['optimizers'][string],
  problems: Problems,
): ArmConfig | undefined {
  const path = ['optimizers', label];
  const before = problems.found.length;
  const { hyper, args = {}, lr } = arm;
  for (const field of ['optimizer', 'clip', 'clipAt', 'schedule', 'batchSchedule', 'microBatch'] as const)
    if (arm[field] !== undefined)
      problems.add(
        [...path, field],
        'the script decides this; give it as one of args, e.g. args: {opt: sgd}',
      );
  const axes: Record<string, number[]> = {};
  for (const [name, values] of Object.entries(arm.axes)) {
    if (values === 'default')
      problems.add([...path, 'axes', name], 'a script has no default values; give a list');
    else axes[name] = [...new Set(values)];
    if (name in hyper)
      problems.add([...path, 'axes', name], `${name} is both fixed and tuned (axes); keep one`);
    if (name in args) problems.add([...path, 'axes', name], `${name} stands in args, too; keep one`);
  }
  for (const [where, names] of Object.entries({ hyper, args, axes }))
    for (const name of Object.keys(names))
      if (OWN.includes(name))
        problems.add([...path, where, name], `${name} is a field of the study, and every run gets it anyway`);
  for (const name of Object.keys(args))
    if (name in hyper) problems.add([...path, 'args', name], `${name} stands in hyper, too; keep one`);
  const search = searchOf(file, lr, path, problems);
  if (!search || problems.found.length > before) return undefined;
  return { optimizer: label, hyper, axes, lr: search, clip: null, ...(arm.args ? { args } : {}) };
}

function searchOf(
  { mode }: StudyFile,
  { guess, values, ratio, carry }: StudyFile['optimizers'][string]['lr'],
  path: string[],
  problems: Problems,
): ArmConfig['lr'] | undefined {
  if (values) return { kind: 'grid', values: [...new Set(values)].sort((a, b) => a - b) };
  if (guess === undefined)
    return problems.add(
      [...path, 'lr'],
      'a script has no usual learning rate; say where the search begins, e.g. lr: 0.1',
    );
  if (mode === 'bracket') return { kind: 'bracket', guess, ratio, carry };
  return { kind: 'grid', values: [-2, -1, 0, 1, 2].map((k) => Number((guess * ratio ** k).toPrecision(6))) };
}
