// For tests: another process that holds a lock or a lease, perhaps in another namespace,
// and does what it is told.
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Rival {
  child: ChildProcess;
  /** The next line that it prints. */
  line(): Promise<string>;
  /** Runs `code` there; it prints with `say`. */
  tell(code: string): void;
  /** Stops it, as Ctrl-Z does. */
  stop(): Promise<void>;
  kill(): Promise<void>;
}

/** Seconds after which rivals count as gone. Short, and long enough for a machine under load. */
export const SILENCE = 3;

/**
 * A Node process that runs the code it is told. `wrap` is put before its command line, e.g.
 * `['unshare', '-pf', '--mount-proc']`.
 */
export function rival(wrap: readonly string[] = []): Rival {
  const module = (name: string) => JSON.stringify(new URL(name, import.meta.url).href);
  const code = `
    const { takeAttempt } = await import(${module('./attempt.ts')});
    const { lockStudy } = await import(${module('./lock.ts')});
    const say = (value) => process.stdout.write(JSON.stringify(value ?? null) + '\\n');
    let held;
    process.stdin.setEncoding('utf8').on('data', (text) => text.split('\\n').filter(Boolean).forEach(async (line) => {
      try { await eval('(async () => {' + JSON.parse(line) + '})()'); } catch (error) { say(error.name + ': ' + error.message); }
    }));
    say('ready');`;
  const [command, ...args] = [...wrap, process.execPath, '--input-type=module', '-e', code];
  const child = spawn(command, args, {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, GAPLAB_SILENCE_SECONDS: String(SILENCE) },
  });
  const lines: string[] = [];
  const waiting: ((line: string) => void)[] = [];
  let rest = '';
  child.stdout!.setEncoding('utf8').on('data', (text: string) => {
    const parts = (rest + text).split('\n');
    rest = parts.pop()!;
    for (const part of parts) {
      const wake = waiting.shift();
      if (wake) wake(JSON.parse(part));
      else lines.push(JSON.parse(part));
    }
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return {
    child,
    line: () =>
      new Promise((resolve) => {
        const there = lines.shift();
        if (there !== undefined) resolve(there);
        else waiting.push(resolve);
      }),
    tell: (text) => child.stdin!.write(`${JSON.stringify(text)}\n`),
    async stop() {
      child.kill('SIGSTOP');
      // The signal arrives when its process runs next.
      while (process.platform === 'linux' && !/\) T /.test(readFileSync(`/proc/${child.pid}/stat`, 'utf8')))
        await sleep(10);
    },
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
