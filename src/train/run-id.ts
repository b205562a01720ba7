// The identity of a run: its configuration. Equal configurations are one run, wherever it is made.
import { canonical } from '../files/canonical.ts';
import { sha256 } from '../files/sha256.ts';
import type { RunConfig } from './config.ts';
import type { ScriptConfig } from './script-config.ts';

/** A run of gaplab's own models, or of a script. */
export type AnyRunConfig = RunConfig | ScriptConfig;

export const isScript = (config: AnyRunConfig): config is ScriptConfig => 'kind' in config;

/** First 16 hex digits of SHA-256 over the canonical JSON (RFC 8785) of the config. */
export const runId = (config: AnyRunConfig): string => idsLike(config)(config);

/** What differs between the runs of a search. */
type Varying = Pick<AnyRunConfig, 'lr' | 'seed'>;

/** Ids of runs that are as `config` but for learning rate and seed: all else is written as JSON once. */
export function idsLike(config: AnyRunConfig): (run: Varying) => string {
  const {
    lr: _,
    seed: __,
    ...same
  } = !isScript(config) && isRevised(config) ? { ...config, revision: 2 } : config;
  const fields = written(same);
  const keys = [...fields.keys(), 'lr', 'seed'].sort();
  const parts = keys.map((key) => fields.get(key));
  const at = { lr: keys.indexOf('lr'), seed: keys.indexOf('seed') };
  return ({ lr, seed }) => {
    parts[at.lr] = field('lr', lr);
    parts[at.seed] = field('seed', seed);
    return sha256(`{${parts.filter((part) => part !== undefined).join(',')}}`).slice(0, 16);
  };
}

/** Every field as it stands in canonical JSON, by name. */
const written = (fields: object) =>
  new Map(Object.entries(fields).map(([key, value]) => [key, field(key, value)] as const));

/** As in JSON, what is undefined is left out. */
const field = (key: string, value: unknown) =>
  value === undefined ? undefined : `"${key}":${canonical(value)}`;

/**
 * Whether the same words once meant something else: norms took queries, keys and values,
 * and all experts, for one tensor; the balance of experts was taken over a micro-batch.
 * Results of then must not be found by runs of now.
 */
function isRevised({ optimizer: { name, hyper }, model }: RunConfig): boolean {
  const layerwise = Object.entries(hyper).some(([key, value]) => /(^|\.)layerwise$/.test(key) && value !== 0);
  return layerwise || /adafactor|layerClip/.test(name) || (model.mlp === 'moe' && (model.balance ?? 0) > 0);
}
