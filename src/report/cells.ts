// The tuned frontier of a study's directory. The summary, which has it too, loads every claim:
// `gaplab status` asks for this alone.
import { type Cell, frontier } from '../analysis/frontier.ts';
import { freshSeeds, tuningSeeds } from '../analysis/seeds.ts';
import { tuningOf } from '../analysis/tuning.ts';
import type { LoadedStudy } from './types.ts';

/** The tuned frontier of a study. */
export const cellsOf = ({ study, rows, expected }: LoadedStudy): Cell[] =>
  frontier(rows, {
    tuning: tuningSeedsOf(study),
    expected,
    fresh: freshSeeds(study.seeds),
    unpaired: study.trainer?.paired === false,
  });

/** Every seed that may choose a setting. */
export const tuningSeedsOf = (study: LoadedStudy['study']): number[] =>
  tuningSeeds(study.seeds, tuningOf(study).seeds);
