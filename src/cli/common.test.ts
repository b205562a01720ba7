// How commands end: exit codes, the one line on stderr, the JSON line on stdout, signals, readers that leave.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { device } from './common.ts';

const here = (file: string) => JSON.stringify(pathToFileURL(`${import.meta.dirname}/${file}`).href);

/** A program with one command `c` whose function body is `body`, called with `args`. */
const program = (body: string, args: string[]) => `
  import { Command } from 'commander';
  import { setTimeout as sleep } from 'node:timers/promises';
  import { action, command } from ${here('common.ts')};
  import { InterruptedError, UserError } from ${here('../core/errors.ts')};
  const program = new Command('gaplab');
  command(program, 'c [x]', 'a command').option('--n <n>').action(action(async (ctx, x, options) => { ${body} }));
  await program.parseAsync(${JSON.stringify(['c', ...args])}, { from: 'user' });`;

const nodeArgs = (body: string, args: string[]) => ['--input-type=module', '-e', program(body, args)];

function run(body: string, args: string[] = [], env: Record<string, string> = {}) {
  const options = { encoding: 'utf8', env: { ...process.env, ...env }, cwd: import.meta.dirname } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, nodeArgs(body, args), options);
  return { status, stdout, stderr };
}

async function ended(child: ChildProcess) {
  let [stdout, stderr] = ['', ''];
  child.stdout!.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr!.on('data', (chunk) => {
    stderr += chunk;
  });
  const [code, signal] = await once(child, 'close');
  return { code, signal, stdout, stderr };
}

const start = (body: string, args: string[] = []) =>
  spawn(process.execPath, nodeArgs(body, args), { stdio: 'pipe', cwd: import.meta.dirname });

test('a command gets its arguments and options; --json silences text and ends with one JSON value', () => {
  const body = "ctx.out('hello ' + x + options.n); ctx.result({ a: [1], x }); ctx.progress.line('p');";
  assert.deepEqual(run(body, ['w', '--n', '3']), { status: 0, stdout: 'hello w3\n', stderr: 'p\n' });
  assert.deepEqual(run(body, ['w', '--json']), { status: 0, stdout: '{"a":[1],"x":"w"}\n', stderr: 'p\n' });
  assert.equal(run('', ['--json']).stdout, 'null\n');
});

test('bad input: one line, code 2, also under --json', () => {
  const body = "throw new UserError('no such corpus:\\n  try sotu');";
  assert.deepEqual(run(body), { status: 2, stdout: '', stderr: 'gaplab: no such corpus: try sotu\n' });
  assert.equal(run(body, ['--json']).stdout, '{"error":"no such corpus: try sotu","exitCode":2}\n');
});

test('any other error: one line that names the way to its stack, code 1', () => {
  const body = "throw new TypeError('x is not a function');";
  const plain = run(body);
  assert.deepEqual(
    [plain.status, plain.stderr],
    [1, 'gaplab: x is not a function (GAPLAB_DEBUG=1 shows where)\n'],
  );
  assert.match(run(body, [], { GAPLAB_DEBUG: '1' }).stderr, /TypeError: x is not a function\n {4}at/);
});

test('what the file system refuses is bad input', () => {
  const { status, stderr } = run("(await import('node:fs')).readFileSync('/nowhere/file');");
  assert.deepEqual([status, stderr], [2, 'gaplab: /nowhere/file: no such file or folder\n']);
});

const patient = "process.stdout.write('ready'); await sleep(1e5, 0, { signal: ctx.signal });";

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)
  test(`${signal} aborts the command's signal and ends with ${code}`, async () => {
    const child = start(patient);
    child.stdout!.once('data', () => child.kill(signal));
    const end = await ended(child);
    assert.equal(end.code, code);
    assert.match(end.stderr, /stopping; what is finished is kept.*\ngaplab: interrupted\n/);
  });

test('an InterruptedError ends with 130 and its own words', () => {
  const end = run("throw new InterruptedError('stopped; run it again to continue');");
  assert.deepEqual([end.status, end.stderr], [130, 'gaplab: stopped; run it again to continue\n']);
});

test('one Ctrl-C that arrives twice counts once; a later one ends a command that does not stop', async () => {
  const stubborn =
    "ctx.signal.addEventListener('abort', () => process.stdout.write('aborted')); process.stdout.write('ready'); await sleep(1e5);";
  const child = start(stubborn);
  let exited = false;
  child.once('exit', () => {
    exited = true;
  });
  child.stdout!.once('data', () => {
    child.kill('SIGINT');
    setTimeout(() => child.kill('SIGINT'), 100);
    setTimeout(() => {
      assert.equal(exited, false);
      child.kill('SIGINT');
    }, 900);
  });
  assert.equal((await ended(child)).code, 130);
});

const noShell = { skip: process.platform === 'win32' && 'npm runs scripts in another way there' };
test(
  'under npm, the end of the shell that npm runs the command in is taken as SIGTERM',
  noShell,
  async () => {
    const script = program("process.stdout.write('ready'); await sleep(1e5, 0, { signal: ctx.signal });", []);
    // The shell stands in for npm's: it waits for the command, and dies without a word to it.
    const shell = spawn('sh', ['-c', '"$0" --input-type=module -e "$1"; true', process.execPath, script], {
      env: { ...process.env, npm_lifecycle_event: 'start' },
      stdio: 'pipe',
      cwd: import.meta.dirname,
    });
    shell.stdout.once('data', () => shell.kill('SIGKILL'));
    // `close` comes when the command has let go of the pipes, too.
    const { stderr } = await ended(shell);
    assert.match(stderr, /stopping; what is finished is kept.*\ngaplab: interrupted\n/);
  },
);

test('a device that is PyTorch’s is refused with the words to write instead', () => {
  assert.equal(device('webgpu'), 'webgpu');
  assert.throws(() => device('cuda'), /PyTorch: .*--engine torch/);
  assert.throws(() => device('tpu'), /choices are cpu, webgpu/);
});
