// The page of `gaplab theory quadratic`: Hessians with equal eigenvalues in a different order,
// every optimizer tuned.
import type { QuadraticLab, QuadraticRow, quadraticLab } from '../../theory/quadratic-lab.ts';
import { list, short } from '../format.ts';
import { methodName } from './names.ts';
import type { LabPage } from './page.ts';
import { budgetName, quadraticFigures } from './quadratic.ts';

export function quadraticPage(
  { rows, curves }: Awaited<ReturnType<typeof quadraticLab>>,
  lab: QuadraticLab,
): LabPage {
  const settings = { ...lab, hessians: Object.keys(lab.hessians) };
  const budget = budgetName(lab.budget);
  const edges = rows.filter((row) => !row.bracketed);
  const unstable = rows.filter((row) => row.diverged && row.loss !== null);
  const nameOf = (row: QuadraticRow) => `${row.hessian} batch ${row.batchSize} ${methodName(row.method)}`;
  return {
    title: 'Quadratics with and without block structure',
    question:
      'Is it the curvature, different from block to block, that makes Adam faster than SGD, and does a small batch close the gap?',
    answer: answer(rows, lab),
    caveats: [
      ...(edges.length === 0
        ? []
        : [`At the edge of what was tried (or never converging): ${list(edges.map(nameOf))}.`]),
      ...(unstable.length === 0
        ? []
        : [
            `Some seeds end above their start even at the best learning rate: ${list(unstable.map((row) => `${nameOf(row)} (${row.diverged} of ${row.seeds})`))}.`,
          ]),
    ],
    figures: quadraticFigures({ rows, curves }, settings),
    tables: [
      {
        title: 'Tuned losses',
        head: ['Hessian, batch', ...lab.methods.map(methodName)],
        rows: Object.keys(lab.hessians).flatMap((hessian) =>
          lab.batchSizes.map((batchSize) => [
            `${hessian} ${batchSize}`,
            ...lab.methods.map((method) => {
              const row = rows.find(
                (r) => r.hessian === hessian && r.batchSize === batchSize && r.method === method,
              )!;
              return row.loss === null
                ? 'diverged'
                : `${short(row.loss)} @${short(row.lr)}${row.bracketed ? '' : ' (edge)'}`;
            }),
          ]),
        ),
      },
    ],
    explain: [
      [
        'Hessian',
        'The matrix H of second derivatives: the loss is w·Hw / 2. Its eigenvalues are the curvatures; here they range over three orders of magnitude.',
      ],
      [
        'Heterogeneous and homogeneous',
        'The same nine eigenvalues in three blocks of three parameters, each block turned at random. Heterogeneous: {1, 2, 3}, {99, 100, 101}, {4998, 4999, 5000}. Homogeneous: {1, 99, 4998}, {2, 100, 4999}, {3, 101, 5000}. Adam and Signum treat parameters one by one and can adapt to blocks; SGD sees only the spectrum.',
      ],
      [
        'Noise',
        'columns: H is the mean of nine rank-one terms (data), a batch is some of them, and the noise vanishes at the optimum. isotropic: σ z/√B is added to the full gradient. hessian: the same with covariance proportional to H. Which of these language models have is an open question, and the conclusion depends on it.',
      ],
      [
        'Tuned',
        `Learning rates a factor ${short(10 ** (1 / lab.lr.perDecade))} apart; the best by median over the same seeds. Where an end of the grid wins, the search goes on up to 12 further.`,
      ],
      [
        'Optimizers',
        'All have momentum as an average, m ← βm + (1−β)g. SGD: w ← w − ηm. Signum: sign(m). Normalized SGD: m/|m|. Adam: both betas equal, with bias correction.',
      ],
    ],
    settings: [
      ['Hessians', list(Object.keys(lab.hessians))],
      ['start', 'w = (1, ..., 1)'],
      ['noise', lab.noise === 'columns' ? 'columns' : `${lab.noise}, σ = ${lab.sigma}`],
      ['batch sizes', list([...lab.batchSizes])],
      ['length of a run', budget],
      ['schedule', `warmup ${100 * lab.warmup}%, then cosine to 0`],
      ['β', String(lab.beta)],
      ['seeds', `${lab.seeds}, from ${lab.seed}`],
    ],
  };
}

/**
 * The ratio of SGD to Adam (or of the first two methods) at the smallest and the largest batch,
 * Hessian by Hessian.
 */
function answer(rows: QuadraticRow[], lab: QuadraticLab): string[] {
  const [base, other] =
    lab.methods.includes('adam') && lab.methods.includes('sgd')
      ? (['adam', 'sgd'] as const)
      : [lab.methods[0], lab.methods[1]];
  if (other === undefined) return [`${methodName(base)} was tuned at ${lab.batchSizes.length} batch sizes.`];
  const [low, high] = [Math.min(...lab.batchSizes), Math.max(...lab.batchSizes)];
  return Object.keys(lab.hessians).map((hessian) => {
    const at = (batchSize: number) => {
      const [a, b] = [base, other].map(
        (method) =>
          rows.find((row) => row.hessian === hessian && row.batchSize === batchSize && row.method === method)
            ?.loss ?? null,
      );
      if (a === null || b === null) return `unknown at batch size ${batchSize}`;
      return `${short(b)} and ${short(a)} (${short(b / a)} times) at batch size ${batchSize}`;
    };
    return `${hessian}: final losses of ${methodName(other)} and ${methodName(base)} are ${at(low)}${low === high ? '' : `, ${at(high)}`}.`;
  });
}
