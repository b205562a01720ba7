// The page of findings: the map and the figures around it, with what they say in numbers,
// from the directories of studies.
import { basename, dirname, join } from 'node:path';
import type { StudyFacts } from '../analysis/claims/claim.ts';
import { largest, smallest, spot } from '../analysis/claims/places.ts';
import { signed } from '../core/decimals.ts';
import { UserError } from '../core/errors.ts';
import { codeOf, placeError } from '../files/errors.ts';
import { ownedFolder } from '../files/owned.ts';
import { parameterCount } from '../model/parameters.ts';
import { isOwnModel } from '../store/schemas.ts';
import type { DrawnFigure } from './drawn.ts';
import { effectsOverSizes, gapAlongTraining, orders, placed, plateausFigure } from './findings-figures.ts';
import { count, list } from './format.ts';
import { finishedGap } from './gap-rows.ts';
import type { Ledger } from './ledger.ts';
import type { LedgerStudy } from './ledger-section.ts';
import { bySize, isLength, OWN_SIZE } from './ledger-sizes.ts';
import { chanceText, kinds, type LedgerEntry, turned } from './ledger-tables.ts';
import { mapDrawing, tokensMapDrawing } from './map-figures.ts';
import { md, mdCode } from './markdown.ts';
import { isOfReport } from './marks.ts';
import { neighboursFigure, neighboursText } from './neighbour-figure.ts';
import { factsOf } from './summary.ts';

const facts = ({ loaded, summary }: LedgerStudy): StudyFacts => factsOf(loaded, summary.cells);
const finished = ({ summary }: LedgerStudy) => summary.runs.done;
const nameOf = ({ loaded }: LedgerStudy) => loaded.study.name;

/** A part of the page as Markdown, and the names of the studies that it was made from. */
export interface FindingsPart {
  title: string;
  text: string;
  from: string[];
}

interface Draft {
  title: string;
  from: string[];
  text: () => string;
  /** Made of what the ledger keeps: it needs no study at hand. */
  isOfLedger?: true;
}

/**
 * Writes `file` and its figures in a folder beside it. Of `kept`, the parts of an earlier page, those stay
 * that were made from a study which is not at hand, but for those made of what the ledger itself keeps.
 * Throws UserError without a study of the map, now or then.
 */
export function writeFindings(
  file: string,
  ledger: Ledger,
  kept: readonly FindingsPart[] = [],
): { files: string[]; parts: FindingsPart[] } {
  const [dir, document] = [dirname(file), basename(file)];
  const folder = document.replace(/\.md$/, '') + (document.endsWith('.md') ? '' : '-figures');
  const written = new Map<string, string>();
  const show = (figure: DrawnFigure): string => {
    if (figure.empty) return '';
    const path = `${folder}/${figure.name}.svg`;
    written.set(path, figure.svg());
    return `![${md(figure.title)}](${path.split('/').map(encodeURIComponent).join('/')})\n\n*${md(figure.caption)}*\n`;
  };
  const here = ledger.studies.map(nameOf);
  const drafts = [
    ...ofTheMap(ledger, show),
    whichWay(ledger, show),
    ...besideThePaper(ledger, show),
    ...ofMethods(ledger, show),
  ];
  const titles = new Set([...kept, ...drafts].map(({ title }) => title));
  const parts = [...titles].flatMap((title): FindingsPart[] => {
    const was = kept.find((part) => part.title === title);
    const draft = drafts.find((draft) => draft.title === title);
    if (was && !draft?.isOfLedger && was.from.some((name) => !here.includes(name))) return [was];
    return draft ? [{ title, text: draft.text().trim(), from: draft.from }] : [];
  });
  if (parts[0]?.title !== INTRO)
    throw new UserError(
      'the findings begin with the map, and none of the studies is one: gaplab study map --size long',
    );
  const entries = ledger.sections.flatMap((section) =>
    section.claims.map((claim): LedgerEntry => ({ section, claim, anchor: '' })),
  );
  const effects = show(effectsOverSizes(entries)).trim() || 'No claim was judged at two sizes yet.';
  const text = [
    `# ${INTRO}\n\n<!-- Written by \`gaplab claims --findings\`; do not edit. -->\n\n${parts[0].text}`,
    ...parts.slice(1).map(({ title, text }) => `## ${title}\n\n${text}`),
    `## What changes with the length of training\n\n${effects}`,
    `## The claims\n\n${tally(entries)}`,
  ];
  written.set(document, `${text.join('\n\n')}\n`);
  try {
    ownedFolder(dir, 'findings', isOfReport).write(written);
  } catch (error) {
    throw codeOf(error) === undefined ? error : placeError(dir, error, '--findings');
  }
  const figures = [...written.keys()].filter((name) => name !== document);
  return { files: [document, ...figures].map((name) => join(dir, name)), parts };
}

const INTRO = 'What was found';
const ofExperiment = ({ studies }: Ledger, experiment: string) =>
  studies
    .filter(({ loaded }) => loaded.study.experiment === experiment)
    .sort((a, b) => finished(b) - finished(a));

/** The study of the map with the most runs, and what it says. Undefined where none is at hand. */
function theMap(ledger: Ledger) {
  const [map] = ofExperiment(ledger, 'map');
  return map && { map, study: facts(map), name: nameOf(map) };
}

