// The mapping file: which name of a foreign run means what. It is guessed and printed,
// so that it is corrected rather than written.
import { readFileSync } from 'node:fs';
import { parseDocument, stringify } from 'yaml';
import { z } from 'zod';
import { UserError } from '../core/errors.ts';
import { shown } from '../core/shown.ts';
import { suggest } from '../core/suggest.ts';
import { fileErrorText } from '../files/errors.ts';

/** A regular expression that is kept as it was written. */
const pattern = z.string().refine((text) => {
  try {
    return new RegExp(text).source !== '';
  } catch {
    return false;
  }
}, 'must be a regular expression');

/** Where a value stands: under a name, in the middle of a text, or nowhere, so that it is given here. */
const place = z.union(
  [
    z.string(),
    z.strictObject({ value: z.union([z.string(), z.number()]) }),
    z.strictObject({
      from: z.string(),
      /** Its first group, or all that it finds, is the value. */
      match: pattern.optional(),
      /** For numbers: the factor between what stands there and what is meant. */
      times: z.number().positive().optional(),
    }),
  ],
  { error: 'must be a name, {value: ...}, or {from: NAME, match: REGEX, times: NUMBER}' },
);
export type Place = z.infer<typeof place>;

export const units = ['nats', 'bits', 'perplexity'] as const;

/** `final`, `best`, or `mean: 0.1` for the mean of the last tenth of the run. */
const take = z.union([z.enum(['final', 'best']), z.strictObject({ mean: z.number().gt(0).max(1) })], {
  error:
    'must be final, best, or {mean: SHARE} for a mean over the last share of the run, such as {mean: 0.1}',
});
export type Take = z.infer<typeof take>;

export const mappingSchema = z.strictObject({
  optimizer: place.optional(),
  lr: place.optional(),
  batchSize: place.optional(),
  steps: place.optional(),
  tokens: place.optional(),
  tokensPerSequence: place.optional(),
  seed: place.optional(),
  model: place.optional(),
  valLoss: place.optional(),
  trainLoss: place.optional(),
  gradNorm: place.optional(),
  /** Other hyperparameters, by the name that they get. */
  hyper: z.record(z.string(), place).optional(),
  unit: z.enum(units).optional(),
  take: take.optional(),
  /** Loss of guessing: a run that ends above it has diverged. */
  guessLoss: z.number().positive().optional(),
});
export type Mapping = z.infer<typeof mappingSchema>;

const meanings: Record<string, string> = {
  optimizer: 'name of the optimizer',
  lr: 'learning rate (its peak)',
  batchSize: 'sequences in an optimizer step',
  steps: 'optimizer steps of the whole run',
  tokens: 'training tokens of the whole run',
  tokensPerSequence: 'tokens of a sequence',
  seed: 'random seed',
  model: 'which model, if there are several',
  valLoss: 'the loss that runs are compared by',
  trainLoss: 'training loss, for curves',
  gradNorm: 'gradient norm: a NaN tells of divergence',
  hyper: 'other hyperparameters that were tuned, by the name that they get',
  unit: 'of the losses: nats, bits or perplexity',
  take: 'loss that counts: final, best, {mean: 0.1}',
  guessLoss: 'loss of guessing: a run that ends above it has diverged',
};

/**
 * The mapping as a file that people correct; meanings that a terminal of `columns`
 * has no room for are left out.
 */
export function mappingText(mapping: Mapping, columns = Number.POSITIVE_INFINITY): string {
  const fields = Object.entries(mapping).filter(([, value]) => value !== undefined);
  const texts = fields.map(
    ([field, value]) => `${field}: ${stringify(value, { collectionStyle: 'flow', lineWidth: 0 }).trim()}`,
  );
  const width = Math.min(44, Math.max(...texts.map((text) => text.length)));
  const lines = texts.map((text, i) => {
    const whole = `${text.padEnd(width)}  # ${meanings[fields[i][0]]}`;
    return whole.length <= columns ? whole : text;
  });
  return `${lines.join('\n')}\n`;
}

/** Throws UserError for a file that cannot be read or is no mapping. */
export function readMapping(path: string): Mapping {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new UserError(`cannot read ${path}: ${fileErrorText(error)}`);
  }
  const document = parseDocument(text);
  if (document.errors.length > 0) throw new UserError(`${path} is no YAML: ${document.errors[0].message}`);
  const parsed = mappingSchema.safeParse(document.toJS() ?? {});
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  if (issue.code === 'unrecognized_keys') {
    const [key] = issue.keys;
    const meant = suggest(key, Object.keys(mappingSchema.shape));
    throw new UserError(
      `${path}: there is no field "${shown(key)}"${meant ? `; did you mean ${meant}?` : ''} (fields: ${Object.keys(mappingSchema.shape).join(', ')})`,
    );
  }
  throw new UserError(`${path}: ${issue.path.join('.')} ${issue.message}`);
}
