// tokenizer.json of other makers: the shapes of GPT-2, GPT-NeoX and Llama 3 vocabularies, and refusals that name their reason.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { Tokenizer as Reference } from 'tokenizers';
import { UserError } from '../core/errors.ts';
import { createTokenizer } from './bpe.ts';
import { trainBpe, WordCounts } from './bpe-train.ts';
import { openCorpus } from './corpus.ts';

const words = new WordCounts();
const sample = readFileSync(openCorpus('sotu').files[3].path, 'utf8');
words.add(sample);
const base = trainBpe(words, 600);

// biome-ignore lint/suspicious/noExplicitAny: tests change files of many shapes
type File = any;
const variant = (change: (file: File) => void): string => {
  const file = JSON.parse(base);
  change(file);
  return JSON.stringify(file);
};
const flags = { single_word: false, lstrip: false, rstrip: false };

async function agrees(json: string, pieces: string[]) {
  const ours = createTokenizer(json);
  const reference = Reference.fromString(json);
  const text = fc
    .array(
      fc.oneof(
        fc.string({ unit: 'grapheme', maxLength: 12 }),
        fc.tuple(fc.nat(sample.length), fc.nat(40)).map(([at, n]) => sample.slice(at, at + n)),
        fc.constantFrom(...pieces),
      ),
      { maxLength: 10 },
    )
    .map((list) => list.join(''));
  await fc.assert(
    fc.asyncProperty(text, async (s) => {
      const ids = ours.encode(s);
      assert.deepEqual([...ids], (await reference.encode(s, null, { addSpecialTokens: false })).getIds());
      assert.equal(ours.decode(ids), await reference.decode([...ids], false));
    }),
    { numRuns: 300 },
  );
  return ours;
}

test('GPT-2: merges as strings, the special token at the end', async () => {
  const json = variant((file) => {
    const { vocab, merges } = file.model;
    delete vocab['<|endoftext|>'];
    for (const token of Object.keys(vocab)) vocab[token]--;
    vocab['<|endoftext|>'] = 599;
    file.added_tokens[0].id = 599;
    file.model.merges = merges.map((m: string[]) => m.join(' '));
    delete file.model.type;
    file.pre_tokenizer = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true };
    file.post_processor = { type: 'ByteLevel', add_prefix_space: true, trim_offsets: false };
  });
  // The package wants the type; files of GPT-2's first years have none.
  assert.equal(createTokenizer(json).endOfText, 599);
  const ours = await agrees(json.replace('"model":{', '"model":{"type":"BPE",'), [
    '<|endoftext|>',
    ' ',
    '\n',
  ]);
  assert.equal(ours.vocabSize, 600);
});

test('GPT-NeoX: NFC, and added tokens for runs of spaces', async () => {
  const json = variant((file) => {
    file.normalizer = { type: 'NFC' };
    for (let n = 24; n > 1; n--) {
      file.added_tokens.push({
        id: 600 + 24 - n,
        content: ' '.repeat(n),
        ...flags,
        normalized: true,
        special: false,
      });
    }
    file.added_tokens.push({ id: 623, content: '<|padding|>', ...flags, normalized: false, special: true });
    file.added_tokens.push({ id: 624, content: 'e\u0301ł', ...flags, normalized: true, special: false });
  });
  const ours = await agrees(json, [
    '  ',
    '      ',
    ' '.repeat(30),
    '<|padding|>',
    '<|endoftext|>',
    'e\u0301',
    'é',
    '\u1100\u1161',
    'e',
  ]);
  assert.equal(ours.vocabSize, 625);
});

test('Llama 3: words that are tokens, whatever the merges say', async () => {
  const json = variant((file) => {
    file.model.ignore_merges = true;
    file.model.vocab.Ġqxz = 600;
    file.model.vocab.Congress = 601;
    file.added_tokens[0] = { ...file.added_tokens[0], content: '<|end_of_text|>', id: 602 };
  });
  const ours = await agrees(json, [' qxz', 'Congress', ' qxzq', '<|end_of_text|>']);
  assert.equal(ours.endOfText, 602);
});

test('tokens that plain objects know by name are tokens like others', async () => {
  const json = variant((file) => {
    file.model.vocab.constructor = 600;
    file.model.vocab.toString = 601;
  }).replace('"vocab":{', '"vocab":{"__proto__":602,');
  await agrees(json, ['constructor', '__proto__', 'toString']);
  assert.equal(createTokenizer(json).decode([602, 600]), '__proto__constructor');
});

test('what is not supported is named', () => {
  const refused: [RegExp, (file: File) => void][] = [
    [/model type Unigram/, (f) => (f.model.type = 'Unigram')],
    [/dropout/, (f) => (f.model.dropout = 0.1)],
    [/continuing_subword_prefix/, (f) => (f.model.continuing_subword_prefix = '##')],
    [/end_of_word_suffix/, (f) => (f.model.end_of_word_suffix = '</w>')],
    [/byte_fallback/, (f) => (f.model.byte_fallback = true)],
    [/pre-tokenizer Whitespace/, (f) => (f.pre_tokenizer = { type: 'Whitespace' })],
    [/pre-tokenizer none/, (f) => (f.pre_tokenizer = null)],
    [/add_prefix_space/, (f) => (f.pre_tokenizer.add_prefix_space = true)],
    [/use_regex/, (f) => (f.pre_tokenizer.use_regex = false)],
    [/decoder WordPiece/, (f) => (f.decoder = { type: 'WordPiece' })],
    [/normalizer Lowercase/, (f) => (f.normalizer = { type: 'Lowercase' })],
    [/lstrip/, (f) => (f.added_tokens[0].lstrip = true)],
    [/no added token that ends a document/, (f) => (f.added_tokens = [])],
    [/no token for byte 66/, (f) => delete f.model.vocab.B],
    [/a merge needs the token "zq"/, (f) => f.model.merges.push(['z', 'q'])],
    [/is not a pair/, (f) => f.model.merges.push('a b c')],
    [/model\.vocab/, (f) => (f.model.vocab = 3)],
    [/too large/, (f) => (f.added_tokens[0].id = 1e9)],
  ];
  for (const [pattern, change] of refused) {
    assert.throws(
      () => createTokenizer(variant(change), 'my.json'),
      (e: Error) =>
        e instanceof UserError &&
        e.message.startsWith('my.json: ') &&
        pattern.test(e.message) &&
        !e.message.includes('\n'),
      String(pattern),
    );
  }
  for (const text of ['', 'text', '[]', 'null', '{}']) assert.throws(() => createTokenizer(text), UserError);
});
