// The figures of every model and budget of a study.
import { isOn } from '../analysis/budgets.ts';
import { shortfalls, shortfallText } from '../study/shortfall.ts';
import { drawFigures, type StudyFigures } from './figures.ts';
import type { Group, LoadedStudy, Summary } from './types.ts';

export interface GroupFigures {
  group: Group;
  figures: StudyFigures;
  /** Put before file names and anchors; empty where there is one group. */
  prefix: string;
}

/** The figures of every group, in order. File names get the group's name when there are several. */
export function groupFigures(loaded: LoadedStudy, summary: Summary): GroupFigures[] {
  return summary.groups.map((group) => {
    const isOf = isOn(group, loaded.study);
    const { tuningSeed, baseline, challenger, lossPer: per } = summary;
    const prefix =
      summary.groups.length > 1 ? `${fileName(group.model)}-${group.tokens ?? `${group.steps}steps`}-` : '';
    const material = { rows: loaded.rows.filter(isOf), cells: summary.cells.filter(isOf), gaps: group.gaps };
    const optimizers = Object.keys(loaded.study.optimizers);
    const figures = drawFigures({
      ...{ ...material, tuningSeed, optimizers, baseline, challenger, per, prefix },
      budget: group,
      shortfalls: shortfalls(loaded.study)
        .filter(isOf)
        .map((one) => shortfallText(loaded.study, one)),
    });
    return { group, figures, prefix };
  });
}

/** A model's label as part of a file name. */
function fileName(label: string): string {
  return label.replace(/[^\w.-]+/g, '_');
}
