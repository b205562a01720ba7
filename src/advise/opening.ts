// From which batch size on SGD falls behind Adam: measured by the user, or by this
// project's runs where they are of the same kind.
import { geometricMean } from '../analysis/opening.ts';
import { count, short } from '../report/format.ts';
import { accepted, type Fact, foreign, type Given, isNear, NANO_INNER, refused } from './given.ts';

export const WHAT_OPENING = 'batch size at which SGD falls 0.08 nats behind Adam';
const what = WHAT_OPENING;
const theorem = 'Theorem 1 of arXiv 2506.12543, momentum counted in (docs/theory.md)';

/** Of `nano` (docs/theory.md): runs of 300 thousand tokens, sequences of 64. */
const nano = { predicted: 17, from: 5, to: 35, measured: 10, tokens: 300_000, seqLen: 64 };

export function openingFacts(given: Given): Fact[] {
  const { study, moments } = given;
  const facts: Fact[] = [];
  const why = foreign(given);
  if (study && why !== undefined)
    facts.push(
      refused(
        {
          what,
          origin: 'measured by you',
          source: `the gaps of ${study.name}`,
          range: 'models and budgets within a factor of three of its own',
        },
        why,
      ),
    );
  else if (study && study.openings.length > 0) {
    const at = geometricMean(study.openings.map((one) => one.at))!;
    const all = study.openings.map((one) => one.at);
    const bounds = [...new Set(study.openings.map(({ bound }) => bound))].join(', ');
    facts.push(
      accepted({
        what,
        value: at,
        text: `${short(at)} sequences (${short(Math.min(...all))} to ${short(Math.max(...all))} over seeds; ${bounds})`,
        origin: 'measured by you',
        source: `the gaps of ${study.name}`,
        range: 'its model and budget',
      }),
    );
  }
  if (study?.predicted && why === undefined)
    facts.push(predicted(study.predicted, `gradient moments of ${study.name}`, 'its model and budget'));
  if (moments?.predicted)
    facts.push(
      predicted(moments.predicted, moments.source, 'the model of that run at those points of its training'),
    );
  facts.push(ofThisProject(given));
  return facts;
}

const predicted = ({ at, bound }: { at: number; bound: string }, source: string, range: string): Fact =>
  accepted({
    what,
    value: at,
    text: `${short(at)} sequences (${bound}; within a factor of four in short runs of this project, nine times too large in long ones)`,
    isTooLarge: true,
    origin: 'measured by you',
    source: `${source}; ${theorem}`,
    range,
  });

function ofThisProject({ inner, tokens, seqLen }: Given): Fact {
  const base = {
    what,
    origin: 'runs of this project' as const,
    source: `nano: moments of Adam at batch size 1; ${theorem}`,
    range: `models of about ${count(NANO_INNER)} inner parameters, sequences of ${nano.seqLen}, about ${nano.tokens.toLocaleString('en-US')} tokens`,
  };
  if (!isNear(inner, NANO_INNER))
    return refused(
      base,
      `the model has ${count(inner)} inner parameters, and where the gap opens moves with size in a way that these runs do not tell`,
    );
  if (seqLen !== nano.seqLen)
    return refused(base, `its sequences have ${seqLen ?? 'an unknown number of'} tokens`);
  if (tokens === undefined || !isNear(tokens, nano.tokens))
    return refused(
      base,
      'the budget is another (give it with --tokens): in longer runs the gap opens at other batch sizes',
    );
  return accepted({
    ...base,
    value: nano.predicted,
    text: `${nano.predicted} sequences predicted (${nano.from} to ${nano.to}), ${nano.measured} measured`,
  });
}
