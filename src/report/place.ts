// Where a report goes, and whether it may. Apart from what draws it, which takes long to load.
import { resolve } from 'node:path';
import { type OwnedFolder, ownedFolder } from '../files/owned.ts';
import { isOfReport } from './marks.ts';

export const studyFolder = (dir: string): OwnedFolder => ownedFolder(dir, 'study', isOfReport);

/** Files of every report, and those that an earlier one has left in the folder. */
const usual = ['report.html', 'summary.json', 'tables/winners.csv'];

/**
 * Throws UserError when a file is in the way of a report in `dir`: one that gaplab did not write,
 * or that was changed since. For commands to ask before work that takes long.
 */
export function checkReportPlace(dir: string): void {
  const folder = studyFolder(dir);
  folder.check(new Set([...usual, ...folder.listed().filter((name) => /^(figures|tables)\//.test(name))]));
}

export interface LabFolder {
  dir: string;
  owned: OwnedFolder;
}

/** Where a simulation puts its files. Throws UserError when files of somebody else are in the way there. */
export function labFolder(out: string): LabFolder {
  const dir = resolve(out);
  const owned = ownedFolder(dir, 'theory', isOfReport);
  owned.check(new Set(['report.html', 'result.json', ...owned.listed()]));
  return { dir, owned };
}
