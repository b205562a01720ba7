// The models of a study: presets looked up, changes applied, and whether they can be trained on its data.
import { UserError } from '../core/errors.ts';
import { checkData, type ExampleData, imagesIn } from '../data/index.ts';
import type { ModelConfig } from '../model/config.ts';
import { entriesFor } from '../model/objectives/registry.ts';
import { modelPreset, modelPresets } from '../model/presets.ts';
import type { Problems } from './problems.ts';
import type { StudyFile } from './schema.ts';
import { put } from './short-forms.ts';

/** What resolving needs to know of the prepared data; lengths in tokens. */
export interface DataFacts extends ExampleData {
  fingerprint: string;
  train: { length: number };
  validation: { length: number };
}

/** The models by label, as presets and changes describe them. */
export function modelsOf(file: StudyFile, problems: Problems): Record<string, ModelConfig> {
  const models: Record<string, ModelConfig> = {};
  file.model.forEach(({ preset, label, ...overrides }, i) => {
    const path = ['model', i];
    if (!Object.hasOwn(modelPresets, preset))
      return problems.unknown(path, preset, Object.keys(modelPresets), 'no such preset');
    const given: Partial<ModelConfig> = Object.fromEntries(
      Object.entries(overrides).filter(([, value]) => value !== undefined),
    );
    const name =
      label ??
      [
        preset,
        ...Object.entries(given).map(
          ([key, value]) => `${key}${typeof value === 'string' ? '-' : ''}${value}`,
        ),
      ].join('-');
    if (Object.hasOwn(models, name))
      return problems.add(path, `two models are called "${name}"; give them labels`);
    const vocabSize = file.data.vocabSize ?? given.vocabSize ?? modelPresets[preset].vocabSize;
    const model = problems.at(path, () => modelPreset(preset, { ...given, vocabSize }));
    if (!model) return;
    put(models, name, model);
    problems.at(path, () => checkCorpus(name, model, file.data.corpus));
  });
  if (file.data.vocabSize === undefined && new Set(Object.values(models).map((m) => m.vocabSize)).size > 1)
    problems.add(
      ['model'],
      'the models have different vocabularies; set data.vocabSize, all models of a study share one',
    );
  return models;
}

/** The model with the entries that the data need, the mask's among them. */
export const fitted = (model: ModelConfig, data: DataFacts): ModelConfig => ({
  ...model,
  vocabSize: entriesFor(model, data.vocabSize),
});

/**
 * Throws UserError, before anything is prepared, when a model cannot be trained on what that corpus holds.
 */
export function checkCorpus(label: string, model: ModelConfig, corpus: string): void {
  const vocabSize = model.vocabSize - entriesFor(model, 0);
  try {
    checkData(model, { corpus, vocabSize, images: imagesIn(corpus) });
  } catch (error) {
    throw error instanceof UserError ? new UserError(`model ${label}: ${error.message}`) : error;
  }
}

/** Throws UserError when a sequence of the model does not fit into the data. */
export function checkSequence(label: string, { seqLen }: ModelConfig, data: DataFacts): void {
  if (data.images) return;
  for (const [split, { length }] of [
    ['training', data.train],
    ['validation', data.validation],
  ] as const)
    if (length < seqLen + 1)
      throw new UserError(
        `model ${label}: a sequence of ${seqLen} tokens is longer than the ${split} split of ${data.corpus} (${length} tokens); lower seqLen or use a larger corpus`,
      );
}
