// Cuts a stream of text into documents: at `<|endoftext|>`, and long texts at blank lines.
import { endOfText } from './tokenizer-file.ts';

export interface CutRule {
  /** A document longer than this (in UTF-16 units, about bytes) is cut ... */
  longest: number;
  /** ... into parts of about this length. */
  part: number;
}

const hasText = /\S/u;

/**
 * Cuts a text that arrives in pieces: `add` gives the documents that are complete, `end` the rest.
 * Nothing is lost but separators and documents of white space only.
 */
export function createCutter({ longest, part }: CutRule) {
  let buffer = '';
  // Inside a document that is being cut: its rest is cut too, however short.
  let cutting = false;
  function* drain(end: number): Generator<string> {
    let document = buffer.slice(0, end);
    while (document.length > (cutting ? 2 * part : longest)) {
      cutting = true;
      const at = cutPoint(document, part);
      yield document.slice(0, at);
      document = document.slice(at);
    }
    yield document;
  }
  function* cut(chunk: string): Generator<string> {
    // A separator may begin in the text already held.
    let from = Math.max(0, buffer.length - endOfText.length);
    buffer += chunk;
    for (let at = buffer.indexOf(endOfText, from); at >= 0; at = buffer.indexOf(endOfText, from)) {
      yield* drain(at);
      buffer = buffer.slice(at + endOfText.length);
      cutting = false;
      from = 0;
    }
    // `2 * part` beyond what is cut away keeps a separator that has only half arrived.
    while (buffer.length > (cutting ? 4 * part : longest + 2 * part)) {
      cutting = true;
      const at = cutPoint(buffer, part);
      yield buffer.slice(0, at);
      buffer = buffer.slice(at);
    }
  }
  return {
    *add(chunk: string): Generator<string> {
      for (const document of cut(chunk)) if (hasText.test(document)) yield document;
    },
    *end(): Generator<string> {
      for (const document of drain(buffer.length)) if (hasText.test(document)) yield document;
    },
  };
}

/** The documents of a text given piece by piece, in order. */
export function* cutDocuments(pieces: Iterable<string>, rule: CutRule): Generator<string> {
  const cutter = createCutter(rule);
  for (const piece of pieces) yield* cutter.add(piece);
  yield* cutter.end();
}

/**
 * Where to end a part of about `part`: after a blank line, else a line, else a space,
 * else anywhere but inside a character.
 */
function cutPoint(text: string, part: number): number {
  const window = text.slice(part, 2 * part);
  for (const pattern of [/\n[ \t\r]*\n\s*/u, /\n/u, /\s/u]) {
    const found = pattern.exec(window);
    if (found) return part + found.index + found[0].length;
  }
  const code = text.charCodeAt(2 * part - 1);
  return code >= 0xd800 && code < 0xdc00 ? 2 * part - 1 : 2 * part;
}
