// The figures of labs that a study has been run with.
import * as imbalance from '../../theory/specs/imbalance.ts';
import * as quadratic from '../../theory/specs/quadratic.ts';
import type { LabRun } from '../../theory/specs/registry.ts';
import { checkpointOf } from '../../theory/specs/sde.ts';
import type { DrawnFigure } from '../drawn.ts';
import { type LabFigure, labDrawing } from './figure.ts';
import { imbalanceFigures } from './imbalance.ts';
import { quadraticFigures } from './quadratic.ts';
import { sdeFigures } from './sde.ts';

const noises = {
  columns: 'noise of data columns',
  isotropic: 'isotropic noise',
  hessian: 'noise with covariance proportional to H',
};

/** What it is a simulation of. */
function subject(run: LabRun): string {
  switch (run.lab) {
    case 'sde':
      return 'A noisy quadratic';
    case 'quadratic':
      return `Quadratics, ${noises[run.spec.noise]}`;
    case 'imbalance':
      return 'The toy of rare classes';
  }
}

function figuresOf(run: LabRun): LabFigure[] {
  switch (run.lab) {
    case 'sde':
      return sdeFigures(run.result.rows, { ...run.spec, checkpoint: checkpointOf(run.spec) });
    case 'quadratic':
      return quadraticFigures(run.result, { ...run.spec, budget: quadratic.budgetOf(run.spec) });
    case 'imbalance': {
      const batchSizes = imbalance.batchSizesOf(run.spec);
      return imbalanceFigures(run.result.rows, {
        ...run.spec,
        batchSizes,
        budget: imbalance.budgetOf(run.spec),
      });
    }
  }
}

/** Its figures, named and titled so that those of several labs can stand side by side. */
export const labDrawings = (run: LabRun, arms: readonly string[]): DrawnFigure[] =>
  figuresOf(run).map((figure) =>
    labDrawing(
      {
        ...figure,
        name: `${run.spec.name}-${figure.name}`,
        title: `${subject(run)}: ${figure.title[0].toLowerCase()}${figure.title.slice(1)}`,
      },
      arms,
    ),
  );
