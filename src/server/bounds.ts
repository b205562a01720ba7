// Whether a study is of a size that a server can look at: study.json may be somebody else's,
// and a few digits in it can ask for more runs than there is memory for.
import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { tuningOf } from '../analysis/tuning.ts';
import { UserError } from '../core/errors.ts';
import type { ArmConfig, FrozenStudy } from '../store/schemas.ts';

/** Bytes of study.json; one with 50,000 imported runs has about 15 million. */
const MOST_BYTES = 32 << 20;
/** A study of 10,000 runs is large. */
const MOST_CELLS = 10_000;
const MOST_RUNS = 200_000;

/** Throws UserError for a study.json that is too large to be read. */
export function refuseLargeFile(dir: string): void {
  const stat = lstatSync(join(dir, 'study.json'), { throwIfNoEntry: false });
  if (stat && stat.size > MOST_BYTES)
    throw new UserError(
      `study.json has ${Math.round(stat.size / 2 ** 20)} MiB, too much for a study; it is not read`,
    );
}

/** Throws UserError for a study whose plan would have too many runs. */
export function refuseLargeStudy(study: FrozenStudy): void {
  const { models, tokens, steps = [], batchSizes, optimizers, seeds, maxPoints } = study;
  const perArm = Object.keys(models).length * (tokens.length + steps.length) * batchSizes.length;
  const cells = perArm * Object.keys(optimizers).length;
  if (cells > MOST_CELLS) throw tooLarge(cells, 'cells');
  const { probe, halve, seeds: tuning, candidates } = tuningOf(study);
  const most = maxPoints + 2 * probe + 4 * halve;
  const contest = (candidates + 1) * tuning;
  const runs = Object.values(optimizers).reduce(
    (sum, arm) => sum + perArm * (settings(arm, most) + contest + seeds.fresh),
    0,
  );
  if (runs > MOST_RUNS) throw tooLarge(runs, 'runs');
}

const settings = ({ lr, axes }: ArmConfig, most: number): number =>
  Object.values(axes).reduce((n, values) => n * values.length, 1) *
  (lr.kind === 'grid' ? lr.values.length : most);

const tooLarge = (n: number, what: string) =>
  new UserError(`the study has up to ${n.toLocaleString('en-US')} ${what}, too many to be shown`);
