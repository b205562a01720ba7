// A process that is asked in lines of JSON and answers in lines of JSON: every side of a comparison is one.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export interface LineProcess {
  /** The first line, which comes unasked. */
  hello: Record<string, string>;
  /** Sends `request`, gives the answer. Throws its `error`, or that the process ended. */
  ask<Answer>(request: object): Promise<Answer>;
  /** Ends the process and waits until its memory is free. */
  close(): Promise<void>;
}

/** Starts `command`. `verbose`: what it says on stderr is shown; else only when it fails. */
export async function startLines(
  command: readonly string[],
  { env = {}, verbose = false }: { env?: Record<string, string>; verbose?: boolean } = {},
): Promise<LineProcess> {
  const child = spawn(command[0], command.slice(1), {
    stdio: ['pipe', 'pipe', verbose ? 'inherit' : 'pipe'],
    env: { ...process.env, ...env },
  });
  let complaint = '';
  child.stderr?.on('data', (bytes) => {
    complaint = (complaint + bytes).slice(-2000);
  });
  // A write to a process that has ended is an answer that does not come; said once, below.
  child.stdin!.on('error', () => {});
  const over = once(child, 'close');
  over.catch(() => {});
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  const answer = async () => {
    for (;;) {
      const { value, done } = await lines.next();
      if (done) throw new Error(`it ended: ${complaint.trim().split('\n').at(-1) || 'without a word'}`);
      if (value.startsWith('{')) return JSON.parse(value);
    }
  };
  await once(child, 'spawn');
  return {
    hello: await answer(),
    async ask(request) {
      child.stdin!.write(`${JSON.stringify(request)}\n`);
      const { error, ...rest } = await answer();
      if (error) throw new Error(error);
      return rest;
    },
    async close() {
      child.stdin!.end();
      // What a peer still wants to do at its end is of no interest.
      const timer = setTimeout(() => child.kill('SIGKILL'), 2000);
      await over;
      clearTimeout(timer);
    },
  };
}
