// Learns a byte-level BPE vocabulary from text: words are counted once, then the most frequent
// pair is merged, over and over, with the pair counts kept up to date (Sennrich et al., arXiv 1508.07909;
// byte level as in GPT-2).
import { UserError } from '../core/errors.ts';
import { Heap } from './heap.ts';
import { byteOrder, byteToChar, wordPattern } from './pretokenize.ts';
import { endOfText, tokenizerJson } from './tokenizer-file.ts';

/**
 * A word longer than this is cut for counting, so that text without spaces does
 * not become one word of megabytes.
 */
const maxWord = 256;
/** A pair seen once saves one token in the whole text: not worth a row of the embedding. */
const minCount = 2;
/** Special token and bytes. */
const baseVocab = 257;

/**
 * How often each word occurs. `add` takes texts one after the other; memory grows
 * with the distinct words only.
 */
export class WordCounts {
  readonly counts = new Map<string, number>();

  add(text: string): void {
    const { counts } = this;
    for (const part of text.toWellFormed().split(endOfText)) {
      for (const [word] of part.matchAll(wordPattern)) {
        if (word.length <= maxWord) counts.set(word, (counts.get(word) ?? 0) + 1);
        else {
          for (let i = 0; i < word.length; i += maxWord) {
            const piece = word.slice(i, i + maxWord).toWellFormed();
            counts.set(piece, (counts.get(piece) ?? 0) + 1);
          }
        }
      }
    }
  }
}

interface Pair {
  a: number;
  b: number;
  /** Occurrences in the text. */
  count: number;
  /** Words (indices) that have or once had the pair; may hold repetitions. */
  words: number[];
}

/**
 * An entry of the queue: the pair and its count when it was queued. Out of date
 * entries are queued again when popped.
 */
interface Queued {
  pair: Pair;
  count: number;
}

/**
 * Learns `vocabSize` tokens: `<|endoftext|>` (id 0), the 256 bytes, then one token per merge.
 * Ties go to the pair with the lowest ids, first the left one, so that the same
 * text always gives the same vocabulary. Returns the text of a Hugging Face `tokenizer.json`.
 * Throws UserError when the text has too few repetitions for that many tokens.
 */
export function trainBpe(words: WordCounts, vocabSize: number): string {
  if (!Number.isInteger(vocabSize) || vocabSize < baseVocab) {
    throw new UserError(
      `vocabulary size ${vocabSize}: must be a whole number of at least ${baseVocab} (the bytes and ${endOfText})`,
    );
  }
  const tokens = [endOfText, ...byteOrder.map((b) => byteToChar[b])];
  const merges: [string, string][] = [];
  const { pairs, merge } = countPairs(words);
  const queue = new Heap<Queued>((x, y) => {
    if (x.count !== y.count) return x.count > y.count;
    return x.pair.a !== y.pair.a ? x.pair.a < y.pair.a : x.pair.b < y.pair.b;
  });
  for (const pair of pairs.values()) queue.push({ pair, count: pair.count });

  while (tokens.length < vocabSize) {
    const top = queue.pop();
    if (top === undefined || top.count < minCount) {
      throw new UserError(
        `the training text allows a vocabulary of at most ${tokens.length} tokens, not ${vocabSize}: ask for that many or fewer, or give more text`,
      );
    }
    const { pair } = top;
    if (pair.count !== top.count) {
      if (pair.count > 0) queue.push({ pair, count: pair.count });
      continue;
    }
    merges.push([tokens[pair.a], tokens[pair.b]]);
    // Always a new string: how a piece of text is merged before it becomes one token
    // does not depend on what is around it.
    const id = tokens.push(tokens[pair.a] + tokens[pair.b]) - 1;
    for (const grown of merge(pair, id)) if (grown.count > 0) queue.push({ pair: grown, count: grown.count });
  }
  return tokenizerJson(tokens, merges);
}

/**
 * All words as token ids, with the counts of the adjacent pairs; `merge` rewrites
 * words and returns the pairs it touched.
 */
function countPairs(words: WordCounts) {
  const symbols: Uint32Array[] = [];
  const counts: number[] = [];
  const pairs = new Map<number, Pair>();
  const touched = new Set<Pair>();
  const idOfByte = new Uint32Array(256);
  byteOrder.forEach((b, i) => {
    idOfByte[b] = i + 1;
  });

  // Adds the pairs of one word `times` times (negative: takes them away).
  const tally = (word: number, times: number) => {
    const ids = symbols[word];
    for (let i = 0; i + 1 < ids.length; i++) {
      const key = ids[i] * 0x4000000 + ids[i + 1];
      let pair = pairs.get(key);
      if (pair === undefined) pairs.set(key, (pair = { a: ids[i], b: ids[i + 1], count: 0, words: [] }));
      pair.count += times;
      if (times > 0) {
        if (pair.words.at(-1) !== word) pair.words.push(word);
        touched.add(pair);
      }
    }
  };
  for (const [word, count] of words.counts) {
    symbols.push(Uint32Array.from(Buffer.from(word), (byte) => idOfByte[byte]));
    tally(counts.push(count) - 1, count);
  }

  const merge = ({ a, b, words: holders }: Pair, id: number): Iterable<Pair> => {
    touched.clear();
    for (const word of new Set(holders)) {
      const ids = symbols[word];
      let n = 0;
      const merged = new Uint32Array(ids.length);
      for (let i = 0; i < ids.length; i++) {
        const hit = ids[i] === a && ids[i + 1] === b;
        merged[n++] = hit ? id : ids[i];
        if (hit) i++;
      }
      if (n === ids.length) continue;
      tally(word, -counts[word]);
      symbols[word] = merged.slice(0, n);
      tally(word, counts[word]);
    }
    return touched;
  };
  return { pairs, merge };
}
