// Identity of a run: its directory is named by a hash of its full configuration.
import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { RunConfig } from '../train/config.ts';

/** First 16 hex digits of SHA-256 over the canonical JSON (RFC 8785) of the config. */
export function runId(config: RunConfig): string {
  return createHash('sha256').update(canonicalize(config)!).digest('hex').slice(0, 16);
}
