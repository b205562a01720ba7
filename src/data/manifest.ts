// What a folder of prepared data says of itself, and the check that its files are what they were.
//
//   manifest.json, tokenizer.json, train.bin, validation.bin, documents.jsonl
import { createHash } from 'node:crypto';
import { closeSync, createReadStream, fstatSync, lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { canonical } from '../files/canonical.ts';
import { codeOf, fileErrorText } from '../files/errors.ts';
import { openPlain } from '../files/plain.ts';
import { sha256 } from '../files/sha256.ts';
import { duplicatesSchema } from './duplicates.ts';
import { notReadSchema } from './listing.ts';
import { writePrivate } from './private.ts';
import { tokenWidth } from './shards.ts';

export const hex = z.string().regex(/^[0-9a-f]{64}$/);
const shard = z.strictObject({
  /** Names of files are fixed, so that none leads out of the folder. */
  file: z.string().regex(/^(train|validation)\.bin$/),
  tokens: z.int().nonnegative(),
  /** UTF-8 bytes of the documents (document ends are no bytes). */
  bytes: z.int().nonnegative(),
  documents: z.int().positive(),
  sha256: hex,
});

/** What of a corpus did not become documents, or became some twice. */
export const sourceSchema = z.strictObject({
  /** Files without text. */
  notRead: z.array(notReadSchema),
  /** Lines and rows without text. */
  blank: z.int().nonnegative(),
  duplicates: duplicatesSchema,
});
export type Source = z.infer<typeof sourceSchema>;

const manifestSchema = z.strictObject({
  schema: z.literal(2),
  corpus: z.string(),
  fingerprint: hex,
  /** Entries of the tokenizer, or classes of the images. */
  vocabSize: z.int().positive(),
  tokenType: z.enum(['uint8', 'uint16', 'uint32']),
  /** Of text: id of the token after every document, the tokenizer, and the list of documents. */
  endOfText: z.int().nonnegative().optional(),
  tokenizer: z.strictObject({ file: z.literal('tokenizer.json'), sha256: hex }).optional(),
  documents: z
    .strictObject({ file: z.literal('documents.jsonl'), bytes: z.int().nonnegative(), sha256: hex })
    .optional(),
  /**
   * Of images: pixels to a side. A shard then holds pixels and the class of image
   * after image in place of tokens.
   */
  images: z.strictObject({ side: z.int().positive() }).optional(),
  train: shard,
  validation: shard,
  /** Of the corpus that it was built from; another one may have the same documents. */
  source: sourceSchema,
  /** SHA-256 of the fields above. */
  check: hex,
});
export type Manifest = z.infer<typeof manifestSchema>;
type Fields = Omit<Manifest, 'check' | 'schema'>;

/**
 * Files up to this many bytes are hashed whenever they are opened (a quarter of a second);
 * of larger ones the size is checked.
 */
const hashedBytes = 64 << 20;

/**
 * Identity of prepared data: what a model is trained on, not where, when or under which name.
 * `reading` says how the shards are to be read: `tokenizer` and its hash, or `images` and their shape.
 */
export function fingerprintOf(reading: string, train: string, validation: string): string {
  return sha256(`gaplab data 1\n${reading}\ntrain ${train}\nvalidation ${validation}\n`);
}

/** JSON that carries the SHA-256 of its content, as the one text that this content has. */
export function checkedJson(content: object): string {
  const check = sha256(canonical(content));
  return `${JSON.stringify({ ...content, check }, null, 1)}\n`;
}

/** Adds the format's number and a checksum to the fields, and writes them. */
export function writeManifest(dir: string, fields: Fields): Manifest {
  const text = checkedJson({ schema: 2, ...fields });
  writePrivate(join(dir, 'manifest.json'), text);
  return manifestSchema.parse(JSON.parse(text));
}

/**
 * The manifest of a folder, or what is wrong with it. Every byte of its files counts,
 * up to `hashedBytes` a file. `fingerprint` is the one that it must have.
 */
export async function checkFolder(dir: string, fingerprint?: string): Promise<Manifest | string> {
  try {
    if (!lstatSync(dir).isDirectory()) return 'it is a link or a file';
  } catch (error) {
    return codeOf(error) === 'ENOENT' ? 'there is no manifest.json' : fileErrorText(error);
  }
  const manifest = readManifest(dir);
  if (typeof manifest === 'string') return manifest;
  const { tokenizer, documents, images, train, validation, tokenType, vocabSize } = manifest;
  const reading = tokenizer ? `tokenizer ${tokenizer.sha256}` : `images ${images?.side} ${vocabSize}`;
  const own = fingerprintOf(reading, train.sha256, validation.sha256);
  if (own !== manifest.fingerprint || (fingerprint ?? own) !== own)
    return 'manifest.json does not fit its fingerprint';
  const width = tokenWidth(tokenType);
  for (const { file, sha256: expected, bytes } of [
    ...(tokenizer ? [{ ...tokenizer, bytes: undefined }] : []),
    ...(documents ? [documents] : []),
    { ...train, bytes: train.tokens * width },
    { ...validation, bytes: validation.tokens * width },
  ]) {
    const wrong = await checkFile(join(dir, file), expected, bytes);
    if (wrong) return `${file} ${wrong}`;
  }
  return manifest;
}

function readManifest(dir: string): Manifest | string {
  const path = join(dir, 'manifest.json');
  let text: string;
  try {
    text = readUnlinked(path);
  } catch (error) {
    return codeOf(error) === 'ENOENT' ? 'there is no manifest.json' : `manifest.json: ${refused(error)}`;
  }
  let raw: { schema?: unknown };
  try {
    raw = JSON.parse(text);
  } catch {
    return 'manifest.json is damaged';
  }
  if (raw?.schema === 1) return 'it was prepared by an earlier version';
  const parsed = manifestSchema.safeParse(raw);
  if (!parsed.success) return 'manifest.json is damaged';
  const { check: _, ...content } = raw as Manifest;
  return checkedJson(content) === text ? parsed.data : 'manifest.json is damaged';
}

/** Text of a file that is no link. */
export function readUnlinked(path: string): string {
  const fd = openPlain(path);
  try {
    return readFileSync(fd, 'utf8');
  } finally {
    closeSync(fd);
  }
}

const refused = (error: unknown) => (codeOf(error) === 'ELOOP' ? 'it is a link' : fileErrorText(error));

/** What is wrong with a file, if anything. */
async function checkFile(path: string, expected: string, bytes?: number): Promise<string | undefined> {
  let fd: number;
  try {
    fd = openPlain(path);
  } catch (error) {
    return `cannot be read: ${refused(error)}`;
  }
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile()) return 'is no file';
    if (bytes !== undefined && stat.size !== bytes) return `has ${stat.size} bytes, not ${bytes}`;
    if (stat.size > hashedBytes) return undefined;
    const hash = createHash('sha256');
    for await (const chunk of createReadStream('', { fd, autoClose: false, highWaterMark: 1 << 20 }))
      hash.update(chunk as Buffer);
    return hash.digest('hex') === expected ? undefined : 'has changed';
  } catch (error) {
    return `cannot be read: ${fileErrorText(error)}`;
  } finally {
    closeSync(fd);
  }
}
