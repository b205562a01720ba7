// One attempt of a command that trains: started in a group of its own, heard, stopped when asked,
// and judged when it has ended.
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { InterruptedError } from '../core/errors.ts';
import { toJson, writeAtomic } from '../files/atomic.ts';
import { makeFolder } from '../files/folder.ts';
import type { MetricsConfig } from '../train/script-config.ts';
import { type EndRecord, environmentOf, GRACE_SECONDS, OUTPUT, placeOf } from './contract.ts';
import { createDivergence } from './divergence.ts';
import { diskIsFull, FullDiskError, ScriptError } from './errors.ts';
import { createLines } from './lines-of.ts';
import { judge } from './outcome.ts';
import { endGroup, endProcessesWith, signalGroup } from './processes.ts';
import { createReader, type Said } from './reader.ts';
import { createRecorder, type ScriptRecorder } from './recorder.ts';
import { tailFile } from './tail-file.ts';

export interface CommandRun {
  /** Program and arguments; macros are filled in already. */
  argv: readonly string[];
  /** Folder in which it runs. */
  folder: string;
  /** Variables beside those of the contract. */
  env?: Record<string, string>;
  /** What GAPLAB_CONFIG holds, written as JSON. */
  parameters: unknown;
  /** Id of the run. */
  run: string;
  /** `<run's directory>/attempt-<n>`. */
  attemptDir: string;
  metrics: MetricsConfig;
  steps: number;
  /** Tokens of a step, for lines that do not say how many were seen. */
  tokensPerStep: number;
  guessLoss?: number;
  graceSeconds?: number;
  /** Unix time in seconds. */
  deadline?: number;
  /** Aborted: the script is asked to end, then InterruptedError. */
  signal: AbortSignal;
  onProgress(progress: { step: number; steps: number; loss: number; tokensPerSecond: number }): void;
  onWarning?(line: string): void;
  /** The process has been started; it leads the group `pid`. */
  onStart?(pid: number): void;
  /** Hears every line of the file of metrics, whatever it says. */
  onLine?(line: string): void;
  /** Who keeps metrics.jsonl. Default: it is written from what the command says. */
  recorder?: ScriptRecorder;
  /** Called before anything is written; throws when the run is somebody else's by now. */
  beforeWrite?(): void;
}

export interface CommandOutcome {
  status: 'done' | 'diverged';
  reason?: string;
  step: number;
  steps: number;
  tokens: number;
  trainLoss: number | null;
  valLoss: number | null;
  /** Over all attempts, as far as their metrics tell. */
  seconds: number;
  tokensPerSecond: number;
  /** What the script said at its end, if it said anything. */
  end?: EndRecord;
}

const LOOK_MS = 100;
/**
 * How long the rest of the output is waited for after the end; a process that was
 * left behind may hold it open for ever.
 */
const DRAIN_MS = 500;
/** Time that processes get which the script left behind, and a script whose run has diverged. */
const SHORT_GRACE_MS = 5000;
const LAST_WORDS = 2000;

/**
 * Throws InterruptedError when the run is to be continued, ScriptError when it failed,
 * and an error of the disk when that is full.
 */
