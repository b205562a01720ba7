// Masked language modelling (BERT, arXiv 1810.04805, section 3.1): some tokens of a sequence are hidden,
// and every position sees all others. Each sequence has the same number of them, as in BERT's own batches,
// so that the mean over the masked tokens of a batch is the mean over its sequences;
// the head works on these rows only.
import type { Rng } from '../../core/rng.ts';
import { gather } from '../../graph/ops/lookup.ts';
import { input } from '../../graph/ops/source.ts';
import type { ModelConfig } from '../config.ts';
import { int64Input, type Objective, rowOf } from './objective.ts';

/** Share of the tokens that are predicted: BERT's. arXiv 2202.08005 finds 40% better for large models. */
const DEFAULT_RATE = 0.15;
/**
 * What becomes of a token to be predicted (BERT): [MASK], another token, or the token itself for the rest.
 */
export const AS_MASK = 0.8;
export const AS_OTHER = 0.1;

/** Masked tokens of a sequence. */
export const maskedCount = ({ seqLen, maskRate = DEFAULT_RATE }: ModelConfig): number =>
  Math.min(seqLen, Math.max(1, Math.round(maskRate * seqLen)));

/** Id of [MASK]: the model's last entry, which no tokenizer gives. */
export const maskId = ({ vocabSize }: Pick<ModelConfig, 'vocabSize'>): number => vocabSize - 1;

/**
 * An example is seqLen ids as the model sees them, then the positions of the masked ones,
 * ascending, then their true ids.
 */
export const masked: Objective = {
  summary: 'the tokens that are masked, from all others (BERT, arXiv 1810.04805)',
  predicted: 'masked token',
  bidirectional: true,
  extraEntries: 1,
  width: (model) => model.seqLen + 2 * maskedCount(model),
  targets(model) {
    const count = maskedCount(model);
    return { at: model.seqLen + count, count };
  },
  embed: (table, { seqLen }, batch) => gather(table, input('ids', [batch * seqLen], 'int64')),
  select: (x, model, batch) => gather(x, input('masked', [batch * maskedCount(model)], 'int64')),
  createInputs(model, size) {
    const { seqLen } = model;
    const count = maskedCount(model);
    const ids = int64Input(size * seqLen);
    const [rowsOfMasked, targets] = [int64Input(size * count), int64Input(size * count)];
    const width = masked.width(model);
    return {
      inputs: { ids: ids.input, masked: rowsOfMasked.input, targets: targets.input },
      fill(rows, from) {
        for (let s = 0; s < size; s++) {
          const at = (from + s) * width;
          for (let t = 0; t < seqLen; t++) ids.low[2 * rowOf(size, s, t)] = rows[at + t];
          for (let j = 0; j < count; j++) {
            const row = 2 * rowOf(size, s, j);
            rowsOfMasked.low[row] = rowOf(size, s, rows[at + seqLen + j]);
            targets.low[row] = rows[at + seqLen + count + j];
          }
        }
      },
    };
  },
};

/**
 * Makes an example of the seqLen ids that `out` begins with. Ids that stand in for others
 * are drawn from the `entries` of the tokenizer.
 */
export function maskTokens(model: ModelConfig, entries: number, rng: Rng, out: Int32Array): void {
  const { seqLen } = model;
  const count = maskedCount(model);
  // The first `count` of a shuffle.
  const order = Int32Array.from({ length: seqLen }, (_, t) => t);
  for (let i = 0; i < count; i++) {
    const j = i + rng.below(seqLen - i);
    [order[i], order[j]] = [order[j], order[i]];
  }
  order
    .subarray(0, count)
    .sort()
    .forEach((t, j) => {
      out[seqLen + j] = t;
      out[seqLen + count + j] = out[t];
      const fate = rng.uniform();
      if (fate < AS_MASK) out[t] = maskId(model);
      else if (fate < AS_MASK + AS_OTHER) out[t] = rng.below(entries);
    });
}
