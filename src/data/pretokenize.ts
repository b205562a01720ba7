// GPT-2's first step: how text falls into words (merges never cross them), and how
// bytes are spelled as characters.

// Letters and digits first assigned in Unicode 17. The Rust `tokenizers` knows Unicode 16;
// without this list the same file would give other tokens there, or under a Node with older tables.
const newLetters =
  '\\u088F\\u0C5C\\u0CDC\\uA7CE\\uA7CF\\uA7D2\\uA7D4\\uA7F1\\u{10940}-\\u{10959}\\u{10EC5}-\\u{10EC7}\\u{11DB0}-\\u{11DDB}' +
  '\\u{16EA0}-\\u{16EB8}\\u{16EBB}-\\u{16ED3}\\u{16FF2}\\u{16FF3}\\u{187F8}-\\u{187FF}\\u{18D09}-\\u{18D1E}' +
  '\\u{18D80}-\\u{18DF2}\\u{1E6C0}-\\u{1E6DE}\\u{1E6E0}-\\u{1E6E2}\\u{1E6E4}\\u{1E6E5}\\u{1E6E7}-\\u{1E6ED}' +
  '\\u{1E6F0}-\\u{1E6F4}\\u{1E6FE}\\u{1E6FF}\\u{2B73A}-\\u{2B73F}\\u{2CEA2}-\\u{2CEAD}\\u{323B0}-\\u{33479}';
const newNumbers = '\\u{11DE0}-\\u{11DE9}\\u{16FF4}-\\u{16FF6}';

const letter = `[\\p{L}--[${newLetters}]]`;
const number = `[\\p{N}--[${newNumbers}]]`;
// Not `\s`: JavaScript counts U+FEFF as white space and U+0085 not, Unicode the other way round.
const space = '\\p{White_Space}';
const other = `[\\P{White_Space}--[${letter}${number}]]`;

/**
 * The words of a text, in order; together they are the text. Global: use with `matchAll`,
 * or a fresh `lastIndex`.
 */
export const wordPattern = new RegExp(
  `'s|'t|'re|'ve|'m|'ll|'d| ?${letter}+| ?${number}+| ?${other}+|${space}+(?!\\P{White_Space})|${space}+`,
  'gv',
);

/**
 * The character that spells each byte in a vocabulary (GPT-2's table: printable Latin-1 stands for itself).
 */
export const byteToChar: readonly string[] = (() => {
  let next = 256;
  const printable = (b: number) => (b >= 33 && b <= 126) || (b >= 161 && b <= 172) || b >= 174;
  return Array.from({ length: 256 }, (_, b) => String.fromCharCode(printable(b) ? b : next++));
})();

export const charToByte: ReadonlyMap<string, number> = new Map(byteToChar.map((c, b) => [c, b]));

/**
 * The 256 bytes in vocabulary order: by code point of the character that spells them,
 * as Hugging Face sorts them.
 */
export const byteOrder: readonly number[] = Array.from({ length: 256 }, (_, b) => b).sort(
  (a, b) => byteToChar[a].charCodeAt(0) - byteToChar[b].charCodeAt(0),
);
