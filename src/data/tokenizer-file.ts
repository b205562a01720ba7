// Hugging Face `tokenizer.json`: writes ours, and reads any byte-level BPE one (GPT-2, GPT-NeoX, ...).
import { z } from 'zod';
import { UserError } from '../core/errors.ts';
import { charToByte } from './pretokenize.ts';

/** Ends every document. Id 0 in the vocabularies trained here. */
export const endOfText = '<|endoftext|>';

/** Names that other tokenizers give to the token after a document, in order of preference. */
const endTokens = [endOfText, '<|end_of_text|>', '</s>', '<eos>'];

const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };

/** The text of a `tokenizer.json`: `tokens` by id (the first one special), `merges` in order of rank. */
export function tokenizerJson(
  tokens: readonly string[],
  merges: readonly (readonly [string, string])[],
): string {
  const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
  const file = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [{ id: 0, content: tokens[0], ...flags }],
    normalizer: null,
    pre_tokenizer: byteLevel,
    post_processor: null,
    decoder: byteLevel,
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(tokens.map((t, i) => [t, i])),
      merges,
    },
  };
  return `${JSON.stringify(file, null, 1)}\n`;
}

const addedToken = z.object({
  id: z.int().nonnegative(),
  content: z.string().min(1),
  single_word: z.boolean().default(false),
  lstrip: z.boolean().default(false),
  rstrip: z.boolean().default(false),
  normalized: z.boolean().default(false),
});
const part = z.looseObject({ type: z.string() });
const fileSchema = z.object({
  added_tokens: z.array(addedToken).default([]),
  normalizer: part.nullish(),
  pre_tokenizer: part.nullish(),
  decoder: part.nullish(),
  model: z.object({
    type: z.string().default('BPE'),
    dropout: z.number().nullish(),
    continuing_subword_prefix: z.string().nullish(),
    end_of_word_suffix: z.string().nullish(),
    byte_fallback: z.boolean().nullish(),
    ignore_merges: z.boolean().nullish(),
    vocab: z.record(z.string(), z.int().nonnegative()),
    // Older files join the two halves with a space.
    merges: z.array(z.union([z.string(), z.tuple([z.string(), z.string()])])),
  }),
});

/** What a tokenizer file says, with its strings resolved to ids. */
export interface BpeModel {
  /** One more than the highest id. */
  vocabSize: number;
  /** Bytes of each id; undefined where the file leaves an id unused. */
  bytes: (Uint8Array | undefined)[];
  /** Id of each single byte. */
  idOfByte: Uint32Array;
  /** Merges by rank: left id, right id, id of the result. */
  merges: [number, number, number][];
  /** Tokens found in the text before it is cut into words; `normalized` ones are looked for after normalisation. */
  added: { id: number; content: string; normalized: boolean }[];
  /** Unicode normal form applied to the text first. */
  normalForm?: 'NFC' | 'NFD' | 'NFKC' | 'NFKD';
  /** A word that is a token as a whole is that token, whatever the merges say (Llama 3). */
  ignoreMerges: boolean;
  /** Id of the token that ends a document. */
  endOfText: number;
}

/**
 * Reads the text of a `tokenizer.json`; `name` is for messages. Post-processors, padding and truncation are left out:
 * shards hold plain text and document ends. Throws UserError that names what is damaged or not supported.
 */
