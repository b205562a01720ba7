// tokenizer.json of other makers: the shapes of GPT-2, GPT-NeoX and Llama 3 vocabularies,
// and refusals that name their reason.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { Tokenizer as Reference } from 'tokenizers';
import { UserError } from '../core/errors.ts';
import { createTokenizer, UnknownByteError } from './bpe.ts';
import { trainBpe, WordCounts } from './bpe-train.ts';
import { openCorpus } from './corpus.ts';
import { byteToChar, charToByte } from './pretokenize.ts';

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

// biome-ignore lint/suspicious/noExplicitAny: parts of many shapes
const sequence = (name: string, ...parts: any[]) => ({ type: 'Sequence', [name]: parts });
const add = (file: File, content: string, id: number) =>
  file.added_tokens.push({ id, content, ...flags, normalized: false, special: false });

test('sequences of one part or none, the head line of merges.txt, tokens added twice, holes in the ids', async () => {
  const json = variant((file) => {
    file.pre_tokenizer = sequence('pretokenizers', file.pre_tokenizer);
    file.decoder = sequence('decoders', file.decoder);
    file.normalizer = sequence('normalizers');
    file.model.merges = ['#version: 0.2', ...file.model.merges.map((m: string[]) => m.join(' '))];
    file.model.vocab.Ġqq = 700;
    add(file, '<x>', 601);
    add(file, '<y>', 602);
    add(file, '<x>', 601);
  });
  await agrees(json, ['<x>', '<y>', '<|endoftext|>', ' qq']);
  await agrees(
    variant((file) => (file.normalizer = sequence('normalizers', { type: 'NFC' }))),
    ['e\u0301', 'é'],
  );
});

test('a vocabulary with the bytes of its text only: other bytes are an error, with the offset', async () => {
  // As BpeTrainer makes it without an initial alphabet: some bytes have no token.
  const here = new Set(Buffer.from(sample.toLowerCase()));
  const json = variant((file) => {
    const { vocab } = file.model;
    for (const [char, byte] of charToByte) if (!here.has(byte)) delete vocab[char];
    file.model.merges = file.model.merges.filter((m: string[]) =>
      m.every((t) => Array.from(t).every((c) => c in vocab)),
    );
    const kept = new Set(['<|endoftext|>', ...file.model.merges.map((m: string[]) => m.join(''))]);
    const names = Object.keys(vocab).filter((t) => kept.has(t) || Array.from(t).length === 1);
    file.model.vocab = Object.fromEntries(names.map((t, id) => [t, id]));
    file.added_tokens[0].id = file.model.vocab['<|endoftext|>'];
  });
  const ours = createTokenizer(json);
  const reference = Reference.fromString(json);
  const ids = async (text: string) =>
    (await reference.encode(text, null, { addSpecialTokens: false })).getIds();
  const known = [...here].filter((byte) => byte < 128).map((byte) => String.fromCharCode(byte));
  const text = fc.array(
    fc.oneof(
      fc.constantFrom(...known),
      fc.nat(9000).map((at) => sample.slice(at, at + 30).toLowerCase()),
    ),
  );
  await fc.assert(
    fc.asyncProperty(text, async (parts) => {
      const part = parts.join('');
      assert.deepEqual([...ours.encode(part)], await ids(part));
    }),
    { numRuns: 200 },
  );
  // `tokenizers` passes over what it does not know, so that the text could not be had back.
  assert.deepEqual(await ids('the Xcat'), await ids('the cat'));
  const unknown = (message: RegExp) => (e: Error) => e instanceof UnknownByteError && message.test(e.message);
  assert.throws(() => ours.encode('the Xcat'), unknown(/no token for byte 0x58 at offset 4;/));
  assert.throws(() => ours.encode('<|endoftext|>the é'), unknown(/byte 0xC3 at offset 17;/));
  // The same with a token for what is unknown: its bytes would be lost.
  const file = JSON.parse(json);
  file.model.unk_token = '<|endoftext|>';
  assert.throws(() => createTokenizer(JSON.stringify(file)).encode('X'), unknown(/0x58 at offset 0;/));
});

test('ignore_merges takes words as they are spelled in the vocabulary', async () => {
  const json = variant((file) => {
    file.model.ignore_merges = true;
    // A token spelled in letters outside the byte alphabet is none that a word could be.
    file.model.vocab.語 = 600;
    file.model.vocab[byteSpelling('熊')] = 601;
  });
  await agrees(json, ['語', '熊', ' 熊']);
  assert.deepEqual([...createTokenizer(json).encode('熊')], [601]);
});

const byteSpelling = (text: string) => Array.from(Buffer.from(text), (byte) => byteToChar[byte]).join('');

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
    [/two tokens have the id 300/, (f) => (f.model.vocab.zzz = 300)],
    [/"<x>" has the id 700, where the package tokenizers gives it 600/, (f) => add(f, '<x>', 700)],
    [/"<\|endoftext\|>" has the id 5, where .* gives it 0/, (f) => (f.added_tokens[0].id = 5)],
    [/"the" has the id 600, where/, (f) => add(f, 'the', 600)],
    [
      /"<x>" has the id 601, where .* gives it 600/,
      (f) => [601, 600].forEach((id) => add(f, `<${id === 601 ? 'x' : 'y'}>`, id)),
    ],
    [
      /pre-tokenizer Sequence/,
      (f) => (f.pre_tokenizer = sequence('pretokenizers', f.pre_tokenizer, f.pre_tokenizer)),
    ],
    [
      /normalizer Sequence/,
      (f) => (f.normalizer = sequence('normalizers', { type: 'NFC' }, { type: 'NFD' })),
    ],
    [/a merge needs the token "zq"/, (f) => f.model.merges.push(['z', 'q'])],
    [/is not a pair/, (f) => f.model.merges.push('a b c')],
    [/model\.vocab/, (f) => (f.model.vocab = 3)],
    [/too large/, (f) => (f.model.vocab.zzz = 1e9)],
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
