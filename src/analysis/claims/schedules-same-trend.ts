// The schedule does not make the effect.
import type { LedgerClaim } from './claim.ts';
import { all } from './decide.ts';
import { opens } from './same-trend.ts';

const labels: Record<string, string> = { '': 'cosine', '-growing': 'a growing batch' };

export const schedulesSameTrend: LedgerClaim = {
  id: 'schedules-same-trend',
  text: 'The gap is larger at a large batch size than at a small one with every schedule: cosine, WSD, linear, constant, and cosine with a growing batch.',
  source: 'arXiv 2506.12543, appendix (WSD beside cosine)',
  experiment: 'schedules',
  paper: 'WSD in place of cosine does not change the picture.',
  figure: 'arms',
  judge: (study) =>
    all(
      ['', '-wsd', '-linear', '-constant', '-growing']
        .filter((suffix) => study.arms.includes(`sgd${suffix}`) && study.arms.includes(`adam${suffix}`))
        .map((suffix) => opens(study, [`sgd${suffix}`, `adam${suffix}`], labels[suffix] ?? suffix.slice(1))),
    ),
};
