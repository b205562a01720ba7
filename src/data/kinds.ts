// What a file holds, by the ending of its name and by its first bytes. Content decides;
// endings only say what is read from a folder.
import { isUtf8 } from 'node:buffer';

export type Compression = 'gzip' | 'zstd';

export const textEndings = ['.txt', '.text', '.md', '.markdown', '.rst', '.tex', '.org'];
const lineEndings = ['.jsonl', '.ndjson', '.json'];
const compressedEndings = ['.gz', '.zst'];

/** For messages: what is read from a folder. */
export const readEndings = `${textEndings.join(', ')}, .jsonl, .ndjson, .json with one text a line, all of these with .gz or .zst, and .parquet`;

const stem = (name: string): string => {
  const lower = name.toLowerCase();
  const packed = compressedEndings.find((ending) => lower.endsWith(ending));
  return packed ? lower.slice(0, -packed.length) : lower;
};

/** The last ending of a name with its dot, in lower case; empty when there is none. */
export const extensionOf = (name: string): string =>
  /[^/](\.[a-z0-9_+-]{1,12})$/.exec(name.toLowerCase())?.[1] ?? '';

/** Whether a file of a folder is read, by its name. */
export function isReadByName(name: string): boolean {
  return isNamedParquet(name) || [...textEndings, ...lineEndings].includes(extensionOf(stem(name)));
}

/** Whether the name promises one JSON object a line. */
export const isNamedLines = (name: string): boolean => /\.(jsonl|ndjson)$/.test(stem(name));
/** Whether the name promises JSON of any shape. */
export const isNamedJson = (name: string): boolean => stem(name).endsWith('.json');
/** What Git LFS leaves in the place of a file that was not fetched. */
export const isLfsPointer = (head: string): boolean =>
  head.startsWith('version https://git-lfs.github.com/spec/');

/** Whether the name promises a table written as text. */
export const isNamedTable = (name: string): boolean => /\.(csv|tsv)$/.test(stem(name));

const starts = (head: Buffer, bytes: string, at = 0): boolean =>
  head.toString('latin1', at, at + bytes.length) === bytes;

/** How a file is compressed, of the ways that are read. */
export function compressionOf(head: Buffer): Compression | undefined {
  if (starts(head, '\x1f\x8b\x08')) return 'gzip';
  // A Zstandard frame, or a frame to be skipped, which some writers put first.
  if (starts(head, '\x28\xb5\x2f\xfd')) return 'zstd';
  return head.length >= 8 && (head[0] & 0xf0) === 0x50 && starts(head, '\x2a\x4d\x18', 1)
    ? 'zstd'
    : undefined;
}

export const isNamedParquet = (name: string): boolean => extensionOf(name) === '.parquet';
export const isParquet = (head: Buffer): boolean => starts(head, 'PAR1');

const unpack = 'unpack it, or compress it with gzip or zstd';
const asText = 'save its text as a .txt file';
const asTable = 'write its texts to a .jsonl or .parquet file';
const noText = 'a corpus is text';

/**
 * First bytes by which a kind of file is known, where they stand, and what to do.
 * Sources: the formats' specifications, and file(1).
 */
const signatures: [what: string, remedy: string, bytes: string, at?: number][] = [
  ['a bzip2 file', unpack, 'BZh'],
  ['an xz file', unpack, '\xfd7zXZ\0'],
  ['an LZ4 file', unpack, '\x04\x22\x4d\x18'],
  ['an lzip file', unpack, 'LZIP\x01'],
  ['an lzma file', unpack, '\x5d\0\0'],
  ['a file of compress (.Z)', unpack, '\x1f\x9d'],
  ['a 7z archive', unpack, '7z\xbc\xaf\x27\x1c'],
  ['a RAR archive', unpack, 'Rar!\x1a\x07'],
  ['a zip archive', unpack, 'PK\x03\x04'],
  ['a zip archive', unpack, 'PK\x05\x06'],
  ['a tar archive', 'unpack it', 'ustar', 257],
  ['an archive of ar', 'unpack it', '!<arch>\n'],
  // Seen in what was unpacked already.
  ['a file that was compressed twice', 'unpack it once', '\x1f\x8b'],
  ['a file that was compressed twice', 'unpack it once', '\x28\xb5\x2f\xfd'],
  ['a PDF document', asText, '%PDF-'],
  ['a PostScript document', asText, '%!PS'],
  ['an RTF document', asText, '{\\rtf'],
  ['an old Office document (.doc, .xls or .ppt)', asText, '\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1'],
  ['a DjVu document', asText, 'AT&TFORM'],
  ['a MOBI book', asText, 'BOOKMOBI', 60],
  ['an SQLite database', asTable, 'SQLite format 3\0'],
  ['an Arrow file', asTable, 'ARROW1'],
  ['an Arrow stream', asTable, '\xff\xff\xff\xff'],
  ['an Avro file', asTable, 'Obj\x01'],
  ['an ORC file', asTable, 'ORC'],
  ['an encrypted Parquet file', 'decrypt it', 'PARE'],
  ['a compressed Parquet file', 'unpack it', 'PAR1'],
  ['an HDF5 file', asTable, '\x89HDF\r\n\x1a\n'],
  ['a NumPy array', asTable, '\x93NUMPY'],
  ['a GGUF model', noText, 'GGUF'],
  ['a PNG image', noText, '\x89PNG'],
  ['a JPEG image', noText, '\xff\xd8\xff'],
  ['a GIF image', noText, 'GIF8'],
  ['a TIFF image', noText, 'II*\0'],
  ['a TIFF image', noText, 'MM\0*'],
  ['a WebP image', noText, 'WEBP', 8],
  ['a WAV recording', noText, 'WAVE', 8],
  ['an MP4 file', noText, 'ftyp', 4],
  ['an Ogg file', noText, 'OggS\0'],
  ['a FLAC recording', noText, 'fLaC\0'],
  ['an MP3 recording', noText, 'ID3\x03'],
  ['an MP3 recording', noText, 'ID3\x04'],
  ['a program', noText, '\x7fELF'],
  ['text in UTF-32', 'convert it to UTF-8', '\xff\xfe\0\0'],
  ['text in UTF-32', 'convert it to UTF-8', '\0\0\xfe\xff'],
  ['a Python pickle', asTable, '\x80\x02'],
  ['a Python pickle', asTable, '\x80\x03'],
  ['a Python pickle', asTable, '\x80\x04\x95'],
  ['a Python pickle', asTable, '\x80\x05\x95'],
];

