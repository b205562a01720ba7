// The processes that a server has started: each is a command of gaplab that works on one study.
import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

/** Bytes of a process's last words. */
const WORDS = 4000;
/** Milliseconds in which a command that cannot be run has said so. */
const SOON = 10_000;

export interface ProcessesOptions {
  /** Program and first arguments of the command line, e.g. node and cli.ts. */
  launch: readonly string[];
  /** Hears of a command that ended badly. */
  trouble(study: string, message: string): void;
  /** A process has begun or ended. */
  changed(study: string): void;
}

interface Working {
  child: ChildProcess;
  ended: Promise<string | undefined>;
  stopping: boolean;
}

export class Processes {
  readonly #options: ProcessesOptions;
  readonly #working = new Map<string, Working>();

  constructor(options: ProcessesOptions) {
    this.#options = options;
  }

  works(study: string): boolean {
    return this.#working.has(study);
  }

  /** Whether the process that works on a study has been paused, and is about to end. */
  isEnding(study: string): boolean {
    return this.#working.get(study)?.stopping === true;
  }

  /**
   * Resolves when the process that works on a study has ended, at once where none does.
   * Gives whether it ended by itself, with nothing to complain of.
   */
  async ended(study: string): Promise<boolean> {
    const working = this.#working.get(study);
    return working !== undefined && (await working.ended) === undefined && !working.stopping;
  }

  /**
   * Starts `gaplab ...args` for a study. Resolves when `isUp` says that it has begun,
   * or when that has taken so long that it will. Gives what the command says where it ended at once.
   */
  async start(
    study: string,
    args: readonly string[],
    cwd: string,
    isUp: () => boolean,
  ): Promise<string | undefined> {
    const [program, ...first] = this.#options.launch;
    const child = spawn(program, [...first, ...args], { cwd, stdio: ['ignore', 'ignore', 'pipe'] });
    let words = '';
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      words = (words + text).slice(-WORDS);
    });
    const ended = new Promise<string | undefined>((resolve) => {
      child.on('error', (error) => resolve(error.message));
      child.on('close', (code) => resolve(code === 0 ? undefined : lastOf(words)));
    });
    const working: Working = { child, ended, stopping: false };
    this.#working.set(study, working);
    let isTold = false;
    const gone = ended.then((message) => {
      this.#working.delete(study);
      if (message !== undefined && !working.stopping && isTold) this.#options.trouble(study, message);
      this.#options.changed(study);
      return { message };
    });
    const begun = performance.now();
    for (;;) {
      const now = await Promise.race([gone, sleep(100)]);
      if (now) return now.message;
      if (isUp() || performance.now() - begun > SOON) break;
    }
    isTold = true;
    this.#options.changed(study);
    return undefined;
  }

  /** What Ctrl-C does. False where no process of this server works on the study. */
  pause(study: string): boolean {
    const working = this.#working.get(study);
    if (!working) return false;
    // A second signal would end it without a checkpoint.
    if (!working.stopping) working.child.kill('SIGINT');
    working.stopping = true;
    return true;
  }

  /** Pauses all, and waits until they are gone. */
  async close(): Promise<void> {
    const all = [...this.#working];
    for (const [study] of all) this.pause(study);
    await Promise.all(all.map(([, { ended }]) => ended));
  }
}

/** The line in which a command says why it ended. */
function lastOf(words: string): string {
  const lines = words.split('\n').map((line) => line.trim());
  const said = lines.findLast((line) => line.startsWith('gaplab: '));
  return said?.slice('gaplab: '.length) ?? lines.findLast((line) => line !== '') ?? 'it ended without a word';
}