export async function runCommand(run: CommandRun): Promise<CommandOutcome> {
  const { attemptDir, steps, signal, onWarning: warn = () => {} } = run;
  const place = placeOf(run.run, attemptDir, run.deadline);
  if (signal.aborted) throw interrupted(signal);
  // An attempt before this one may have been killed without its script.
  const left = await endProcessesWith('GAPLAB_RUN_DIR', place.runDir, SHORT_GRACE_MS);
  if (left > 0)
    warn(`${left} process${left > 1 ? 'es' : ''} of an earlier attempt were still running, and were ended`);
  run.beforeWrite?.();
  makeFolder(place.runDir);
  writeAtomic(place.config, toJson(run.parameters));

  const reader = createReader(run.metrics);
  const divergence = createDivergence(steps, run.guessLoss);
  const began = performance.now();
  const clock = () => (performance.now() - began) / 1000;
  const recorder =
    run.recorder ??
    createRecorder(join(attemptDir, 'metrics.jsonl'), {
      steps,
      clock,
      earlier: Array.from({ length: place.attempt - 1 }, (_, i) =>
        join(dirname(attemptDir), `attempt-${place.attempt - 1 - i}`, 'metrics.jsonl'),
      ),
    });
  let [step, firstStep, tokens] = [0, undefined as number | undefined, 0];
  let end: EndRecord | undefined;
  let valLoss: number | undefined;
  let diverged: string | undefined;
  let [isInterrupted, broken] = [false, undefined as unknown];

  const hear = (said: Said | undefined) => {
    if (!said || broken !== undefined) return;
    if (said.event === 'interrupted') isInterrupted = true;
    end = said.end ?? end;
    valLoss = said.valLoss ?? valLoss;
    if (said.loss === undefined && said.valLoss === undefined) return;
    const isStep = said.step !== undefined && Number.isInteger(said.step) && said.step >= 0;
    // Without steps of its own every line that has a loss is one; an end record belongs to the last.
    step = isStep ? said.step! : said.loss === undefined || said.end ? step : step + 1;
    firstStep ??= step;
    tokens = Number.isFinite(said.tokens) ? said.tokens! : step * run.tokensPerStep;
    diverged ??= divergence.see({ ...said, step });
    try {
      run.beforeWrite?.();
      recorder.add({ ...said, step, tokens });
      const trained = (step - firstStep) * run.tokensPerStep;
      run.onProgress({ step, steps, loss: said.loss ?? Number.NaN, tokensPerSecond: trained / clock() });
    } catch (error) {
      broken = error;
    }
  };

  const log = openSync(join(attemptDir, OUTPUT), 'a');
  let words = '';
  const child = start(run, environmentOf(place));
  const isDrained = drained(child);
  if (child.pid !== undefined) run.onStart?.(child.pid);
  const outputs = [child.stdout!, child.stderr!].map((stream) => {
    const lines = createLines((line) => hear(reader.output(line)));
    stream.on('data', (bytes: Buffer) => {
      words = (words + bytes.toString('utf8')).slice(-LAST_WORDS);
      try {
        writeSync(log, bytes);
      } catch (error) {
        broken ??= error;
      }
      lines.add(bytes);
    });
    return lines;
  });
  const file = tailFile(place.metrics, (line) => {
    run.onLine?.(line);
    hear(reader.metrics(line));
  });

  let stopped: { asked: number; grace: number } | undefined;
  const stop = (graceMs: number) => {
    if (stopped || child.pid === undefined) return;
    stopped = { asked: performance.now(), grace: graceMs };
    signalGroup(child.pid, 'SIGTERM');
  };
  let isForced = false;
  const grace = 1000 * (run.graceSeconds ?? GRACE_SECONDS);
  let wasAsked = false;
  const look = () => {
    file.look();
    if (signal.aborted && exit === undefined) {
      wasAsked = true;
      stop(grace);
    }
    if (diverged !== undefined || broken !== undefined) stop(Math.min(grace, SHORT_GRACE_MS));
    if (stopped && !isForced && performance.now() - stopped.asked > stopped.grace) {
      isForced = true;
      signalGroup(child.pid!, 'SIGKILL');
    }
  };
  let exit: Exit | undefined;
  const ticker = setInterval(look, LOOK_MS);
  const wake = () => look();
  signal.addEventListener('abort', wake);
  try {
    exit = await ended(child);
    await Promise.race([isDrained, sleep(DRAIN_MS, undefined, { ref: false })]);
    for (const stream of [child.stdout!, child.stderr!]) stream.destroy();
  } finally {
    clearInterval(ticker);
    signal.removeEventListener('abort', wake);
    closeSync(log);
  }
  if (child.pid !== undefined) await endGroup(child.pid, SHORT_GRACE_MS);
  const behind = await endProcessesWith('GAPLAB_METRICS', place.metrics, SHORT_GRACE_MS);
  if (behind > 0)
    warn(`the script ended and left ${behind} process${behind > 1 ? 'es' : ''} running: they were ended`);
  for (const lines of outputs) lines.end();
  file.end();
  recorder.close();
  if (isForced && wasAsked)
    warn(
      `the script did not end within ${grace / 1000} seconds of SIGTERM and was killed; what it saved by then is kept`,
    );
  if (broken !== undefined) throw broken;
  if (exit.error) throw new ScriptError(exit.error, { again: false, step: 0, output: '' });

  diverged ??= end || stopped ? undefined : divergence.atEnd(valLoss);
  const verdict = judge({
    ...{ end, valLoss, diverged, exit, stopped: wasAsked, interrupted: isInterrupted },
    ...{ seen: reader.seen(), objective: run.metrics.value, lastWords: lastLine(words) },
  });
  if (verdict.kind === 'interrupted') {
    if (wasAsked) throw interrupted(signal);
    throw new ScriptError('the script asked to be continued and got no further in 3 attempts', {
      again: true,
      step,
      output: words,
    });
  }
  if (verdict.kind === 'failed') {
    if (diskIsFull(words)) throw new FullDiskError(lastLine(words));
    throw new ScriptError(verdict.reason, { again: verdict.again, step, output: words });
  }
  const seconds = recorder.seconds();
  const isDone = verdict.kind === 'done';
  return {
    status: verdict.kind,
    ...(isDone ? {} : { reason: verdict.reason }),
    step: step === 0 && isDone ? steps : Math.min(step, steps),
    steps,
    tokens: tokens === 0 && isDone ? steps * run.tokensPerStep : tokens,
    trainLoss: recorder.trainLoss() ?? null,
    valLoss: isDone ? verdict.valLoss : null,
    seconds,
    tokensPerSecond: Math.round((tokens || steps * run.tokensPerStep) / Math.max(seconds, 1e-9)),
    ...(end ? { end } : {}),
  };
}

interface Exit {
  code: number | null;
  signal: string | null;
  /** It could not be started. */
  error?: string;
}

function start(run: CommandRun, env: Record<string, string>): ChildProcess {
  const [program, ...args] = run.argv;
  return spawn(program, args, {
    cwd: run.folder,
    // Output that waits in a buffer would come when the run is over.
    env: { PYTHONUNBUFFERED: '1', ...process.env, ...run.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own: a signal reaches all that it starts, and Ctrl-C in the terminal does not reach it.
    detached: process.platform !== 'win32',
  });
}

const ended = (child: ChildProcess) =>
  new Promise<Exit>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
    child.once('error', (error: NodeJS.ErrnoException) => {
      if (child.pid === undefined)
        resolve({ code: null, signal: null, error: `the command cannot be started: ${error.message}` });
    });
  });

const drained = (child: ChildProcess) => new Promise<void>((done) => child.once('close', () => done()));

const lastLine = (words: string): string =>
  (words.split(/[\r\n]+/).findLast((line) => line.trim() !== '') ?? '').trim().slice(0, 300);

const interrupted = (signal: AbortSignal): InterruptedError =>
  signal.reason instanceof InterruptedError ? signal.reason : new InterruptedError('interrupted');
