// Checksums inside JSON files: a file that was changed after it was written is not taken for what it was.
import { canonical } from './canonical.ts';
import { sha256 } from './sha256.ts';

/**
 * SHA-256 of a value's canonical JSON (RFC 8785): spaces and the order of keys do
 * not matter, every digit does.
 */
export const digest = (value: unknown) => sha256(canonical(value));

/**
 * `value` with two fields more: `seal` says that there is a checksum, `sha256` is that of all other fields.
 * Losing or changing either of them is damage too, which a single field could not
 * tell from a file that never had one.
 */
export function sealed<T extends object>(value: T): T & { seal: 1; sha256: string } {
  const whole = { ...value, seal: 1 as const };
  // As it will be read: JSON leaves out what is undefined.
  return { ...whole, sha256: digest(JSON.parse(JSON.stringify(whole))) };
}

/**
 * The value of a parsed file without its seal; undefined when the content does not match it.
 * A file with neither field was written before there were seals, and is given as it is.
 */
export function unsealed(value: unknown): unknown {
  if (!isUnchanged(value)) return undefined;
  if (value === null || typeof value !== 'object') return value;
  const { seal: _, sha256: __, ...content } = value as { sha256?: unknown; seal?: unknown };
  return content;
}

/** Whether the content of a parsed file matches its seal, if it has one. */
export function isUnchanged(value: unknown): boolean {
  if (value === null || typeof value !== 'object') return true;
  if (!('seal' in value) && !('sha256' in value)) return true;
  const { seal, sha256: told } = value as { sha256?: unknown; seal?: unknown };
  return seal === 1 && told === sha256(canonical(value, 'sha256'));
}