export function parseTokenizer(json: string, name = 'tokenizer.json'): BpeModel {
  const fail = (what: string): never => {
    throw new UserError(`${name}: ${what}; gaplab reads byte-level BPE tokenizers as of GPT-2 and GPT-NeoX`);
  };
  let raw: unknown;
  try {
    raw = JSON.parse(json);
  } catch {
    fail('not a tokenizer.json (no valid JSON)');
  }
  const parsed = fileSchema.safeParse(raw);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    return fail(
      `not a tokenizer.json of a BPE model (${issue.path.join('.') || 'top level'}: ${issue.message})`,
    );
  }
  const { model, normalizer, pre_tokenizer: pre, decoder, added_tokens: added } = parsed.data;
  if (model.type !== 'BPE') fail(`model type ${model.type} is not supported`);
  if (model.dropout) fail('BPE dropout is not supported');
  if (model.continuing_subword_prefix) fail('continuing_subword_prefix is not supported');
  if (model.end_of_word_suffix) fail('end_of_word_suffix is not supported');
  if (model.byte_fallback) fail('byte_fallback is not supported');
  if (pre?.type !== 'ByteLevel') fail(`pre-tokenizer ${pre?.type ?? 'none'} is not supported`);
  if (pre?.add_prefix_space !== false) fail('add_prefix_space is not supported');
  if (pre?.use_regex === false) fail('ByteLevel without use_regex is not supported');
  if (decoder?.type !== 'ByteLevel') fail(`decoder ${decoder?.type ?? 'none'} is not supported`);
  const forms = ['NFC', 'NFD', 'NFKC', 'NFKD'] as const;
  const normalForm = forms.find((form) => form === normalizer?.type);
  if (normalizer && !normalForm) fail(`normalizer ${normalizer.type} is not supported`);

  // From the raw file: a token may be called `constructor` or `__proto__`, which plain objects answer to or swallow.
  const vocab = new Map(Object.entries((raw as { model: { vocab: Record<string, number> } }).model.vocab));
  const { bytes, idOf } = resolveVocab(vocab, added, fail);
  const idOfByte = new Uint32Array(256);
  for (const [char, byte] of charToByte) {
    idOfByte[byte] = vocab.get(char) ?? fail(`the vocabulary has no token for byte ${byte}`);
  }
  const merges = model.merges.map((entry): [number, number, number] => {
    const halves = typeof entry === 'string' ? entry.split(' ') : entry;
    if (halves.length !== 2) return fail(`merge ${JSON.stringify(entry)} is not a pair`);
    const [a, b] = halves;
    return [idOf(a), idOf(b), idOf(a + b)];
  });
  const end = endTokens.map((t) => added.find((token) => token.content === t)).find((t) => t !== undefined);
  if (end === undefined) return fail(`no added token that ends a document (${endTokens.join(', ')})`);
  return {
    vocabSize: bytes.length,
    bytes,
    idOfByte,
    merges,
    added: added.map(({ id, content, normalized }) => ({
      id,
      // Looked for in normalised text, so in its normalised spelling.
      content: normalized && normalForm ? content.normalize(normalForm) : content,
      normalized,
    })),
    normalForm,
    ignoreMerges: model.ignore_merges ?? false,
    endOfText: end.id,
  };
}

function resolveVocab(
  vocab: ReadonlyMap<string, number>,
  added: z.infer<typeof addedToken>[],
  fail: (what: string) => never,
) {
  const bytes: (Uint8Array | undefined)[] = [];
  for (const [token, id] of vocab) {
    if (id >= 0x4000000) fail(`token id ${id} is too large`);
    bytes[id] = tokenBytes(token);
  }
  for (const { id, content, single_word, lstrip, rstrip } of added) {
    if (single_word || lstrip || rstrip)
      fail(`single_word, lstrip or rstrip of token ${content} is not supported`);
    if (id >= 0x4000000) fail(`token id ${id} is too large`);
    bytes[id] = tokenBytes(content);
  }
  const idOf = (token: string) =>
    vocab.get(token) ??
    fail(`a merge needs the token ${JSON.stringify(token)}, which is not in the vocabulary`);
  return { bytes, idOf };
}

/** Bytes a token stands for; one with characters outside the byte alphabet stands for its own UTF-8. */
function tokenBytes(token: string): Uint8Array {
  const bytes = Array.from(token, (c) => charToByte.get(c));
  return bytes.some((b) => b === undefined) ? Buffer.from(token) : Uint8Array.from(bytes as number[]);
}
