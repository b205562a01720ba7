// The language model of the paper: at every position the next token, from those up to it.
import { gather } from '../../graph/ops/lookup.ts';
import { input } from '../../graph/ops/source.ts';
import { int64Input, type Objective, rowOf } from './objective.ts';

/** An example is seqLen + 1 ids: inputs and targets overlap by all but one. */
export const nextToken: Objective = {
  summary: 'the next token at every position (a decoder language model)',
  predicted: 'token',
  bidirectional: false,
  extraEntries: 0,
  width: ({ seqLen }) => seqLen + 1,
  targets: ({ seqLen }) => ({ at: 1, count: seqLen }),
  embed: (table, { seqLen }, batch) => gather(table, input('ids', [batch * seqLen], 'int64')),
  select: (x) => x,
  createInputs({ seqLen }, size) {
    const [ids, targets] = [int64Input(size * seqLen), int64Input(size * seqLen)];
    return {
      inputs: { ids: ids.input, targets: targets.input },
      fill(rows, from) {
        for (let s = 0; s < size; s++)
          for (let t = 0; t < seqLen; t++) {
            const at = (from + s) * (seqLen + 1) + t;
            const row = 2 * rowOf(size, s, t);
            ids.low[row] = rows[at];
            targets.low[row] = rows[at + 1];
          }
      },
    };
  },
};
