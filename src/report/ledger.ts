// The ledger: every claim about the paper, graded on the studies in given directories.
import { existsSync, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { JudgedLedgerClaim } from '../analysis/claims/claim.ts';
import { strictly } from '../analysis/claims/many.ts';
import { claims } from '../analysis/claims/registry.ts';
import { UserError } from '../core/errors.ts';
import type { FrozenStudy } from '../store/schemas.ts';
import { isGraded } from './experiment.ts';
import { loadStudyDir } from './load.ts';
import { summarizeStudy } from './summary.ts';
import type { LoadedStudy, Summary } from './types.ts';

/** A study of an experiment, with its claims. */
export interface LedgerStudy {
  dir: string;
  loaded: LoadedStudy;
  summary: Summary;
  claims: JudgedLedgerClaim[];
}

export interface Ledger {
  /**
   * In the order of the claims' table, so that the ledger reads the same whatever
   * the order of the directories.
   */
  studies: LedgerStudy[];
  /** Studies of no experiment: what is tested on every gap is tested on theirs. */
  others: Omit<LedgerStudy, 'claims'>[];
  /** Claims whose experiment is in none of the directories. */
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
 * Grades every claim on every study it is about. `alpha` asks for more than the interval
 * does (`strictly`). Writes nothing.
 */
export function readLedger(dirs: readonly string[], alpha?: number): Ledger {
  const order = claims.map((claim) => claim.experiment);
  const rank = ({ study }: { study: FrozenStudy }) => order.indexOf(study.experiment ?? '');
  const all = studyDirs(dirs).map((dir) => {
    const loaded = loadStudyDir(dir);
    return { dir, loaded, summary: summarizeStudy(loaded) };
  });
  const studies = all
    .filter(({ loaded }) => rank(loaded) >= 0)
    .map(
      (one): LedgerStudy => ({
        ...one,
        claims: one.summary.claims
          .filter(isGraded)
          .map((claim) => (alpha === undefined ? claim : strictly(claim, alpha))),
      }),
    )
    .sort((a, b) => rank(a.loaded) - rank(b.loaded));
  const others = all.filter(({ loaded }) => rank(loaded) < 0);
  const covered = new Set(studies.map(({ loaded }) => loaded.study.experiment));
  const open = claims
    .filter((claim) => !covered.has(claim.experiment))
    .map(({ id, text, source, experiment }) => ({ id, text, source, experiment }));
  return { studies, others, open };
}
