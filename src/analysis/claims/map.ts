// How the gap moves over batch size and training length: what single cuts through the map cannot show.
import type { LedgerClaim, StudyFacts } from './claim.ts';
import { contrast, gapTerms } from './contrast.ts';
import { decide, gapTrend, undecided } from './decide.ts';
import { largest, smallest, spot } from './places.ts';

/** Token budgets of the study's first model, ascending. */
const budgets = (study: StudyFacts) =>
  study.frontiers.filter(({ model, tokens }) => tokens !== null && model === study.frontiers[0].model);

export const mapSmallBatchOpens: LedgerClaim = {
  id: 'map-small-batch-opens',
  text: 'At the smallest batch size SGD falls behind Adam as training gets longer: the gap grows with every doubling of the tokens.',
  source: 'a question of our own; arXiv 2506.12543, figure 4, says that SGD wins there',
  experiment: 'map',
  paper: 'At batch size 16, the smallest that it has, SGD ends below Adam after 160 thousand steps.',
  figure: 'map',
  judge: (study) =>
    gapTrend(
      study,
      budgets(study).map((frontier) => ({
        ...spot(study, smallest(study), frontier),
        x: Math.log2(frontier.tokens!),
      })),
      ['sgd', 'adam'],
      {
        side: 'above',
        margin: 0,
        unit: 'nats per doubling of the tokens',
        what: `The slope of the gap at batch size ${smallest(study)}`,
      },
    ),
};

export const mapLargeBatchCloses: LedgerClaim = {
  id: 'map-large-batch-closes',
  text: 'At the largest batch size the gap is smaller after the longest training than two budgets earlier.',
  source: 'arXiv 2506.12543, figure 3, right',
  experiment: 'map',
  paper: 'At a fixed batch size SGD catches up with Adam as the number of steps grows.',
  figure: 'map',
  judge(study) {
    const all = budgets(study);
    if (all.length < 3) return undecided('the study has fewer than three budgets of tokens', 'nats');
    const at = (k: number) => spot(study, largest(study), all[all.length - k]);
    const terms = [...gapTerms(at(1), 'sgd', 'adam'), ...gapTerms(at(3), 'sgd', 'adam', -1)];
    return decide(contrast(study.cells, terms), {
      side: 'below',
      margin: 0,
      unit: 'nats',
      what: `The gap at batch size ${largest(study)} after ${tokens(at(1))} tokens minus that after ${tokens(at(3))}`,
    });
  },
};

const tokens = (at: { tokens: number }) => at.tokens.toLocaleString('en-US');
