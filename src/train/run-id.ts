// The identity of a run: its configuration. Equal configurations are one run, wherever it is made.
import { digest } from '../files/seal.ts';
import type { RunConfig } from './config.ts';
import type { ScriptConfig } from './script-config.ts';

/** A run of gaplab's own models, or of a script. */
export type AnyRunConfig = RunConfig | ScriptConfig;

export const isScript = (config: AnyRunConfig): config is ScriptConfig => 'kind' in config;

/** First 16 hex digits of SHA-256 over the canonical JSON (RFC 8785) of the config. */
export function runId(config: AnyRunConfig): string {
  return digest(!isScript(config) && isRevised(config) ? { ...config, revision: 2 } : config).slice(0, 16);
}

/**
 * Whether the same words once meant something else: norms took queries, keys and values, and all experts, for one tensor; the
 * balance of experts was taken over a micro-batch. Results of then must not be found by runs of now.
 */
function isRevised({ optimizer: { name, hyper }, model }: RunConfig): boolean {
  const layerwise = Object.entries(hyper).some(([key, value]) => /(^|\.)layerwise$/.test(key) && value !== 0);
  return layerwise || /adafactor|layerClip/.test(name) || (model.mlp === 'moe' && (model.balance ?? 0) > 0);
}
