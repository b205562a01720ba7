// The page of `gaplab theory imbalance`: rare classes in a linear softmax toy, full batch and mini-batch.
import type { imbalanceLab } from '../../theory/imbalance-lab.ts';
import { imbalanceSamples } from '../../theory/imbalance-samples.ts';
import { list, short } from '../format.ts';
import { batchName, budgetName, type ImbalanceSettings, imbalanceFigures, lastOf } from './imbalance.ts';
import { methodName } from './names.ts';
import type { LabPage } from './page.ts';

export function imbalancePage(
  { rows, tuned }: Awaited<ReturnType<typeof imbalanceLab>>,
  settings: ImbalanceSettings & { beta: number; seed: number },
): LabPage {
  const { levels, beta, seeds, seed } = settings;
  const sizes = [...new Set(tuned.map((row) => row.batchSize))];
  const named = (size: number) => batchName(levels, size);
  const edges = tuned.filter((row) => !row.bracketed);
  const budget = budgetName(settings.budget);
  return {
    title: 'Frequent and rare classes',
    question:
      'Do rare classes lag behind under SGD and not under Adam, and does that depend on the batch size?',
    answer: tuned.map(({ method, batchSize, loss }) => {
      const [common, rare] = [0, levels - 1].map((level) => lastOf(rows, method, batchSize, level));
      if (loss === null || !common || !rare) return `${methodName(method)} at ${named(batchSize)} diverged.`;
      return `${methodName(method)}, ${named(batchSize)}: loss ${short(loss)} after ${budget}; most frequent class ${short(common.loss)}, rarest classes ${short(rare.loss)}.`;
    }),
    caveats:
      edges.length === 0
        ? []
        : [
            `Learning rate not bracketed: ${list(edges.map((row) => `${methodName(row.method)} at ${named(row.batchSize)}`))}.`,
          ],
    figures: imbalanceFigures(rows, settings),
    tables: [
      {
        title: 'Tuned settings',
        head: ['optimizer, batch', 'steps', 'learning rate', 'final loss', 'diverged'],
        rows: tuned.map((row) => [
          `${methodName(row.method)}, ${named(row.batchSize)}`,
          String(row.steps),
          short(row.lr) + (row.bracketed ? '' : ' (edge)'),
          row.loss === null ? 'diverged' : short(row.loss),
          row.tried
            .flatMap(({ lr, diverged }) => (diverged ? `${diverged} of ${seeds} at ${short(lr)}` : []))
            .join(', ') || 'none',
        ]),
      },
    ],
    explain: [
      [
        'The toy',
        `${imbalanceSamples(levels)} samples in ${(levels + 1) * 2 ** levels} dimensions, inputs uniform on [0, 1], labels random but unequally frequent: level 0 is one class with ${2 ** levels} samples, level ${levels - 1} has ${2 ** (levels - 1)} classes with two samples each. Linear softmax regression from zero weights. After Kunstner et al., arXiv 2402.19449.`,
      ],
      [
        'Why rare classes lag',
        'In the full gradient a class weighs as much as it is frequent. SGD follows that weight, so a class half as frequent is learnt half as fast. Sign descent and Adam divide the weight out.',
      ],
      [
        'What to look for',
        'If the gap of language models came from class imbalance alone and closed at small batches, the levels would have to draw together under SGD at small batches here.',
      ],
    ],
    settings: [
      ['levels', String(levels)],
      ['batch sizes', list(sizes)],
      ['length of a run', `${budget}, cosine to 0`],
      ['momentum', `${beta} (SGD: heavy ball; Adam: both betas)`],
      ['learning rates', 'bracketed by factors of √10 in the mean of the seeds'],
      ['seeds', `${seeds}, from ${seed}`],
    ],
  };
}
