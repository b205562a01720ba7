// Probe `text`: what the model writes at this point of the run. Beginnings come from the validation split,
// and are the same at every step and for every run on the same data.
import { UserError } from '../../core/errors.ts';
import { createRng } from '../../core/rng.ts';
import { exampleWidth } from '../../model/objectives/registry.ts';
import { defineProbe } from './probe.ts';
import { fixedSequences } from './sequences.ts';

export const text = defineProbe({
  name: 'text',
  summary: 'texts that the model writes, each after a beginning from the validation split',
  source: 'ancestral sampling: each token is drawn from what the model predicts after those before it',
  ofTokens: true,
  writes: true,
  options: {
    samples: { default: 2, why: 'enough to see that one is no accident', min: 1, max: 100 },
    prompt: { default: 16, why: 'tokens of a beginning: some ten words', min: 1, max: 4096 },
    length: {
      default: 48,
      why: 'tokens to write: with the beginning, what nano sees at once',
      min: 1,
      max: 4096,
    },
    temperature: {
      default: 0.8,
      why: 'below 1 likely tokens are preferred, so that few unlikely ones lead a text astray; 0 takes the likeliest',
      min: 0,
      max: 10,
      real: true,
    },
  },
  show: { table: 'samples', columns: ['sample', 'prompt', 'text'] },
  async measure(point, { samples, prompt, length, temperature }) {
    const { config, data, step } = point;
    const { model } = config;
    if (!data.tokenizer) throw new UserError('probe "text" needs the tokenizer of the data');
    const tokenizer = data.tokenizer();
    const { ids, count } = fixedSequences(point, samples);
    const width = exampleWidth(model);
    const writer = await point.writer();
    try {
      const rows = [];
      for (let i = 0; i < count; i++) {
        await point.breathe();
        const begin = ids.subarray(i * width, i * width + Math.min(prompt, model.seqLen));
        const rng = createRng(config.seed, `text/${step}/${i}`);
        const written = await writer.write(begin, length, { temperature, rng });
        const [before, whole] = [tokenizer.decode(begin), tokenizer.decode([...begin, ...written])];
        // A character may begin in the last token of the beginning.
        const after = whole.startsWith(before) ? whole.slice(before.length) : tokenizer.decode(written);
        rows.push({ sample: i + 1, prompt: before, text: after });
      }
      return { samples: rows };
    } finally {
      await writer.close();
    }
  },
});
