// The byte-level BPE tokenizer: text to ids and back, id for id as the Rust package
// `tokenizers` does with the same file.
import { UserError } from '../core/errors.ts';
import { Heap } from './heap.ts';
import { byteToChar, wordPattern } from './pretokenize.ts';
import { type BpeModel, parseTokenizer } from './tokenizer-file.ts';

export interface Tokenizer {
  /** One more than the highest id. */
  readonly vocabSize: number;
  /** Id of the token that ends a document. */
  readonly endOfText: number;
  /**
   * Ids of a text. The text of a special token becomes that token; a lone surrogate is read as U+FFFD. Throws
   * UnknownByteError where the vocabulary lacks a byte.
   */
  encode(text: string): Int32Array;
  /** Text of ids; bytes that are not UTF-8 (a token may end inside a character) become U+FFFD. */
  decode(ids: ArrayLike<number>): string;
  /** Bytes of ids, exactly. Throws RangeError for an id outside the vocabulary. */
  decodeBytes(ids: ArrayLike<number>): Uint8Array;
  /** UTF-8 bytes of the text that ids stand for. The end of a document is no text: it has none. */
  bytesIn(ids: ArrayLike<number>): number;
}

/**
 * A text holds a byte that the vocabulary has no token for: `tokenizers` would pass over it without a word.
 */
export class UnknownByteError extends UserError {
  constructor(byte: number, offset: number) {
    super(
      `the tokenizer has no token for byte 0x${byte.toString(16).padStart(2, '0').toUpperCase()} at offset ${offset}; use a tokenizer with all 256 bytes, or leave the text out`,
    );
  }
}

/** Words up to this length are remembered with their ids, at most so many of them (about 100 MB). */
const cachedLength = 64;
const cachedWords = 1 << 19;

/** Tokenizer from the text of a Hugging Face `tokenizer.json`. Throws UserError when it is not supported. */
export function createTokenizer(json: string, name?: string): Tokenizer {
  const model = parseTokenizer(json, name);
  const encodeWord = wordEncoder(model);
  const raw = splitter(model.added.filter((t) => !t.normalized));
  const normalized = splitter(model.added.filter((t) => t.normalized));
  const cache = new Map<string, Int32Array>();
  const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

  const encode = (text: string): Int32Array => {
    let out = new Int32Array(Math.max(16, text.length >> 1));
    let n = 0;
    const emit = (ids: ArrayLike<number>) => {
      if (n + ids.length > out.length) {
        const grown = new Int32Array(2 * (n + ids.length));
        grown.set(out);
        out = grown;
      }
      for (let i = 0; i < ids.length; i++) out[n++] = ids[i];
    };
    const missing = (byte: number, at: number): never => {
      throw new UnknownByteError(byte, decodeBytes(out.subarray(0, n)).length + at);
    };
    const words = (part: string) => {
      for (const [word] of part.matchAll(wordPattern)) {
        let ids = cache.get(word);
        if (ids === undefined) {
          ids = encodeWord(word, missing);
          if (word.length <= cachedLength) {
            if (cache.size >= cachedWords) cache.clear();
            // A match may be a view of the whole text; the copy lets go of it.
            cache.set(Buffer.from(word).toString(), ids);
          }
        }
        emit(ids);
      }
    };
    for (const piece of raw(text.toWellFormed())) {
      if (typeof piece === 'number') emit([piece]);
      else {
        for (const part of normalized(model.normalForm ? piece.normalize(model.normalForm) : piece)) {
          if (typeof part === 'number') emit([part]);
          else words(part);
        }
      }
    }
    return out.slice(0, n);
  };

  const missing = (id: number): never => {
    throw new RangeError(`token id ${id} is not in the vocabulary of ${model.vocabSize}`);
  };
  const decodeBytes = (ids: ArrayLike<number>): Uint8Array => {
    return Buffer.concat(Array.from(ids, (id) => model.bytes[id] ?? missing(id)));
  };
  const bytesIn = (ids: ArrayLike<number>): number => {
    let sum = 0;
    for (let i = 0; i < ids.length; i++)
      if (ids[i] !== model.endOfText) sum += (model.bytes[ids[i]] ?? missing(ids[i])).length;
    return sum;
  };
  return {
    vocabSize: model.vocabSize,
    endOfText: model.endOfText,
    encode,
    decodeBytes,
    bytesIn,
    decode: (ids) => utf8.decode(decodeBytes(ids)),
  };
}

/** Cuts a text at added tokens (leftmost first, of those the longest): strings between them, ids for them. */
function splitter(added: BpeModel['added']): (text: string) => Iterable<string | number> {
  if (added.length === 0) return (text) => [text];
  const idOf = new Map(added.map((t) => [t.content, t.id]));
  const longestFirst = [...idOf.keys()].sort((a, b) => b.length - a.length);
  const pattern = new RegExp(`(${longestFirst.map((c) => RegExp.escape(c)).join('|')})`, 'u');
  return (text) => text.split(pattern).map((piece, i) => (i % 2 === 1 ? idOf.get(piece)! : piece));
}

/**
 * Ids of one word: the applicable merge of the lowest rank first, the leftmost of equals, until none applies.
 */
function wordEncoder(
  model: BpeModel,
): (word: string, missing: (byte: number, at: number) => never) => Int32Array {
  const key = (a: number, b: number) => a * 0x4000000 + b;
  const rules = new Map(model.merges.map(([a, b, id], rank) => [key(a, b), { rank, id }]));

  return (word, missing) => {
    const bytes = Buffer.from(word);
    const known = model.whole?.get(Array.from(bytes, (b) => byteToChar[b]).join(''));
    if (known !== undefined) return Int32Array.of(known);
    // A doubly linked list of symbols: `next` and `prev` are positions, id -1 marks
    // a symbol merged into its left neighbour.
    const n = bytes.length;
    const ids = Int32Array.from(bytes, (b) => model.idOfByte[b]);
    if (!model.isComplete && ids.includes(-1)) missing(bytes[ids.indexOf(-1)], ids.indexOf(-1));
    const next = Int32Array.from(ids, (_, i) => i + 1);
    const prev = Int32Array.from(ids, (_, i) => i - 1);
    // Queue entries are rank * 2^32 + position: exact in a double, and ordered as wanted.
    const queue = new Heap<number>((a, b) => a < b);
    const consider = (i: number) => {
      if (i < 0 || next[i] >= n) return;
      const rule = rules.get(key(ids[i], ids[next[i]]));
      if (rule) queue.push(rule.rank * 4294967296 + i);
    };
    for (let i = 0; i + 1 < n; i++) consider(i);
    for (let entry = queue.pop(); entry !== undefined; entry = queue.pop()) {
      const i = entry % 4294967296;
      const right = next[i];
      if (ids[i] < 0 || right >= n) continue;
      const rule = rules.get(key(ids[i], ids[right]));
      if (rule === undefined || rule.rank !== Math.floor(entry / 4294967296)) continue;
      ids[i] = rule.id;
      ids[right] = -1;
      next[i] = next[right];
      if (next[i] < n) prev[next[i]] = i;
      consider(prev[i]);
      consider(i);
    }
    return ids.filter((id) => id >= 0);
  };
}