function ofTheMap(ledger: Ledger, show: (figure: DrawnFigure) => string): Draft[] {
  const found = theMap(ledger);
  if (!found) return [];
  const { map, study, name } = found;
  const part = (title: string, text: () => string): Draft => ({ title, text, from: [name] });
  return [
    part(INTRO, () => intro(map, study)),
    part('The map', () => `${show(mapDrawing(study, ['sgd', 'adam']))}\n${corners(study)}`),
    part(
      'The same in tokens',
      () => show(tokensMapDrawing(study, ['sgd', 'adam'])) || 'No batch size has two finished budgets yet.',
    ),
    part('The gap opens, and where it closes', () => show(gapAlongTraining(study))),
    part('Where the losses stand', () => show(plateausFigure(study))),
  ];
}

/** The map, which is that of a length with the most cells, beside those of other models. */
function whichWay({ sections }: Ledger, show: (figure: DrawnFigure) => string): Draft {
  const maps = sections.flatMap(({ name, size, map }) => (map ? [{ name, size, map }] : []));
  const [main] = maps
    .filter(({ size }) => isLength(size))
    .sort((a, b) => b.map.cells.length - a.map.cells.length);
  const neighbours = maps.filter(({ size }) => !isLength(size));
  const others = neighbours.map(({ map }) => map);
  return {
    title: 'Which way the map moves',
    from: [...(main ? [main] : []), ...neighbours].map(({ name }) => name),
    text: () =>
      main && others.length > 0
        ? `${show(neighboursFigure(main.map, others))}\n${neighboursText(main.map, others)}`
        : 'No neighbour of the map is here yet (`gaplab study map --size vocabulary-512`, and so on).',
    isOfLedger: true,
  };
}

function besideThePaper(ledger: Ledger, show: (figure: DrawnFigure) => string): Draft[] {
  const found = theMap(ledger);
  if (!found) return [];
  const { map, study, name } = found;
  const [model] = Object.values(map.loaded.study.models);
  // Models of other tools do not say what they have.
  const parameters = isOwnModel(model) ? parameterCount(model) : Number.NaN;
  const noise = ofExperiment(ledger, 'noise-prediction').slice(0, 1);
  return [
    {
      title: 'The paper’s runs beside these',
      text: () => show(placed(study, parameters, noise[0] && facts(noise[0]))),
      from: [name, ...noise.map(nameOf)],
    },
  ];
}

function ofMethods(ledger: Ledger, show: (figure: DrawnFigure) => string): Draft[] {
  const from = ofExperiment(ledger, 'sign-methods').sort((a, b) =>
    bySize(a.loaded.study.size, b.loaded.study.size),
  );
  const sweeps = from.map((one) => ({ size: one.loaded.study.size ?? OWN_SIZE, study: facts(one) }));
  const text = () => show(orders(sweeps)) || 'No study of `sign-methods` is here yet.';
  return [{ title: 'The order of the methods', text, from: from.map(nameOf) }];
}

function intro({ loaded, summary }: LedgerStudy, study: StudyFacts): string {
  const { runs } = summary;
  const missing =
    runs.missing > 0
      ? ` **Runs go on: ${runs.missing} of those known so far are missing**, and cells without both losses are empty.`
      : '';
  const days = [loaded.startedAt, loaded.finishedAt].flatMap((at) => (at ? [at.slice(0, 10)] : []));
  return `SGD with momentum and Adam, each tuned in every cell of batch size and training length: ${runs.done} runs of the study ${mdCode(loaded.study.name)}, ${count(summary.tokensTrained)} tokens, ${[...new Set(days)].join(' to ')}, ${loaded.study.seeds.fresh} fresh seeds.${missing} Batch sizes are ${list(study.batchSizes.map(String))} sequences. Losses are in nats per token; 0.1 nats are about 10% in perplexity.`;
}

/** What the corners of the map say, in sentences. */
function corners(study: StudyFacts): string {
  const budgets = study.frontiers.filter(({ tokens }) => tokens !== null);
  const known = (batchSize: number) =>
    budgets.flatMap((budget) => {
      const found = finishedGap(study, spot(study, batchSize, budget), ['sgd', 'adam']);
      return found.kind === 'known'
        ? [{ tokens: budget.tokens!, effect: found.effect, ci95: found.ci95 }]
        : [];
    });
  return [smallest(study), largest(study)]
    .flatMap((batchSize) => {
      const own = known(batchSize);
      if (own.length < 2) return [];
      const words = own.map(
        ({ tokens, effect, ci95 }) =>
          `${signed(effect, 2)} after ${count(tokens)} tokens${ci95 ? ` (${signed(ci95[0], 2)} to ${signed(ci95[1], 2)})` : ''}`,
      );
      return [`* At batch size ${batchSize} SGD minus Adam is ${list(words)}.`];
    })
    .join('\n');
}

function tally(entries: readonly LedgerEntry[]): string {
  if (entries.length === 0) return 'No claim was judged.';
  const lines = (Object.keys(kinds) as (keyof typeof kinds)[]).flatMap((whose) => {
    const own = entries.filter(({ claim }) => claim.whose === whose);
    const n = (verdict: string) => own.filter(({ claim }) => claim.verdict === verdict).length;
    return own.length === 0
      ? []
      : [
          `* ${kinds[whose]}: ${n('supported')} supported, ${n('refuted')} refuted, ${n('inconclusive')} inconclusive.`,
        ];
  });
  const changed = turned(entries);
  return `${chanceText(entries)}\n\n${lines.join('\n')}${changed === '' ? '' : `\n\nVerdicts that change with the length of training:\n\n${changed}`}`;
}
