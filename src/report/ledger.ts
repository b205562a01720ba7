// The ledger: every claim about the paper, graded on the studies in given directories, and what
// studies that are not at hand have said before.
import { existsSync, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { JudgedLedgerClaim } from '../analysis/claims/claim.ts';
import { strictly } from '../analysis/claims/many.ts';
import { claims } from '../analysis/claims/registry.ts';
import { UserError } from '../core/errors.ts';
import { shown } from '../core/shown.ts';
import { type LedgerSection, type LedgerStudy, sectionOf } from './ledger-section.ts';
import { bySize, isLength } from './ledger-sizes.ts';
import { loadStudyDir } from './load.ts';
import { summarizeStudy } from './summary.ts';

export interface Ledger {
  /** Studies of an experiment, in the order of the sections. */
  studies: LedgerStudy[];
  /**
   * One for each of `studies`, and one for each study that is kept: in the order of the claims' table,
   * a longer size before a shorter one. So the ledger reads the same whatever the order of the directories.
   */
  sections: LedgerSection[];
  /** Studies of no experiment: what is tested on every gap is tested on theirs. */
  others: LedgerStudy[];
  /** Claims whose experiment is in no section. */
  open: Pick<JudgedLedgerClaim, 'id' | 'text' | 'source' | 'experiment'>[];
}

/** Directories of studies: those given, or those in them. Throws UserError for one that holds none. */
export function studyDirs(dirs: readonly string[]): string[] {
  return dirs.flatMap((dir) => {
    const isStudy = (path: string) => isReachable(path) && existsSync(join(path, 'study.json'));
    if (isStudy(dir)) return [dir];
    const inside = existsSync(dir)
      ? readdirSync(dir)
          .sort()
          .map((name) => join(dir, name))
          .filter(isStudy)
      : [];
    if (inside.length === 0)
      throw new UserError(
        `${dir} holds no study (no study.json in it or one level below): give --out directories`,
      );
    return inside;
  });
}

/**
 * False where there is nothing. Throws UserError for a link to what is not there:
 * a study on a disk that is not mounted is no open claim.
 */
function isReachable(path: string): boolean {
  if (existsSync(path)) return true;
  if (lstatSync(path, { throwIfNoEntry: false }))
    throw new UserError(`${path} is a link to what is not there: bring that back, or remove the link`);
  return false;
}

/**
 * Grades every claim on every study it is about. `kept`: what studies have said before; one that is in the
 * directories now takes the place of its earlier self. Throws UserError for two of one name then, and for one
 * of which more was kept. Writes nothing.
 */
export function readLedger(dirs: readonly string[], kept?: readonly LedgerSection[]): Ledger {
  const order = claims.map((claim) => claim.experiment);
  const all = studyDirs(dirs).map((dir): LedgerStudy => {
    const loaded = loadStudyDir(dir);
    return { dir, loaded, summary: summarizeStudy(loaded) };
  });
  const isOfExperiment = ({ loaded }: LedgerStudy) => order.includes(loaded.study.experiment ?? '');
  const here = all
    .filter(isOfExperiment)
    .map((study) => ({ study, section: sectionOf(study) }))
    .sort((a, b) => compare(a.section, b.section));
  const names = here.map(({ section }) => section.name);
  if (kept) refuseTwins(here);
  for (const { study, section } of here) refuseLess(study, section, kept ?? []);
  const sections = [
    ...here.map(({ section }) => section),
    ...(kept ?? []).filter(({ name }) => !names.includes(name)),
  ].sort(compare);
  const covered = new Set(sections.map(({ experiment }) => experiment));
  const open = claims
    .filter((claim) => !covered.has(claim.experiment))
    .map(({ id, text, source, experiment }) => ({ id, text, source, experiment }));
  const others = all.filter((one) => !isOfExperiment(one));
  return { studies: here.map(({ study }) => study), sections, others, open };

  function compare(a: LedgerSection, b: LedgerSection): number {
    return (
      order.indexOf(a.experiment) - order.indexOf(b.experiment) ||
      Number(isLength(b.size)) - Number(isLength(a.size)) ||
      bySize(b.size, a.size)
    );
  }
}

/** The same with verdicts that ask for more than the interval does (`strictly`). */
export const stricter = (ledger: Ledger, alpha: number): Ledger => ({
  ...ledger,
  sections: ledger.sections.map((section) => ({
    ...section,
    claims: section.claims.map((claim) => strictly(claim, alpha)),
  })),
});

/** A study of which there is less than when it was kept does not take the place of what it said then. */
function refuseLess({ dir }: LedgerStudy, now: LedgerSection, kept: readonly LedgerSection[]): void {
  const was = kept.find(({ name }) => name === now.name);
  if (was && now.missing > was.missing)
    throw new UserError(
      `${dir} is not finished (${now.missing} runs missing), and the ledger keeps more of ${shown(now.name)} (${was.missing} missing): finish it, or leave it out`,
    );
}

function refuseTwins(here: readonly { study: LedgerStudy; section: LedgerSection }[]): void {
  for (const [name, [a, b]] of Map.groupBy(here, ({ section }) => section.name))
    if (b)
      throw new UserError(
        `two studies are called ${shown(name)}, and a ledger file keeps one of each name: leave out ${a.study.dir} or ${b.study.dir}`,
      );
}
