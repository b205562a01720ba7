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
import type { Ledger, LedgerStudy } from './ledger.ts';
import { bySize, chanceText, isLength, kinds, type LedgerEntry, turned } from './ledger-tables.ts';
import { mapDrawing, tokensMapDrawing } from './map-figures.ts';
import { md, mdCode } from './markdown.ts';
import { isOfReport } from './marks.ts';
import { type MapOf, neighboursFigure } from './neighbour-figure.ts';
import { factsOf } from './summary.ts';

const facts = ({ loaded, summary }: LedgerStudy): StudyFacts => factsOf(loaded, summary.cells);
const finished = ({ summary }: LedgerStudy) => summary.runs.done;

/** Writes `file` and its figures in a folder beside it. Throws UserError without a study of the map. */
export function writeFindings(file: string, ledger: Ledger): string[] {
  const of = (experiment: string) =>
    ledger.studies
      .filter(({ loaded }) => loaded.study.experiment === experiment)
      .sort((a, b) => finished(b) - finished(a));
  const [map] = of('map');
  if (!map)
    throw new UserError(
      'the findings begin with the map, and none of the studies is one: gaplab study map --size long',
    );
  const study = facts(map);
  const [dir, document] = [dirname(file), basename(file)];
  const folder = document.replace(/\.md$/, '') + (document.endsWith('.md') ? '' : '-figures');
  const written = new Map<string, string>();
  const show = (figure: DrawnFigure): string => {
    if (figure.empty) return '';
    const path = `${folder}/${figure.name}.svg`;
    written.set(path, figure.svg());
    return `![${md(figure.title)}](${path.split('/').map(encodeURIComponent).join('/')})\n\n*${md(figure.caption)}*\n`;
  };
  const entries = ledger.studies.flatMap((one) =>
    one.claims.map((claim): LedgerEntry => ({ study: one, claim, anchor: '' })),
  );
  const [model] = Object.values(map.loaded.study.models);
  // Models of other tools do not say what they have.
  const parameters = isOwnModel(model) ? parameterCount(model) : Number.NaN;
  const [noise] = of('noise-prediction');
  const neighbours = of('map')
    .filter(({ loaded }) => !isLength(loaded.study.size))
    .flatMap((one): MapOf[] => {
      const [model] = Object.values(one.loaded.study.models);
      return isOwnModel(model) ? [{ study: facts(one), model }] : [];
    });
  const sweeps = of('sign-methods')
    .map((one) => ({ size: one.loaded.study.size ?? 'own', study: facts(one) }))
    .sort((a, b) => bySize(a.size, b.size));
  const parts = [
    `# What was found\n\n<!-- Written by \`gaplab claims --findings\`; do not edit. -->\n\n${intro(map, study)}`,
    `## The map\n\n${show(mapDrawing(study, ['sgd', 'adam']))}\n${corners(study)}`,
    section(
      'The same in tokens',
      show(tokensMapDrawing(study, ['sgd', 'adam'])),
      'No batch size has two finished budgets yet.',
    ),
    `## The gap opens, and where it closes\n\n${show(gapAlongTraining(study))}`,
    `## Where the losses stand\n\n${show(plateausFigure(study))}`,
    section(
      'Which way the map moves',
      isOwnModel(model) ? show(neighboursFigure({ study, model }, neighbours, ['sgd', 'adam'])) : '',
      'No neighbour of the map is here yet (`gaplab study map --size vocabulary-512`, and so on).',
    ),
    `## The paper’s runs beside these\n\n${show(placed(study, parameters, noise && facts(noise)))}`,
    section('The order of the methods', show(orders(sweeps)), 'No study of `sign-methods` is here yet.'),
    section(
      'What changes with the length of training',
      show(effectsOverSizes(entries)),
      'No claim was judged at two sizes yet.',
    ),
    `## The claims\n\n${tally(entries)}`,
  ];
  written.set(
    document,
    `${parts
      .join('\n\n')
      .replace(/\n{3,}/g, '\n\n')
      .trimEnd()}\n`,
  );
  try {
    ownedFolder(dir, 'findings', isOfReport).write(written);
  } catch (error) {
    throw codeOf(error) === undefined ? error : placeError(dir, error, '--findings');
  }
  return [document, ...[...written.keys()].filter((name) => name !== document)].map((name) =>
    join(dir, name),
  );
}

const section = (title: string, figure: string, without: string) => `## ${title}\n\n${figure || without}`;

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