/** Signatures that are letters: text may begin with them, so they count in files that are no text only. */
const isLetters = (bytes: string) => /^[\x20-\x7e\n]*$/.test(bytes);
const certain = ['%PDF-', '{\\rtf', '%!PS', '!<arch>\n'];

export interface Foreign {
  /** With its article: `a PDF document`. */
  what: string;
  /** What to do about it, as an order. */
  remedy: string;
}

/**
 * A kind of file that is known and not read. `head` is its beginning, at least some
 * hundred bytes where there are any.
 */
export function foreignKind(head: Buffer): Foreign | undefined {
  const isText = head.indexOf(0) < 0 && isUtf8(head.subarray(0, Math.max(0, head.length - 3)));
  const found = signatures.find(
    ([, , bytes, at]) => starts(head, bytes, at) && (!isText || !isLetters(bytes) || certain.includes(bytes)),
  );
  if (found === undefined) return undefined;
  const [what, remedy] = found;
  return what === 'a zip archive' ? zipKind(head) : { what, remedy };
}

/** Many formats are zip archives: the names of their first members tell. */
function zipKind(head: Buffer): Foreign {
  const names = head.toString('latin1');
  const kinds: [RegExp, string, string][] = [
    [/application\/epub\+zip/, 'an EPUB book', asText],
    [/opendocument/, 'an OpenDocument file', asText],
    [/\bword\//, 'a Word document (.docx)', asText],
    [/\bppt\//, 'a PowerPoint file (.pptx)', asText],
    [/\bxl\//, 'an Excel file (.xlsx)', asTable],
    [/\[Content_Types\]\.xml/, 'an Office document (.docx, .xlsx or .pptx)', asText],
    [/data\.pkl|\.npy/, 'an archive of arrays (.pt or .npz)', asTable],
  ];
  const kind = kinds.find(([pattern]) => pattern.test(names));
  return kind ? { what: kind[1], remedy: kind[2] } : { what: 'a zip archive', remedy: unpack };
}

/** JSON in a text: one object a line, or any other document. */
export type JsonKind = 'lines' | 'document';

/**
 * Whether a text is JSON, by its beginning; `whole` says that the beginning is all of it. Text may begin with
 * a brace or a bracket too, so a name in quotes with a colon after it must follow, or all of it must be JSON.
 */
export function jsonKind(head: string, whole: boolean): JsonKind | undefined {
  const text = head.trimStart();
  if (!/^[[{]/.test(text)) return undefined;
  const lines = text.split('\n');
  if (!whole) lines.pop();
  const firsts = lines.filter((line) => line.trim() !== '').slice(0, 5);
  if (firsts.length > 0 && firsts.every((line) => isObject(parsed(line)))) return 'lines';
  if (whole && parsed(text) !== undefined) return 'document';
  const name = '"(?:[^"\\\\\\n]|\\\\.)*"';
  // One line that is longer than the head.
  if (!text.includes('\n') && !whole && new RegExp(`^\\{\\s*${name}\\s*:`).test(text)) return 'lines';
  const begins = [
    `\\{\\s*${name}\\s*:`,
    `\\[\\s*\\{\\s*${name}\\s*:`,
    `\\[\\s*${name}\\s*,\\s*"`,
    `\\[\\s*\\[\\s*${name}\\s*,`,
  ];
  return begins.some((pattern) => new RegExp(`^${pattern}`).test(text)) ? 'document' : undefined;
}

const isObject = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
