// `gaplab verdict A B`: is A better than B, by how much, and how sure is it?
import type { Command } from 'commander';
import { judgeDifference } from '../analysis/verdict.ts';
import { UserError } from '../core/errors.ts';
import { readSide } from '../report/sides.ts';
import { verdictSentence } from '../report/verdict-words.ts';
import { action, type Context, command, examples, number } from './common.ts';

interface Flags {
  margin?: number;
  noise?: number;
  paired?: boolean;
}

export function register(program: Command): void {
  const verdict = command(
    program,
    'verdict <a> <b>',
    `Whether A is better than B: by how much, with what interval, against what noise, and how many more seeds would decide it. A and B are
    losses (3.41,3.44,3.40), files of losses, or tuned cells of studies: DIR, DIR:ARM or DIR:ARM@BATCH.`,
  )
    .option('--margin <nats>', 'differences up to this do not matter', number({ min: 0 }))
    .option(
      '--noise <nats>',
      'standard deviation of one loss from seed to seed, where it is known',
      number({ above: 0 }),
    )
    .option('--paired', 'losses in lists are paired: the first of A with the first of B, and so on');
  examples(verdict, [
    ['gaplab verdict 3.41,3.44,3.40 3.52,3.49,3.55', 'two lists of losses, one for each seed'],
    ['gaplab verdict studies/quick:sgd studies/quick:adam', 'two arms of a study at each batch size'],
    ['gaplab verdict studies/new:sgd@64 studies/old:sgd@64 --json', 'one cell of two studies, for programs'],
    ['gaplab verdict 3.271 3.280 --noise .0013', 'one run each, against a noise that was measured before'],
  ]);
  verdict.action(
    action((ctx: Context, first: string, second: string, { margin, noise, paired }: Flags) => {
      const [a, b] = [readSide(first), readSide(second)];
      if (paired && (a.pairing || b.pairing))
        throw new UserError(
          '--paired is about lists of losses; the seeds of studies tell themselves whether they pair',
        );
      if (paired && a.length !== b.length)
        throw new UserError('--paired needs as many losses on one side as on the other');
      const places = [...a.samples.keys()].filter((place) => b.samples.has(place));
      // One list against one cell has no place in common, and needs none.
      const pairs: [string, string, string][] =
        a.samples.size === 1 && b.samples.size === 1
          ? [
              [
                [...a.samples.keys(), ...b.samples.keys()].find((one) => one !== '') ?? '',
                [...a.samples.keys()][0],
                [...b.samples.keys()][0],
              ],
            ]
          : places.map((place) => [place, place, place]);
      if (pairs.length === 0)
        throw new UserError(
          `${first} and ${second} have nothing in common to be compared at: name an arm and a batch size of each, as in DIR:ARM@BATCH`,
        );
      const verdicts = pairs.map(([where, at, bt]) => {
        const [one, other] = [a.samples.get(at)!, b.samples.get(bt)!];
        const isPaired = paired ?? (typeof a.pairing?.key === 'string' && a.pairing.key === b.pairing?.key);
        const judged = judgeDifference(one, other, { paired: isPaired, margin, noise });
        return { where, ...judged, sentence: verdictSentence(judged, at === bt ? where : '') };
      });
      for (const { sentence } of verdicts) ctx.out(sentence);
      ctx.result({ verdicts });
    }),
  );
}
