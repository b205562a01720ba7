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
  /** Id of each single byte; -1 for those that have none. */
  idOfByte: Int32Array;
  /**
   * Whether every byte has an id. A tokenizer trained without an initial alphabet has those of its text only.
   */
  isComplete: boolean;
  /**
   * Ids of whole words that are taken before any merge (Llama 3's ignore_merges),
   * by their spelling in `byteToChar`.
   */
  whole?: ReadonlyMap<string, number>;
  /** Merges by rank: left id, right id, id of the result. */
  merges: [number, number, number][];
  /**
   * Tokens found in the text before it is cut into words; `normalized` ones are looked
   * for after normalisation.
   */
  added: { id: number; content: string; normalized: boolean }[];
  /** Unicode normal form applied to the text first. */
  normalForm?: 'NFC' | 'NFD' | 'NFKC' | 'NFKD';
  /** Id of the token that ends a document. */
  endOfText: number;
}

/**
 * Reads the text of a `tokenizer.json`; `name` is for messages. Post-processors,
 * padding and truncation are left out: shards hold plain text and document ends.
 * Throws UserError that names what is damaged or not supported.
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
  const { model } = parsed.data;
  const pre = single(parsed.data.pre_tokenizer, 'pretokenizers');
  const normalizer = single(parsed.data.normalizer, 'normalizers');
  const decoder = single(parsed.data.decoder, 'decoders');
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

  // From the raw file: a token may be called `constructor` or `__proto__`, which
  // plain objects answer to or swallow.
  const vocab = new Map(Object.entries((raw as { model: { vocab: Record<string, number> } }).model.vocab));
  const added = resolveAdded(parsed.data.added_tokens, vocab, fail);
  const bytes = bytesOfIds(vocab, added, fail);
  const idOfByte = new Int32Array(256).fill(-1);
  for (const [char, byte] of charToByte) idOfByte[byte] = vocab.get(char) ?? -1;
  const idOf = (token: string) =>
    vocab.get(token) ??
    fail(`a merge needs the token ${JSON.stringify(token)}, which is not in the vocabulary`);
  const merges = model.merges
    // The head line of GPT-2's merges.txt came along in early files; `tokenizers` passes over it, too.
    .filter((entry) => typeof entry !== 'string' || !entry.startsWith('#version'))
    .map((entry): [number, number, number] => {
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
    isComplete: !idOfByte.includes(-1),
    whole: model.ignore_merges ? vocab : undefined,
    merges,
    added: added.map(({ id, content, normalized }) => ({
      id,
      // Looked for in normalised text, so in its normalised spelling.
      content: normalized && normalForm ? content.normalize(normalForm) : content,
      normalized,
    })),
    normalForm,
    endOfText: end.id,
  };
}

type Part = z.infer<typeof part> | null | undefined;

/** A sequence of one part is that part, one of none is nothing. */
function single(given: Part, name: string): Part {
  if (given?.type !== 'Sequence') return given;
  const list = z.array(part).safeParse(given[name]);
  return list.success && list.data.length < 2 ? list.data[0] : given;
}

type Added = z.infer<typeof addedToken>;
type Fail = (what: string) => never;

/**
 * The added tokens, each once. `tokenizers` gives them ids of its own: that of the vocabulary,
 * else the next free one in the order of the file. A file that says otherwise would be read in two ways.
 */
function resolveAdded(list: readonly Added[], vocab: ReadonlyMap<string, number>, fail: Fail): Added[] {
  const byContent = new Map<string, Added>();
  let highest = -1;
  for (const token of list) {
    const { content, id, single_word, lstrip, rstrip } = token;
    if (single_word || lstrip || rstrip)
      fail(`single_word, lstrip or rstrip of token ${content} is not supported`);
    const before = byContent.get(content);
    const given = before?.id ?? vocab.get(content) ?? Math.max(highest + 1, vocab.size);
    if (id !== given)
      fail(
        `added token ${JSON.stringify(content)} has the id ${id}, where the package tokenizers gives it ${given}`,
      );
    highest = Math.max(highest, id);
    byContent.set(content, token);
  }
  return [...byContent.values()];
}

function bytesOfIds(vocab: ReadonlyMap<string, number>, added: readonly Added[], fail: Fail) {
  const bytes: (Uint8Array | undefined)[] = [];
  const entries = [
    ...vocab,
    ...added.filter((t) => !vocab.has(t.content)).map((t) => [t.content, t.id] as const),
  ];
  for (const [token, id] of entries) {
    if (id >= 0x4000000) fail(`token id ${id} is too large`);
    if (bytes[id] !== undefined) fail(`two tokens have the id ${id}`);
    bytes[id] = tokenBytes(token);
  }
  return bytes;
}

/** Bytes a token stands for; one with characters outside the byte alphabet stands for its own UTF-8. */
function tokenBytes(token: string): Uint8Array {
  const bytes = Array.from(token, (c) => charToByte.get(c));
  return bytes.some((b) => b === undefined) ? Buffer.from(token) : Uint8Array.from(bytes as number[]);
}
