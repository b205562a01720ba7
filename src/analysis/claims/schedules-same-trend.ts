// The schedule does not make the effect.
import type { ClaimDef } from './claim.ts';
import { all } from './decide.ts';
import { opens } from './same-trend.ts';

export const schedulesSameTrend: ClaimDef = {
  id: 'schedules-same-trend',
  text: 'The gap is larger at large batch than at small whichever the schedule: cosine, WSD, linear or constant.',
  source: 'arXiv 2506.12543, appendix (WSD beside cosine)',
  experiment: 'schedules',
  paper: 'WSD in place of cosine does not change the picture.',
  figure: 'arms',
  judge: (study) =>
    all(
      ['', '-wsd', '-linear', '-constant']
        .filter((suffix) => study.arms.includes(`sgd${suffix}`) && study.arms.includes(`adam${suffix}`))
        .map((suffix) => opens(study, [`sgd${suffix}`, `adam${suffix}`], suffix.slice(1) || 'cosine')),
    ),
};
