// Reads what a script says while it trains: JSON lines, or lines of output that regular expressions know.
import type { MetricsConfig } from '../train/script-config.ts';
import { type EndRecord, endRecord } from './contract.ts';
import { numberOf, objectIn } from './values.ts';

/** What one line says. */
export interface Said {
  step?: number;
  tokens?: number;
  /** Training loss, and the objective. */
  loss?: number;
  valLoss?: number;
  lr?: number;
  gradNorm?: number;
  /** `interrupted`: the script saved what it has and ends before the run does. */
  event?: 'interrupted';
  end?: EndRecord;
}

/** What a line may say, by the names of groups and of keys. */
export const METRIC_NAMES = ['step', 'tokens', 'loss', 'valLoss', 'lr', 'gradNorm'] as const;
type Name = (typeof METRIC_NAMES)[number];

export interface MetricsReader {
  /** A line of the file of metrics. */
  metrics(line: string): Said | undefined;
  /** A line of output. */
  output(line: string): Said | undefined;
  /** What was seen so far, for people: which keys, and values of the objective that are no numbers. */
  seen(): string;
}

export function createReader(config: MetricsConfig): MetricsReader {
  const patterns = Array.isArray(config.stdout) ? config.stdout.map(patternOf) : [];
  const keys = new Set<string>();
  let unusable: string | undefined;
  let refused: string | undefined;
  let printed: { lines: number; last: string } = { lines: 0, last: '' };

  const fromValues = (told: (name: Name) => unknown): Said => {
    const said: Said = {};
    for (const name of METRIC_NAMES) {
      const value = told(name);
      // A key without a value is one that was not measured on this line.
      if (value === undefined || value === null) continue;
      const number = numberOf(value);
      if (number !== undefined) said[name] = number;
      else if (name === 'valLoss') unusable = String(value);
    }
    return said;
  };

  const fromObject = (line: string): Said | undefined => {
    const object = objectIn(line);
    if (!object) return undefined;
    for (const [key, value] of Object.entries(object)) keys.add(value === null ? `${key} (null)` : key);
    const own: Partial<Record<Name, string>> = {
      ...{ step: config.step, tokens: config.tokens, loss: config.loss, valLoss: config.value },
    };
    const said = fromValues(
      (name) => object[own[name] ?? name] ?? (name === 'step' ? undefined : object[name]),
    );
    if (object.event === 'interrupted') said.event = 'interrupted';
    if (object.event === 'end') {
      const parsed = endRecord.safeParse(object);
      if (parsed.success) said.end = parsed.data;
      else refused = 'an end record needs "status": "done", "diverged" or "failed"';
    }
    return said;
  };

  const fromPatterns = (line: string): Said | undefined => {
    for (const pattern of patterns) {
      const found = pattern(line);
      if (!found) continue;
      for (const name of Object.keys(found)) keys.add(name);
      return fromValues((name) => found[name]);
    }
    return undefined;
  };

  /** What it printed instead. */
  const instead = (): string => {
    const { lines, last } = printed;
    if (lines === 0) return 'it printed nothing';
    return `it printed ${lines} line${lines === 1 ? '' : 's'}, the last one "${last.trim().slice(0, 60)}"`;
  };

  return {
    metrics: fromObject,
    output(line) {
      if (line.trim() !== '') printed = { lines: printed.lines + 1, last: line };
      return config.stdout === 'json' ? fromObject(line) : fromPatterns(line);
    },
    seen() {
      const what =
        keys.size > 0 ? `seen were ${[...keys].join(', ')}` : `no metric was seen at all: ${instead()}`;
      const bad =
        unusable === undefined ? '' : `; ${config.value} was "${unusable.slice(0, 40)}", which is no number`;
      return `${what}${bad}${refused ? `; ${refused}` : ''}`;
    },
  };
}

/** Group names of a regular expression. */
export const groupsOf = (source: string): string[] =>
  [...source.matchAll(/\(\?<([A-Za-z_$][\w$]*)>/g)].map(([, name]) => name);

/**
 * The named groups of a line. A group that was written for digits also finds `nan` and `inf`,
 * and reads a number to its end: `[\d.]+` finds only the 1 of `1e5`.
 */
function patternOf(source: string): (line: string) => Partial<Record<string, string>> | undefined {
  const usual = new RegExp(source, 'd');
  const lost = new RegExp(withGroups(source, '[-+]?(?:[nN][aA][nN]|[iI][nN][fF](?:inity)?)\\b'), 'd');
  return (line) => {
    const found = usual.exec(line) ?? lost.exec(line);
    if (!found?.groups) return undefined;
    return Object.fromEntries(
      Object.entries(found.groups).map(([name, text]) => {
        const end = found.indices?.groups?.[name]?.[1];
        const rest = text === undefined || end === undefined ? '' : line.slice(end);
        return [name, text === undefined ? undefined : text + (tailOf(text, rest) ?? '')];
      }),
    );
  };
}

/** What of `rest` still belongs to the number that `text` begins. */
function tailOf(text: string, rest: string): string | undefined {
  if (!/\d$/.test(text)) return undefined;
  return /^(\.\d+)?([eE][-+]?\d+)?/.exec(rest)?.[0];
}

/** The expression with another content in the groups of losses. */
function withGroups(source: string, content: string): string {
  let made = '';
  let at = 0;
  for (const { index, 0: head } of source.matchAll(/\(\?<(?:loss|valLoss)>/g)) {
    if (index < at) continue;
    const end = closing(source, index + 1);
    if (end === undefined) return source;
    made += `${source.slice(at, index)}${head}${content})`;
    at = end + 1;
  }
  return made + source.slice(at);
}

/** Where the bracket closes that was opened before `from`. */
function closing(source: string, from: number): number | undefined {
  let [depth, inClass] = [1, false];
  for (let i = from; i < source.length; i++) {
    const char = source[i];
    if (char === '\\') i++;
    else if (inClass) inClass = char !== ']';
    else if (char === '[') inClass = true;
    else if (char === '(') depth++;
    else if (char === ')' && --depth === 0) return i;
  }
  return undefined;
}
