// All figures of a study, drawn once: the page shows them, and the folder beside it has them as files.
import type { DrawnFigure } from './drawn.ts';
import { claimFigures } from './experiment.ts';
import { type GroupFigures, groupFigures } from './group-figures.ts';
import { noiseFigures } from './noise.ts';
import { theoryFigures } from './theory.ts';
import type { LoadedStudy, Summary } from './types.ts';

export interface StudyDrawings {
  /** Those that claims of the study's experiment ask for. */
  claims: DrawnFigure[];
  noise: DrawnFigure[];
  theory: DrawnFigure[];
  groups: GroupFigures[];
}

export const drawStudy = (loaded: LoadedStudy, summary: Summary): StudyDrawings => ({
  claims: claimFigures(loaded, summary),
  noise: noiseFigures(loaded, summary),
  theory: theoryFigures(loaded, summary),
  groups: groupFigures(loaded, summary),
});

/** All of them that show something, in the order in which they are drawn. */
export const everyDrawing = ({ claims, noise, theory, groups }: StudyDrawings): DrawnFigure[] =>
  [...claims, ...noise, ...theory, ...groups.flatMap(({ figures }) => Object.values(figures))].filter(
    ({ empty }) => !empty,
  );
