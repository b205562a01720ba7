// The identity of a run: its configuration. Equal configurations are one run, wherever it is made.
import { digest } from '../files/seal.ts';
import type { RunConfig } from './config.ts';

/** First 16 hex digits of SHA-256 over the canonical JSON (RFC 8785) of the config. */
export function runId(config: RunConfig): string {
  return digest(config).slice(0, 16);
}
