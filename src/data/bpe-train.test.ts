// The trainer, against a recording of Hugging Face's and against the plainest implementation
// of the same rule.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { UserError } from '../core/errors.ts';
import { createRng } from '../core/rng.ts';
import { trainBpe, WordCounts } from './bpe-train.ts';
import { byteOrder, byteToChar, wordPattern } from './pretokenize.ts';

const train = (text: string, vocabSize: number) => {
  const words = new WordCounts();
  words.add(text);
  const { model } = JSON.parse(trainBpe(words, vocabSize));
  return {
    merges: model.merges.map((m: string[]) => m.join(' ')) as string[],
    vocab: model.vocab as Record<string, number>,
  };
};
/** The largest vocabulary the text allows, from the message that refuses more. */
const most = (text: string): number => {
  try {
    train(text, 60_000);
  } catch (e) {
    assert.ok(e instanceof UserError);
    return Number(/at most (\d+) tokens/.exec(e.message)![1]);
  }
  throw new Error('the text allows 60,000 tokens');
};

const cats =
  "the cat sat on the mat; the hat that the cat sat on isn't the hat. aaaa aaa abab abab babab abcabc bcabc\n\n  déjà déjà 12 1212 12\n".repeat(
    3,
  );

test('the merges are those of the Python package tokenizers', () => {
  // tokenizers 0.23.3: BpeTrainer(vocab_size=330, min_frequency=2, special_tokens=['<|endoftext|>'],
  // initial_alphabet=ByteLevel.alphabet()) with ByteLevel(add_prefix_space=False).
  // It ran out of pairs at 302 tokens.
  const recorded =
    'a b,a t,t h,a a,Ġ th,1 2,Ġth e,Ġ ab,Ġ 12,c ab,c at,d Ã,h at,j Ã,o n,s at,© jÃ,Ġ b,Ġ aa,Ġ cat,Ġ dÃ,Ġ hat,Ġ on,Ġ sat,Ġab ab,cab c,' +
    "©jÃ ł,ĠdÃ ©jÃł,' t,i s,m at,Ċ Ċ,Ġ is,Ġ mat,ab ab,th e,Ġth at,Ġab cabc,Ġ12 12,Ġb cabc,Ġb abab,Ġaa a,Ġaa aa,ĊĊ Ġ,Ġis n";
  assert.equal(most(cats), 302);
  const { merges, vocab } = train(cats, 302);
  assert.deepEqual(merges, recorded.split(','));
  assert.equal(vocab['<|endoftext|>'], 0);
  assert.equal(vocab['!'], 1);
  assert.equal(vocab.ab, 257);
});

test('a smaller vocabulary is the beginning of a larger one', () => {
  const large = train(cats, 302).merges;
  for (const size of [257, 258, 280]) assert.deepEqual(train(cats, size).merges, large.slice(0, size - 257));
});

test('counting once and updating gives what counting anew at every merge gives', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('a', 'b', 'ab', 'aa', 'c', ' ', 'é', '語', '😀', '\n'), {
        minLength: 20,
        maxLength: 200,
      }),
      (list) => {
        const text = list.join('');
        const size = most(text);
        const { merges, vocab } = train(text, size);
        assert.deepEqual(merges, naive(text, size));
        assert.equal(Object.keys(vocab).length, size);
      },
    ),
  );
});

/** The same rule with everything counted anew each time. */
function naive(text: string, vocabSize: number): string[] {
  let words = Array.from(text.match(wordPattern) ?? [], (w) =>
    Array.from(Buffer.from(w), (b) => byteToChar[b]),
  );
  const ids = new Map(byteOrder.map((b, i) => [byteToChar[b], i + 1]));
  const merges: string[] = [];
  while (ids.size + 1 < vocabSize) {
    const counts = new Map<string, number>();
    for (const w of words)
      for (let i = 0; i + 1 < w.length; i++)
        counts.set(`${w[i]} ${w[i + 1]}`, (counts.get(`${w[i]} ${w[i + 1]}`) ?? 0) + 1);
    const rank = (pair: string) => pair.split(' ').map((t) => ids.get(t)!);
    const [best] = [...counts].sort(
      ([p, m], [q, n]) => n - m || rank(p)[0] - rank(q)[0] || rank(p)[1] - rank(q)[1],
    )[0];
    const [a, b] = best.split(' ');
    merges.push(best);
    if (!ids.has(a + b)) ids.set(a + b, ids.size + 1);
    words = words.map((w) => {
      const out: string[] = [];
      for (let i = 0; i < w.length; i++) out.push(w[i] === a && w[i + 1] === b ? w[i] + w[++i] : w[i]);
      return out;
    });
  }
  return merges;
}

test('text arrives in any pieces that end where words end, and document ends are no text', () => {
  const words = new WordCounts();
  for (const line of cats.split(/(?<=\n)(?=the)/)) words.add(`<|endoftext|>${line}<|endoftext|>`);
  assert.deepEqual(
    JSON.parse(trainBpe(words, 302)).model.merges.map((m: string[]) => m.join(' ')),
    train(cats, 302).merges,
  );
});

test('text without spaces is counted in pieces, so that a merge touches no more of it than of any other', () => {
  const rng = createRng(1, 'dna');
  const dna = Array.from({ length: 60_000 }, () => 'acgt'[rng.below(4)]).join('');
  const words = new WordCounts();
  words.add(dna);
  // One word of all letters would be walked through, whole, at every merge.
  assert.ok([...words.counts.keys()].every((word) => word.length <= 256));
  assert.equal(
    [...words.counts].reduce((sum, [word, count]) => sum + count * word.length, 0),
    dna.length,
  );
  words.add('é'.repeat(1000));
  assert.ok([...words.counts.keys()].every((word) => word.length <= 256 && word.isWellFormed()));
  const { model } = JSON.parse(trainBpe(words, 300));
  assert.equal(Object.keys(model.vocab).length, 300);
});

test('a vocabulary larger than the text allows, or too small, is told in one line', () => {
  for (const [text, size, pattern] of [
    ['abc', 300, /at most 257 tokens, not 300/],
    ['', 258, /at most 257/],
    ['abc', 256, /must be a whole number of at least 257/],
    ['abc', 300.5, /whole number/],
    ['abc', Number.NaN, /whole number/],
  ] as const) {
    assert.throws(
      () => train(text, size),
      (e: Error) => e instanceof UserError && pattern.test(e.message) && !e.message.includes('\n'),
    );
  }
});
