// The ledger as a Markdown document with its figures beside it.
import { basename, dirname, join } from 'node:path';
import type { JudgedLedgerClaim } from '../analysis/claims/claim.ts';
import { displayName } from '../analysis/names.ts';
import { tuningOf } from '../analysis/tuning.ts';
import { codeOf, placeError } from '../files/errors.ts';
import { fileNames } from '../files/names.ts';
import { ownedFolder } from '../files/owned.ts';
import type { FrozenStudy } from '../store/schemas.ts';
import { tuningSeedsOf } from './cells.ts';
import { studyCommand } from './command.ts';
import { claimFigures, inShort } from './experiment.ts';
import { count, duration, list, plural } from './format.ts';
import type { Ledger, LedgerStudy } from './ledger.ts';
import { byLength, chanceText, type LedgerEntry, ledgerTables, turned } from './ledger-tables.ts';
import { md, mdCode } from './markdown.ts';
import { isOfReport } from './marks.ts';
import { refuseEmptier } from './sources.ts';

/**
 * Writes `file` and, in the folder `<file without .md>/` beside it, the figures.
 * Gives the paths. Throws UserError when a file of somebody else is in the way.
 */
export function writeLedgerPage(file: string, ledger: Ledger): string[] {
  const [dir, document] = [dirname(file), basename(file)];
  const folder = document.endsWith('.md') ? document.slice(0, -3) : `${document}-figures`;
  const written = new Map<string, string>();
  const names = figureNames(ledger);
  const sections = ledger.studies.map((study, i) => {
    const links = claimFigures(study.loaded, study.summary)
      .filter((figure) => !figure.empty)
      .map((figure) => {
        const path = `${folder}/${names[i]}-${figure.name}.svg`;
        written.set(path, figure.svg());
        return {
          name: figure.name,
          title: figure.title,
          link: path.split('/').map(encodeURIComponent).join('/'),
        };
      });
    return { study, text: section(study, links), links };
  });
  for (const { dir, loaded } of ledger.studies) refuseEmptier(dir, loaded.sources);
  written.set(document, page(ledger, sections));
  const owned = ownedFolder(dir, 'claims', isOfReport);
  try {
    owned.write(written);
  } catch (error) {
    throw codeOf(error) === undefined ? error : placeError(dir, error, '--markdown');
  }
  return [document, ...[...written.keys()].filter((name) => name !== document)].map((name) =>
    join(dir, name),
  );
}

/** The name of each study as part of a file name; studies of one name get their directories' names added. */
function figureNames({ studies }: Ledger): string[] {
  const names = studies.map(({ loaded }) => loaded.study.name);
  const isTwice = (name: string) => names.indexOf(name) !== names.lastIndexOf(name);
  return fileNames(names.map((name, i) => (isTwice(name) ? `${name} ${studies[i].dir}` : name)));
}

interface Link {
  name: string;
  title: string;
  link: string;
}

function page(
  { studies, open }: Ledger,
  sections: { study: LedgerStudy; text: string; links: Link[] }[],
): string {
  const tally = (verdict: string) =>
    studies.flatMap(({ claims }) => claims).filter((claim) => claim.verdict === verdict).length;
  const entries = sections.flatMap(({ study, links }) =>
    study.claims.map(
      (claim): LedgerEntry => ({
        study,
        claim,
        link: links.find(({ name }) => name === claim.figure)?.link,
        anchor: anchor(study.loaded.study.name),
      }),
    ),
  );
  const what = [
    'Each claim was written down before the runs, together with the test that decides it. A verdict is `supported` or `refuted` when the',
    'whole 95% interval of the effect lies on one side of the claim’s margin. Otherwise it is `inconclusive`, and also where a better',
    'learning rate outside of those tried could overturn it. A bracket alone ends at the first minimum that it meets; where rates beyond it',
    'were tried as well, that is said. Losses are in nats per token, or per masked token or image where models predict those; 0.1 nats are',
    'about 10% in perplexity. A verdict is about these models and this length of training.',
    'A refuted claim agrees with a source that says the opposite; a claim that its source does not make is not tested by the paper. Where there',
    'are several sizes, the numbers are those of the longest. The column *false discovery* is the least share of false discoveries, by the',
    'procedure of Benjamini and Hochberg, at which the effect counts as one.',
    '',
    'The evidence names differences and ratios of tuned losses: “A minus B” is positive where B has the lower loss. “The gap” is SGD minus',
    'Adam. A doubling is a factor of two, and a decade a factor of ten.',
  ];
  const changed = turned(entries);
  const apart =
    byLength(entries).length < entries.length
      ? ' The tables go by the length of training. Neighbours of the map, whose models are other ones, have sections of their own.'
      : '';
  return `# Results

<!-- Written by \`gaplab claims --markdown\`; do not edit. -->

${what.join('\n')}

${plural(tally('supported') + tally('refuted') + tally('inconclusive'), 'claim')}: ${tally('supported')} supported, ${tally('refuted')} refuted, ${tally('inconclusive')} inconclusive${open.length > 0 ? `; ${open.length} not run` : ''}. ${chanceText(entries)}${apart}

${ledgerTables(entries)}
${changed === '' ? '' : `\n### Verdicts that change with the length of training\n\n${changed}\n`}
${sections.map(({ text }) => text).join('\n')}${
  open.length > 0
    ? `\n## Not run\n\n${open.map(({ experiment, text }) => `* ${mdCode(experiment)}: ${md(text)}`).join('\n')}\n`
    : ''
}`;
}

function section({ loaded, summary, claims }: LedgerStudy, links: Link[]): string {
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
  const items = claims.map((claim) => {
    const link = links.find(({ name }) => name === claim.figure);
    return `* **${claim.verdict}**: ${md(claim.text)}
  * The paper: ${md(claim.paper)} (${md(claim.source)})
  * This run: ${md(claim.evidence)}
  * In short: ${inShort[claim.verdict]}${link ? ` [Figure](${link.link}).` : ''}${discussed(claim)}`;
  });
  const arms = list(Object.keys(study.optimizers).map((arm) => md(displayName(arm))));
  return `## ${md(study.name)}

${md(study.title)}. ${facts.join('; ')}. Arms: ${arms}. ${md(summary.caveats.join(' '))}

${items.join('\n')}

${links.map(({ title, link }) => `![${md(title)}](${link})`).join('\n')}
`;
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

/** The anchor that renderers give a heading. */
const anchor = (name: string) =>
  encodeURIComponent(
    name
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-'),
  );
