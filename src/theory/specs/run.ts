// Runs what a specification asks for. Apart from the specifications, which every reader of a study loads.
import { imbalanceLab } from '../imbalance-lab.ts';
import type { Pace } from '../pace.ts';
import { quadratic } from '../problem.ts';
import { blocksOf, quadraticLab } from '../quadratic-lab.ts';
import { sdeLab } from '../sde-lab.ts';
import * as imbalance from './imbalance.ts';
import * as quadratics from './quadratic.ts';
import type { LabKind, LabRun, LabSpec, ResultOf, SpecOf } from './registry.ts';
import { checkpointOf } from './sde.ts';

const runs: { [Kind in LabKind]: (spec: SpecOf<Kind>, pace?: Pace) => Promise<ResultOf<Kind>> } = {
  async sde(spec, pace) {
    const { spectrum, start } = spec;
    const problems = spec.sigma.map((sigma) => ({
      sigma,
      problem: quadratic({ spectrum, start, sigma: [sigma] }),
    }));
    return { rows: await sdeLab({ ...spec, problems, checkpoint: checkpointOf(spec) }, pace) };
  },
  quadratic(spec, pace) {
    const hessians = Object.fromEntries(spec.hessians.map((text) => [text, { blocks: blocksOf(text) }]));
    const batchSizes = quadratics.batchSizesOf(spec);
    return quadraticLab({ ...spec, hessians, batchSizes, budget: quadratics.budgetOf(spec) }, pace);
  },
  imbalance(spec, pace) {
    const batchSizes = imbalance.batchSizesOf(spec);
    return imbalanceLab({ ...spec, batchSizes, budget: imbalance.budgetOf(spec) }, pace);
  },
};

/** Runs it; the same numbers for the same `spec`. Throws UserError for settings that make no sense. */
export async function runLab(spec: LabSpec, pace?: Pace): Promise<LabRun> {
  const run = runs[spec.lab] as (spec: LabSpec, pace?: Pace) => Promise<LabRun['result']>;
  return { lab: spec.lab, spec, result: await run(spec, pace) } as LabRun;
}
