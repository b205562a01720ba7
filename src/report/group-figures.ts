// The figures of every model and budget of a study.
import { isOn } from '../analysis/budgets.ts';
import { fileNames } from '../files/names.ts';
import { shortfalls, shortfallText } from '../study/shortfall.ts';
import type { Material } from './figure-texts.ts';
import { drawFigures, type StudyFigures } from './figures.ts';
import type { Group, LoadedStudy, Summary } from './types.ts';

export interface GroupFigures {
  group: Group;
  figures: StudyFigures;
  /** Put before file names and anchors; empty where there is one group. */
  prefix: string;
}

/** The figures of every group, in order. File names get the group's name when there are several. */
export const groupFigures = (loaded: LoadedStudy, summary: Summary): GroupFigures[] =>
  groupMaterials(loaded, summary).map((material, i) => ({
    group: summary.groups[i],
    figures: drawFigures(material),
    prefix: material.prefix,
  }));

/** What the figures of every group are made from, in order. */
export function groupMaterials(loaded: LoadedStudy, summary: Summary): Material[] {
  const prefixes = prefixesOf(loaded, summary);
  const { tuningSeed, baseline, challenger, lossPer: per } = summary;
  return summary.groups.map((group, i) => {
    const isOf = isOn(group, loaded.study);
    return {
      rows: loaded.rows.filter(isOf),
      cells: summary.cells.filter(isOf),
      gaps: group.gaps,
      ...{ tuningSeed, baseline, challenger, per },
      optimizers: Object.keys(loaded.study.optimizers),
      prefix: prefixes[i],
      budget: group,
      shortfalls: shortfalls(loaded.study)
        .filter(isOf)
        .map((one) => shortfallText(loaded.study, one)),
    };
  });
}

/**
 * One group needs no prefix. Labs of the study have their names as prefixes, so
 * no group may get one of those.
 */
function prefixesOf({ study }: LoadedStudy, { groups }: Summary): string[] {
  if (groups.length < 2) return groups.map(() => '');
  const labels = groups.map(({ model, tokens, steps }) => `${model}-${tokens ?? `${steps}steps`}`);
  const names = fileNames([...labels, ...(study.theory ?? []).map(({ name }) => `${name}`)]);
  return labels.map((_, i) => `${names[i]}-`);
}
