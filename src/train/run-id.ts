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

/** What may differ between the runs of a cell; the revision follows from the optimizer. */
const VARYING = ['hyper', 'lr', 'optimizer', 'revision', 'seed'];

/** Ids of runs that are as `config` but for what varies in a cell: all else is written as JSON once. */
export function idsLike(config: AnyRunConfig): (run: AnyRunConfig) => string {
  const fields = Object.entries(config).filter(([key]) => !VARYING.includes(key));
  const keys = [...fields.map(([key]) => key), ...VARYING].sort();
  const texts: (string | undefined)[] = keys.map(() => undefined);
  // As in JSON, what is undefined is left out.
  const write = (key: string, value: unknown) => {
    texts[keys.indexOf(key)] = value === undefined ? undefined : `"${key}":${canonical(value)}`;
  };
  for (const [key, value] of fields) write(key, value);
  // Runs of a search follow each other, and share their hyperparameters.
  let written: unknown;
  return (run) => {
    const settings = isScript(run) ? run.hyper : run.optimizer;
    if (settings !== written) {
      write(isScript(run) ? 'hyper' : 'optimizer', settings);
      write('revision', !isScript(run) && isRevised(run) ? 2 : undefined);
      written = settings;
    }
    write('lr', run.lr);
    write('seed', run.seed);
    return sha256(`{${texts.filter((text) => text !== undefined).join(',')}}`).slice(0, 16);
  };
}

/**
 * Whether the same words once meant something else: norms took queries, keys and values,
 * and all experts, for one tensor; the balance of experts was taken over a micro-batch.
 * Results of then must not be found by runs of now.
 */
function isRevised({ optimizer: { name, hyper }, model }: RunConfig): boolean {
  const layerwise = Object.entries(hyper).some(([key, value]) => /(^|\.)layerwise$/.test(key) && value !== 0);
  return layerwise || /adafactor|layerClip/.test(name) || (model.mlp === 'moe' && (model.balance ?? 0) > 0);
}
