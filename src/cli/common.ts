// What every command shares: how it is declared, what it is given, how its errors
// and interruptions end the process.
import { type Command, CommanderError, Help, InvalidArgumentError, Option } from 'commander';
import { InterruptedError, UserError, UserErrors } from '../core/errors.ts';
import { line, visibleJson, visibleLines } from '../core/shown.ts';
import { refusal } from '../files/errors.ts';
import { type DeviceName, deviceNames } from '../runtime/targets/gpu/device.ts';
import { createProgress, type ProgressBars } from './progress.ts';
import { columnsOf, wrapText } from './wrap.ts';

/** What a command gets beside its own arguments. */
export interface Context {
  /**
   * Aborted at the first SIGINT or SIGTERM; its reason is an InterruptedError. A second
   * signal ends the process at once.
   */
  signal: AbortSignal;
  json: boolean;
  /**
   * A line (or more) for people, on stdout; nothing under --json. Control characters in it are written out.
   */
  out(text: string): void;
  /** The same for text with escape sequences of ours. */
  styled(text: string): void;
  /** The command's answer: under --json it becomes the last line of stdout, after the command is done. */
  result(value: unknown): void;
  progress: ProgressBars;
}

const usualHelp = new Help();

/** How every help is laid out, beside what commander does by itself. */
export const helpLayout = {
  // An empty list or record as the default of a repeatable option tells a reader nothing.
  optionDescription: (option: Option) =>
    usualHelp.optionDescription(option).replace(/ \(default: (?:\[\]|\{\})\)$/, ''),
  // Else a terminal of 60 columns breaks the descriptions of long options in the middle of words.
  minWidthToWrap: 20,
};

/** Declares a command `nameAndArgs`, e.g. `report <dir>`, with the options that all commands have. */
export function command(parent: Command, nameAndArgs: string, description: string): Command {
  return (
    parent
      .command(nameAndArgs)
      // Line breaks of the source are no line breaks of the help, which is laid out for the terminal.
      .description(description.replace(/\s*\n\s*/g, ' '))
      .option('--json', 'print the answer as one JSON value on the last line of stdout')
  );
}

/** Adds worked examples, `[command line, what it does]`, to the end of `--help`. */
export function examples(command: Command, list: [string, string][]): Command {
  const text = list.map(([line, what]) => `  ${line}\n      ${what}`).join('\n');
  return command.addHelpText('after', () => wrapText(`\nExamples:\n${text}`, process.stdout.columns || 80));
}

/** Option parser: an integer of at least `min`. */
export function integer(min = 0): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isSafeInteger(value) || value < min)
      throw new InvalidArgumentError(`It must be an integer of at least ${min}.`);
    return value;
  };
}

/** `--device`: where to compute. */
export const deviceOption = (): Option =>
  new Option('--device <name>', 'where to compute (see `gaplab doctor --device`)')
    .choices(deviceNames)
    .argParser(device)
    .default('cpu');

/** Option parser: a device of gaplab's own engine. */
export function device(text: string): DeviceName {
  const name = deviceNames.find((one) => one === text);
  if (name) return name;
  throw new InvalidArgumentError(
    text === 'cuda'
      ? 'NVIDIA cards are trained on with PyTorch: leave --device out and write --engine torch.'
      : `Allowed choices are ${deviceNames.join(', ')}.`,
  );
}

/** Option parser: a finite number of at least `min`; `above` excludes the bound itself. */
export function number({ min, above }: { min?: number; above?: number } = {}): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('It must be a number.');
    if (min !== undefined && value < min) throw new InvalidArgumentError(`It must be at least ${min}.`);
    if (above !== undefined && value <= above) throw new InvalidArgumentError(`It must be above ${above}.`);
    return value;
  };
}

/**
 * Wraps a command's function for commander's `.action()`: `fn(ctx, ...args, options)`. Its errors
 * become a line on stderr and the exit code: 2 for UserError, 130 or 143 when interrupted, 1 otherwise.
 */
