// What one study says in the ledger, apart from its runs: enough to stand in the document when the study
// is not at hand any more.
import type { JudgedLedgerClaim } from '../analysis/claims/claim.ts';
import { displayName } from '../analysis/names.ts';
import { tuningOf } from '../analysis/tuning.ts';
import type { FrozenStudy } from '../store/schemas.ts';
import { tuningSeedsOf } from './cells.ts';
import { studyCommand } from './command.ts';
import { claimFigures, inShort, isGraded } from './experiment.ts';
import { count, duration, list, plural } from './format.ts';
import { md, mdCode } from './markdown.ts';
import { type MapOf, mapOf } from './neighbour-figure.ts';
import { factsOf } from './summary.ts';
import type { LoadedStudy, Summary } from './types.ts';

/** A study in one of the directories. */
export interface LedgerStudy {
  dir: string;
  loaded: LoadedStudy;
  summary: Summary;
}

export interface LedgerSection {
  /** Absent for a study that is not at hand. */
  dir?: string;
  /** Name of the study. */
  name: string;
  /** `long`, say; absent for a study of a length of its own. */
  size?: string;
  experiment: string;
  /** Markdown: title, command, dates, runs, tuning, arms and what limits the answer. */
  facts: string;
  /** Runs that it was still without. */
  missing: number;
  /** Of a study of the map: its cells, which stand beside those of other models. */
  map?: MapOf;
  claims: JudgedLedgerClaim[];
  /**
   * Figures that the claims ask for and that are not empty; without `svg` where the study is not at hand.
   */
  figures: () => { name: string; title: string; svg?: () => string }[];
}

/** A figure of a section, where the document has it. */
export interface Link {
  name: string;
  title: string;
  link: string;
}

export const sectionOf = ({ dir, loaded, summary }: LedgerStudy): LedgerSection => ({
  dir,
  name: loaded.study.name,
  size: loaded.study.size,
  experiment: loaded.study.experiment!,
  facts: facts({ loaded, summary }),
  missing: summary.runs.missing,
  map:
    loaded.study.experiment === 'map'
      ? mapOf(factsOf(loaded, summary.cells), loaded.study.models)
      : undefined,
  claims: summary.claims.filter(isGraded),
  figures: () => claimFigures(loaded, summary).filter((figure) => !figure.empty),
});

/** The section as Markdown. */
export function sectionText({ name, facts, claims }: LedgerSection, links: readonly Link[]): string {
  const items = claims.map((claim) => {
    const link = links.find(({ name }) => name === claim.figure);
    return `* **${claim.verdict}**: ${md(claim.text)}
  * The paper: ${md(claim.paper)} (${md(claim.source)})
  * This run: ${md(claim.evidence)}
  * In short: ${inShort[claim.verdict]}${link ? ` [Figure](${link.link}).` : ''}${discussed(claim)}`;
  });
  return `## ${md(name)}

${facts}

${items.join('\n')}

${links.map(({ title, link }) => `![${md(title)}](${link})`).join('\n')}
`;
}

function facts({ loaded, summary }: Pick<LedgerStudy, 'loaded' | 'summary'>): string {
  const { study } = loaded;
  const { tune, fresh } = study.seeds;
  const command = studyCommand(study);
  const seeds = tuningSeedsOf(study);
  const runs = Object.entries(summary.runs).filter(([, n]) => n > 0);
  const facts = [
    `${mdCode(command.text)}${command.isExact ? '' : ' (with changes: see study.json)'}`,
    [
      ...new Set(
        [loaded.startedAt ?? 'not started', loaded.finishedAt ?? []]
          .flat()
          .map((at) => md(at.slice(0, 11).replace(/T$/, ''))),
      ),
    ].join(' to '),
    runs.length > 0 ? `runs: ${list(runs.map(([status, n]) => `${n} ${status}`))}` : 'no runs',
    `tuned ${howTuned(study)} with ${seeds.length === 1 ? 'seed' : 'seeds'} ${list(seeds)}; the best setting run again with ${plural(fresh, 'fresh seed')}, from ${tune + 1} on`,
    `${count(summary.tokensTrained)} tokens in ${duration(summary.effort.reduce((sum, e) => sum + e.seconds, 0))} of training`,
    md(loaded.environment.writer.processor),
  ];
  const arms = list(Object.keys(study.optimizers).map((arm) => md(displayName(arm))));
  return `${md(study.title)}. ${facts.join('; ')}. Arms: ${arms}. ${md(summary.caveats.join(' '))}`.trimEnd();
}

/** How far the search for learning rates went. */
function howTuned(study: FrozenStudy): string {
  if (Object.values(study.optimizers).every(({ lr }) => lr.kind === 'grid')) return 'on a fixed grid';
  const { probe, halve } = tuningOf(study);
  const further = [
    ...(probe > 0 ? [`${plural(probe, 'rate')} beyond it on each side`] : []),
    ...(halve > 0 ? ['rates in between'] : []),
  ];
  return `by a bracket ${further.length > 0 ? `and ${list(further)}` : 'alone'}`;
}

/** What to make of a refutation that stands. */
const discussed = ({ verdict, discussion, says }: JudgedLedgerClaim): string =>
  verdict === 'refuted' && discussion
    ? `\n  * ${says === 'no' ? 'As its source says' : 'If it stands'}: ${md(discussion)}`
    : '';
