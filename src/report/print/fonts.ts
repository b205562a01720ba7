// The font of printed figures, Open Sans, which lies in files by script: which of them a text needs, and what
// is in them.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

export const FAMILY = 'Open Sans';
export type Weight = 400 | 600;

const folder = () => dirname(createRequire(import.meta.url).resolve('@fontsource/open-sans/package.json'));

/** Scripts in the order in which they are looked through; characters of Latin text are in the first alone. */
const scripts = ['latin', 'latin-ext', 'greek', 'math', 'cyrillic', 'vietnamese', 'greek-ext', 'symbols'];

type Ranges = readonly (readonly [from: number, to: number])[];

let known: { script: string; range: string; ranges: Ranges }[] | undefined;
function rangesOfScripts() {
  known ??= (() => {
    const all: Record<string, string> = JSON.parse(readFileSync(join(folder(), 'unicode.json'), 'utf8'));
    return scripts.map((script) => ({
      script,
      range: all[script],
      ranges: all[script].split(',').map((part) => {
        const [from, to = from] = part.slice('U+'.length).split('-');
        return [Number.parseInt(from, 16), Number.parseInt(to, 16)] as const;
      }),
    }));
  })();
  return known;
}

/** The script whose file has the character; null where none has. */
export function scriptOf(character: string): string | null {
  const code = character.codePointAt(0)!;
  const found = rangesOfScripts().find(({ ranges }) => ranges.some(([lo, hi]) => lo <= code && code <= hi));
  return found?.script ?? null;
}

/** The part of a style sheet that a file of this script belongs to. */
export const unicodeRange = (script: string): string =>
  rangesOfScripts().find((one) => one.script === script)!.range;

const read = new Map<string, Buffer>();
export function fontFile(script: string, weight: Weight, kind: 'woff' | 'woff2'): Buffer {
  const name = `open-sans-${script}-${weight}-normal.${kind}`;
  const file = read.get(name) ?? readFileSync(join(folder(), 'files', name));
  read.set(name, file);
  return file;
}

/** The text in pieces of one script each; what no file has is with Latin, where it comes out as a box. */
export function pieces(text: string): { script: string; text: string }[] {
  const found: { script: string; text: string }[] = [];
  for (const character of text) {
    const script = scriptOf(character) ?? scripts[0];
    const last = found.at(-1);
    if (last?.script === script) last.text += character;
    else found.push({ script, text: character });
  }
  return found;
}

/** Fonts are drawn in two weights. */
export const weightOf = (value: string | number | undefined): Weight =>
  value === 'bold' || Number(value) >= 600 ? 600 : 400;
