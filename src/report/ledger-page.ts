// The ledger as a Markdown document with its figures beside it.
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { codeOf, placeError } from '../files/errors.ts';
import { fileNames } from '../files/names.ts';
import { ownedFolder } from '../files/owned.ts';
import { plural } from './format.ts';
import type { Ledger } from './ledger.ts';
import { type LedgerSection, type Link, sectionText } from './ledger-section.ts';
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
  const names = figureNames(ledger.sections);
  const sections = ledger.sections.map((section, i) => {
    const links = section.figures().flatMap(({ name, title, svg }): Link[] => {
      const path = `${folder}/${names[i]}-${name}.svg`;
      if (svg) written.set(path, svg());
      // That of a study that is not at hand was drawn when it was.
      else if (!existsSync(join(dir, path))) return [];
      return [{ name, title, link: path.split('/').map(encodeURIComponent).join('/') }];
    });
    return { section, links };
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
function figureNames(sections: readonly LedgerSection[]): string[] {
  const names = sections.map(({ name }) => name);
  const isTwice = (name: string) => names.indexOf(name) !== names.lastIndexOf(name);
  return fileNames(names.map((name, i) => (isTwice(name) ? `${name} ${sections[i].dir}` : name)));
}

function page({ open }: Ledger, sections: readonly { section: LedgerSection; links: Link[] }[]): string {
  const entries = sections.flatMap(({ section, links }) =>
    section.claims.map(
      (claim): LedgerEntry => ({
        section,
        claim,
        link: links.find(({ name }) => name === claim.figure)?.link,
        anchor: anchor(section.name),
      }),
    ),
  );
  const tally = (verdict: string) => entries.filter(({ claim }) => claim.verdict === verdict).length;
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
${sections.map(({ section, links }) => sectionText(section, links)).join('\n')}${
  open.length > 0
    ? `\n## Not run\n\n${open.map(({ experiment, text }) => `* ${mdCode(experiment)}: ${md(text)}`).join('\n')}\n`
    : ''
}`;
}

/** The anchor that renderers give a heading. */
const anchor = (name: string) =>
  encodeURIComponent(
    name
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-'),
  );
