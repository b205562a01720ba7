// Progress on stderr: live bars with the time to go on a terminal (cli-progress),
// now and then a plain line elsewhere.
import { createRequire } from 'node:module';
import { stripVTControlCharacters, styleText } from 'node:util';
import type { MultiBar, SingleBar } from 'cli-progress';
import { visibleLines } from '../core/shown.ts';
import { asciiStyle, type BarState, type BarStyle, barLine, plainLine, unicodeStyle } from './bar-line.ts';
import { wrapText } from './wrap.ts';

export interface BarOptions {
  /** What is counted, e.g. `runs`. */
  unit?: string;
  /**
   * A piece of the work under a bar that stands for the whole: shown on terminals only,
   * and removed when done.
   */
  detail?: boolean;
  /** Where counting starts, e.g. the step a run resumes at; it does not count as progress made now. */
  start?: number;
}

export interface BarChange {
  note?: string;
  total?: number;
  /** Seconds to go, when the caller knows better than the average pace so far. */
  eta?: number;
}

export interface Bar {
  update(value: number, change?: BarChange): void;
  /**
   * Marks the bar as finished at its current value: it stays on screen with the time
   * it took (a detail bar goes away).
   */
  done(note?: string): void;
}

export interface ProgressBars {
  bar(name: string, total: number, options?: BarOptions): Bar;
  /** One line of text, above the bars on a terminal. */
  line(text: string): void;
  /** The same for text with escape sequences of ours. */
  styled(text: string): void;
  /**
   * Leaves the terminal as it was, the last state of the bars on it. Further calls
   * are allowed and start anew.
   */
  stop(): void;
}

export interface ProgressOptions {
  /** Draw bars? Default: `stream` is a terminal that can move its cursor. */
  tty?: boolean;
  stream?: NodeJS.WriteStream;
  /** Seconds between two plain lines. */
  every?: number;
}

type LiveState = BarState & {
  started: number;
  start: number;
  etaSet: { at: number; seconds: number } | null;
};

const now = () => performance.now() / 1000;

/**
 * Progress on `stream` (stderr): bars when it is a terminal, plain lines at most
 * every `every` (5) seconds when not.
 */
export function createProgress(options: ProgressOptions = {}): ProgressBars {
  const stream = options.stream ?? process.stderr;
  const tty = options.tty ?? (stream.isTTY === true && process.env.TERM !== 'dumb');
  return tty ? terminalProgress(stream) : plainProgress(stream, options.every ?? 5);
}

function newState(name: string, total: number, { unit = '', start = 0 }: BarOptions): LiveState {
  return {
    name,
    value: start,
    total,
    unit,
    note: '',
    elapsed: 0,
    eta: null,
    finished: false,
    started: now(),
    start,
    etaSet: null,
  };
}

function change(state: LiveState, value: number, { note, total, eta }: BarChange): void {
  state.value = value;
  if (note !== undefined) state.note = note;
  if (total !== undefined) state.total = total;
  if (eta !== undefined) state.etaSet = { at: now(), seconds: eta };
}

/**
 * Brings the clock fields up to date: the caller's ETA counts down, else the average
 * pace since the start decides.
 */
function tick(state: LiveState): LiveState {
  if (state.finished) return state;
  state.elapsed = now() - state.started;
  const made = state.value - state.start;
  if (state.etaSet) state.eta = Math.max(0, state.etaSet.seconds - (now() - state.etaSet.at));
  else if (made > 0) state.eta = (state.elapsed / made) * Math.max(0, state.total - state.value);
  return state;
}

function finish(state: LiveState, note: string | undefined): void {
  tick(state);
  state.finished = true;
  if (note !== undefined) state.note = note;
}

