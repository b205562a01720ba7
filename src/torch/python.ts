// The Python that `--engine torch` runs in: found, and asked what it has.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { UserError } from '../core/errors.ts';
import { visible } from '../core/shown.ts';

/** The folder of the package gaplab_torch; it is published beside dist/. */
export const engineFolder = fileURLToPath(new URL('../../engines/torch', import.meta.url));

/** Oldest Python and PyTorch that have what is used. */
const OLDEST = { python: [3, 10], torch: [2, 4] };

export interface Python {
  command: string;
  versions: { python: string; torch: string; safetensors: string };
  /** Names of the GPUs that PyTorch sees. */
  gpus: string[];
}

/** Variables for a process of the package. Nothing of the folder where a user happens to be is imported. */
export const pythonEnv = { PYTHONPATH: engineFolder, PYTHONDONTWRITEBYTECODE: '1', PYTHONSAFEPATH: '1' };

const HOW =
  'install torch and safetensors for it (pip install torch safetensors), or name another with --python';

/**
 * The interpreter that is meant, or python3. Throws UserError, one line that says what to do,
 * when it cannot train.
 */
export function findPython(given = process.env.GAPLAB_PYTHON): Python {
  const command = given || (process.platform === 'win32' ? 'python' : 'python3');
  let python = found.get(command);
  if (!python) found.set(command, (python = ask(command)));
  return python;
}

/** Asking takes seconds, so each is asked once. */
const found = new Map<string, Python>();

function ask(command: string): Python {
  const { error, status, stdout, stderr } = spawnSync(command, ['-m', 'gaplab_torch', '--check'], {
    encoding: 'utf8',
    env: { ...process.env, ...pythonEnv },
    cwd: engineFolder,
  });
  if (error)
    throw new UserError(
      `--engine torch needs Python, and ${command} cannot be started (${error.message}): name one with --python or GAPLAB_PYTHON that has torch and safetensors`,
    );
  if (status !== 0) throw new UserError(`--engine torch: ${missingIn(command, stderr)}`);
  const { gpus, ...versions } = answerOf(command, stdout);
  for (const what of ['python', 'torch'] as const)
    if (isOlder(versions[what], OLDEST[what]))
      throw new UserError(
        `--engine torch needs ${what === 'python' ? 'Python' : 'PyTorch'} ${OLDEST[what].join('.')} or later, ${command} has ${versions[what]}: name another with --python or GAPLAB_PYTHON`,
      );
  return { command, versions, gpus };
}

function answerOf(command: string, stdout: string): Python['versions'] & Pick<Python, 'gpus'> {
  try {
    const answer = JSON.parse(lastLine(stdout));
    if (typeof answer?.torch === 'string') return answer;
  } catch {}
  throw new UserError(
    `--engine torch: ${command} did not say which PyTorch it has: name a Python that does with --python or GAPLAB_PYTHON`,
  );
}

const lastLine = (text: string): string => text.trim().split('\n').at(-1)!;

function missingIn(command: string, stderr: string): string {
  const [, name] = /No module named '?(\w+)/.exec(stderr) ?? [];
  if (name) return `${command} has no ${name === 'torch' ? 'PyTorch' : name}: ${HOW}`;
  return `${command} cannot load PyTorch (${visible(lastLine(stderr))}): ${HOW}`;
}

function isOlder(version: string, oldest: readonly number[]): boolean {
  const parts = version.split(/[.+]/).map(Number);
  const at = oldest.findIndex((least, i) => parts[i] !== least);
  return at >= 0 && parts[at] < oldest[at];
}

/** The command that trains: one process, or one for each GPU. */
export const commandOf = ({ command }: Python, gpus = 1): string[] => [
  command,
  ...(gpus > 1
    ? ['-m', 'torch.distributed.run', '--standalone', '--nproc-per-node', String(gpus), '-m']
    : ['-m']),
  'gaplab_torch',
];
