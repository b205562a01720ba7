// Classifying images: the vision Transformer (arXiv 2010.11929). An image is cut into square patches,
// each patch becomes a position by one matrix, and the class is told from the mean
// over positions (as good as a class token: arXiv 2205.01580).
import { scale } from '../../graph/ops/elementwise.ts';
import { matmul } from '../../graph/ops/matmul.ts';
import { sum } from '../../graph/ops/reduce.ts';
import { reshape } from '../../graph/ops/shape.ts';
import { input } from '../../graph/ops/source.ts';
import type { ModelConfig } from '../config.ts';
import { int64Input, type Objective, rowOf } from './objective.ts';

/** Values of a patch: grey pixels. */
export const patchValues = ({ patch = 1 }: ModelConfig): number => patch * patch;

/** An example is the pixels (0 to 255) of patch after patch, then the class. */
export const classify: Objective = {
  summary: 'the class of an image, from its patches (a vision Transformer, arXiv 2010.11929)',
  predicted: 'image',
  bidirectional: true,
  extraEntries: 0,
  width: (model) => model.seqLen * patchValues(model) + 1,
  targets: (model) => ({ at: model.seqLen * patchValues(model), count: 1 }),
  embed: (table, model, batch) =>
    matmul(input('patches', [batch * model.seqLen, patchValues(model)]), table, { transB: true }),
  select(x, { seqLen, dim }, batch) {
    const total = sum(reshape(x, [seqLen, batch * dim]), [0]);
    return scale(reshape(total, [batch, dim]), 1 / seqLen);
  },
  createInputs(model, size) {
    const { seqLen } = model;
    const values = patchValues(model);
    const patches = new Float32Array(size * seqLen * values);
    const targets = int64Input(size);
    const width = classify.width(model);
    return {
      inputs: {
        patches: { data: patches, shape: [size * seqLen, values] },
        targets: targets.input,
      },
      fill(rows, from) {
        for (let s = 0; s < size; s++) {
          const at = (from + s) * width;
          for (let t = 0; t < seqLen; t++)
            for (let i = 0; i < values; i++)
              // From -1 to 1, as in the authors' training.
              patches[rowOf(size, s, t) * values + i] = rows[at + t * values + i] / 127.5 - 1;
          targets.low[2 * s] = rows[at + width - 1];
        }
      },
    };
  },
};