function plainProgress(stream: NodeJS.WriteStream, every: number): ProgressBars {
  let last = now();
  let whole: LiveState | undefined;
  const print = (text: string) => stream.write(`${stripVTControlCharacters(text)}\n`);
  return {
    bar(name, total, options = {}) {
      const state = newState(name, total, options);
      if (!options.detail) whole = state;
      return {
        update(value, changes = {}) {
          change(state, value, changes);
          // A piece that moves is a sign of life of the whole, which is what gets printed.
          const subject = options.detail ? whole : state;
          if (!subject || subject.finished || now() - last < every) return;
          last = now();
          print(plainLine(tick(subject)));
        },
        done(note) {
          if (state.finished) return;
          finish(state, note);
          if (!options.detail) print(plainLine(state));
        },
      };
    },
    line: (text) => print(visibleLines(stripVTControlCharacters(text))),
    styled: print,
    stop() {},
  };
}

/**
 * Colors as NO_COLOR, FORCE_COLOR and TERM say (hasColors knows them), line drawing where the locale has it.
 */
function terminalStyle(stream: NodeJS.WriteStream): BarStyle {
  const { LC_ALL, LC_CTYPE, LANG } = process.env;
  const unicode = process.platform !== 'linux' || /utf-?8/i.test(LC_ALL || LC_CTYPE || LANG || '');
  const style = unicode ? unicodeStyle : asciiStyle;
  if (!stream.hasColors?.()) return style;
  return {
    ...style,
    done: (cells) => styleText('green', style.done(cells), { validateStream: false }),
    rest: (cells) => styleText('gray', style.rest(cells), { validateStream: false }),
  };
}

function terminalProgress(stream: NodeJS.WriteStream): ProgressBars {
  const style = terminalStyle(stream);
  const shown = new Map<SingleBar, { state: LiveState; detail: boolean }>();
  let bars: MultiBar | undefined;

  const draw = (state: LiveState) => {
    const nameWidth = Math.max(...[...shown.values()].map((one) => one.state.name.length));
    return barLine(tick(state), stream.columns || 80, style, nameWidth);
  };
  const stop = () => {
    if (!bars) return;
    process.off('exit', stop);
    bars.update(); // writes lines that still wait; stop() alone would drop them
    bars.stop();
    bars = undefined;
    // The library would cut the last drawing in the middle of a color; these lines are ours.
    for (const { state, detail } of shown.values()) if (!detail) stream.write(`${draw(state)}\n`);
    shown.clear();
  };
  const open = () => {
    if (bars) return bars;
    // Loaded here: `--help` and `doctor` draw no bars and should not wait for it.
    const { MultiBar } = createRequire(import.meta.url)('cli-progress') as typeof import('cli-progress');
    bars = new MultiBar({
      stream,
      fps: 5,
      hideCursor: true,
      clearOnComplete: true,
      forceRedraw: true, // else a line written above would leave bars that did not change undrawn
      format: (_options, _params, state) => draw(state as LiveState),
    });
    process.on('exit', stop); // gives the cursor and line wrapping back whatever happens
    return bars;
  };

  const say = (text: string) => {
    // What is said after the last bar is done belongs below the bars.
    if ([...shown.values()].every(({ state }) => state.finished)) stop();
    // Bars run with line wrapping off; a long message shall wrap, and start on a cleared
    // screen below the cursor.
    const wrapped = wrapText(text, stream.columns || 80);
    if (bars) bars.log(`\x1b[?7h\x1b[J${wrapped}\n\x1b[?7l`);
    else stream.write(`${wrapped}\n`);
  };

  return {
    bar(name, total, options = {}) {
      const state = newState(name, total, options);
      const group = open();
      const handle = group.create(total, 0, state);
      shown.set(handle, { state, detail: options.detail === true });
      return {
        update: (value, changes = {}) => change(state, value, changes),
        done(note) {
          if (state.finished) return;
          finish(state, note);
          if (options.detail && shown.delete(handle)) group.remove(handle);
        },
      };
    },
    line: (text) => say(visibleLines(text)),
    styled: say,
    stop,
  };
}
