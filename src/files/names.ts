// Names of files made from labels that people write: different labels get different names,
// and every name is valid on Linux, macOS and Windows.
import { sha256 } from './sha256.ts';

/** Longest name made here. A prefix, a suffix and the ending of a temporary file still fit into 255 bytes. */
const LONGEST = 80;

/** Devices on Windows: no file can have such a name there, whatever its ending. */
const device = /^(con|prn|aux|nul|com\d|lpt\d|conin\$|conout\$)(\..*)?$/i;

/**
 * One name for each label, in order; equal labels get equal names. A label of ASCII letters, digits,
 * `_`, `-` and `.` is its own name. Other characters become `_`. Labels whose names would then be equal,
 * upper and lower case not told apart, get the beginning of their SHA-256 added.
 */
export function fileNames(labels: readonly string[]): string[] {
  const digits = new Map(labels.map((label) => [label, label.length > LONGEST ? 8 : 0]));
  for (;;) {
    const names = new Map([...digits].map(([label, n]) => [label, nameOf(label, n)]));
    const taken = Map.groupBy(digits.keys(), (label) => names.get(label)!.toLowerCase());
    const clashes = [...taken.values()].filter((same) => same.length > 1).flat();
    if (clashes.length === 0) return labels.map((label) => names.get(label)!);
    // A label may be written so that it equals the name of another one: the whole hash then tells them apart.
    for (const label of clashes) digits.set(label, digits.get(label) === 0 ? 8 : 64);
  }
}

/** The name of a label that stands alone. */
export const fileName = (label: string): string => fileNames([label])[0];

function nameOf(label: string, digits: number): string {
  const plain = label
    .replace(/[^\w.-]+/g, '_')
    // Hidden, an option to commands, or dropped by Windows.
    .replace(/^[.-]/, '_')
    .replace(/\.$/, '_');
  const safe = plain === '' || device.test(plain) ? `_${plain}` : plain;
  if (digits === 0) return safe;
  const hash = sha256(label).slice(0, digits);
  return `${safe.slice(0, LONGEST - 16)}-${hash}`;
}
