// The objectives by the word of a model's config: a new one is one file and one line here.
import type { ModelConfig } from '../config.ts';
import { classify } from './classify.ts';
import { masked } from './masked.ts';
import { nextToken } from './next-token.ts';
import type { ExampleInputs, Objective } from './objective.ts';

/** Those that a config names. */
const objectives: Record<NonNullable<ModelConfig['objective']>, Objective> = { mlm: masked, classify };

/** The objective of a model: the next token unless its config names another. */
export const objectiveOf = ({ objective }: Pick<ModelConfig, 'objective'>): Objective =>
  objective ? objectives[objective] : nextToken;

/**
 * What the losses of these models are counted per: nats per ... A model of a script says so itself (`per`).
 */
export function lossPer(
  models: Record<string, { seqLen: number; objective?: ModelConfig['objective']; per?: string }>,
): string {
  const words = new Set(Object.values(models).map((model) => model.per ?? objectiveOf(model).predicted));
  return words.size === 1 ? [...words][0] : 'prediction';
}

/** Integers of an example. */
export const exampleWidth = (model: ModelConfig): number => objectiveOf(model).width(model);

/** Predictions of an example that its loss is the mean of. */
export const predictionsOf = (model: ModelConfig): number => objectiveOf(model).targets(model).count;

/** Entries that a model needs for data of so many. */
export const entriesFor = (model: Pick<ModelConfig, 'objective'>, ofData: number): number =>
  ofData + objectiveOf(model).extraEntries;

/** Inputs that hold entries of the vocabulary. */
const ENTRIES = ['ids', 'targets'];

/**
 * Inputs of a graph of `size` examples. Filling them throws RangeError where an entry
 * is outside the vocabulary.
 */
export function createInputs(model: ModelConfig, size: number): ExampleInputs {
  const { inputs, fill } = objectiveOf(model).createInputs(model, size);
  // The halves that are ever written; see objective.ts.
  const halves = ENTRIES.flatMap((name) => (name in inputs ? new Int32Array(inputs[name].data.buffer) : []));
  return {
    inputs,
    fill(rows, from) {
      fill(rows, from);
      for (const low of halves)
        for (let i = 0; i < low.length; i += 2)
          if (low[i] < 0 || low[i] >= model.vocabSize)
            throw new RangeError(`${low[i]} is outside the model's vocabulary of ${model.vocabSize}`);
    },
  };
}