export function action<Args extends unknown[]>(
  fn: (ctx: Context, ...args: Args) => void | Promise<void>,
): (...args: [...Args, Command]) => Promise<void> {
  return async (...all) => {
    const self = all.at(-1) as Command;
    const args = all.slice(0, -1) as unknown as Args;
    const json = self.optsWithGlobals().json === true;
    const progress = createProgress();
    const stopper = catchSignals(progress);
    let answer: unknown = null;
    const ctx: Context = {
      signal: stopper.signal,
      json,
      progress,
      out: (text) => ctx.styled(visibleLines(text)),
      styled(text) {
        if (json) return;
        // On a terminal, text and bars share the screen: let the bars make room.
        if (process.stdout.isTTY && process.stderr.isTTY) progress.styled(text);
        else process.stdout.write(`${wrapText(text, columnsOf(process.stdout))}\n`);
      },
      result(value) {
        answer = value;
      },
    };
    try {
      await fn(ctx, ...args);
      progress.stop();
      if (json) process.stdout.write(`${visibleJson(JSON.stringify(answer ?? null))}\n`);
    } catch (error) {
      progress.stop();
      process.exitCode = reportError(error, { json, interruptedBy: stopper.caught() });
    } finally {
      stopper.release();
    }
  };
}

const signalCodes = { SIGINT: 130, SIGTERM: 143 } as const;

/** First signal: abort, so that the command can put everything in order; second signal: out. */
function catchSignals(progress: ProgressBars) {
  const controller = new AbortController();
  let caught: keyof typeof signalCodes | undefined;
  let first = 0;
  const handler = (signal: NodeJS.Signals) => {
    // One Ctrl-C arrives up to three times: from the terminal, from npm and from
    // bin/gaplab.js, which pass it on.
    if (caught && performance.now() - first < 400) return;
    if (caught) process.exit(signalCodes[signal as keyof typeof signalCodes]);
    first = performance.now();
    caught = signal as keyof typeof signalCodes;
    progress.line('gaplab: stopping; what is finished is kept (once more: stop at once)');
    controller.abort(new InterruptedError(`interrupted by ${signal}`));
  };
  process.on('SIGINT', handler).on('SIGTERM', handler);
  // A SIGTERM to `npm start` ends npm and its shell and never arrives here: losing the parent tells of it.
  const parent = process.ppid;
  const orphaned = () => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    handler('SIGTERM');
  };
  const watch = process.env.npm_lifecycle_event ? setInterval(orphaned, 500).unref() : undefined;
  return {
    signal: controller.signal,
    caught: () => caught,
    release() {
      clearInterval(watch);
      process.off('SIGINT', handler).off('SIGTERM', handler);
    },
  };
}

interface ErrorContext {
  json?: boolean;
  interruptedBy?: keyof typeof signalCodes;
}

/**
 * Prints what went wrong on stderr, a line for each thing to mend, and under --json as `{error,
 * exitCode}` (several: also `errors`) on stdout; gives the exit code.
 */
export function reportError(error: unknown, { json, interruptedBy }: ErrorContext = {}): number {
  const [exitCode, message] = ending(error, interruptedBy);
  const lines = error instanceof UserErrors ? error.lines : [line(message)];
  const width = columnsOf(process.stderr);
  for (const text of lines) process.stderr.write(`${wrapText(`gaplab: ${text}`, width)}\n`);
  if (process.env.GAPLAB_DEBUG && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  const several = lines.length > 1 ? { errors: lines } : {};
  if (json)
    process.stdout.write(
      `${visibleJson(JSON.stringify({ error: lines.join('; '), ...several, exitCode }))}\n`,
    );
  return exitCode;
}

function ending(error: unknown, interruptedBy: keyof typeof signalCodes | undefined): [number, string] {
  const { name, message, code, path } =
    error instanceof Error
      ? (error as NodeJS.ErrnoException)
      : ({ message: String(error) } as NodeJS.ErrnoException);
  const interrupted = signalCodes[interruptedBy ?? 'SIGINT'];
  if (error instanceof InterruptedError) return [interrupted, message || 'interrupted'];
  if (interruptedBy && name === 'AbortError') return [interrupted, 'interrupted'];
  if (error instanceof CommanderError) return [2, message.replace(/^error: /, '')];
  if (error instanceof UserError) return [2, message];
  // What the operating system refuses is for the user to mend, wherever in the program it comes to light.
  const reason = refusal(code);
  if (reason) return [2, path ? `${path}: ${reason}` : `${reason} (${message})`];
  const hint = process.env.GAPLAB_DEBUG ? '' : ' (GAPLAB_DEBUG=1 shows where)';
  return [1, `${message || name}${hint}`];
}
