// Probe `imbalance`: loss by how frequent the predicted token is. Do rare tokens lag,
// and under which optimizer?
import { frequencyGroups, lossByGroup } from '../../analysis/imbalance.ts';
import { exampleWidth, objectiveOf } from '../../model/objectives/registry.ts';
import { defineProbe } from './probe.ts';
import { fixedSequences, tokenCounts } from './sequences.ts';

export const imbalance = defineProbe({
  name: 'imbalance',
  summary: 'validation loss by token frequency, in groups of equal numbers of samples',
  source: 'Kunstner et al., arXiv 2402.19449; section 3.1 of arXiv 2506.12543',
  ofTokens: true,
  options: {
    groups: { default: 10, why: 'arXiv 2402.19449, figure 1', min: 2, max: 100 },
    sequences: { default: 512, why: '32768 tokens of nano: 3000 or so in each group', min: 1 },
  },
  show: { table: 'groups', columns: ['group', 'distinct', 'share', 'loss'] },
  async measure(point, { groups, sequences }) {
    const batch = fixedSequences(point, sequences);
    const frequency = frequencyGroups(tokenCounts(point), groups);
    const losses = await point.at.tokenLosses(batch);
    const { model } = point.config;
    const { at, count } = objectiveOf(model).targets(model);
    const width = exampleWidth(model);
    const targets = batch.ids.filter((_, i) => i % width >= at && i % width < at + count);
    const { loss, error, samples } = lossByGroup(frequency, targets, losses, count);
    return {
      groups: loss.map((value, g) => ({
        group: g + 1,
        distinct: frequency.tokens[g],
        share: frequency.share[g],
        samples: samples[g],
        loss: value,
        lossError: error[g],
      })),
    };
  },
});
