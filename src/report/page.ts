// The report as one page: question, answer, figures, tables, and everything needed to judge them.

import { isOn } from '../analysis/budgets.ts';
import { armLooks } from '../figures/looks.ts';
import { pageTheme } from '../figures/theme.ts';
import { cellLength } from '../study/shortfall.ts';
import { effortTable, runText, searchText, troubleTable } from './about.ts';
import { claimsList } from './claims-list.ts';
import { drawStudy } from './drawings.ts';
import { experimentSection } from './experiment.ts';
import { glossary, paperText } from './explain.ts';
import { budgetText, count, list, number } from './format.ts';
import type { GroupFigures } from './group-figures.ts';
import { type Html, html } from './html.ts';
import { noiseSection } from './noise.ts';
import {
  answerBox,
  contents,
  figurePart,
  figureSection,
  pageOf,
  type Section,
  sectionHtml,
} from './page-parts.ts';
import { gapTable, winnersTable } from './tables.ts';
import { theorySection } from './theory.ts';
import type { Group, LoadedStudy, Summary } from './types.ts';

/** The whole page; it works offline. */
export function reportPage(
  loaded: LoadedStudy,
  summary: Summary,
  { claims, noise, theory, groups } = drawStudy(loaded, summary),
): string {
  const { study } = loaded;
  const sections = [
    experimentSection(claims, summary),
    noiseSection(noise),
    ...(groups.length > 1
      ? groups.map((drawn) => oneOfMany(drawn, groupParts(loaded, summary, drawn)))
      : groups.flatMap((drawn) => groupParts(loaded, summary, drawn))),
    theorySection(theory),
    {
      id: 'tuning',
      title: 'How it was tuned',
      body: html`${searchText(loaded)}
${effortTable(summary)}
${groups.map(({ group, figures: { effort } }) =>
  figurePart(groups.length > 1 ? { ...effort, title: `${effort.title}: ${nameOf(group)}` } : effort),
)}
${troubleTable(loaded)}`,
    },
    { id: 'runs', title: 'What was run', body: runText(loaded, summary) },
    { id: 'glossary', title: 'Words', body: glossary(summary.lossPer, study.trainer?.paired !== false) },
    { id: 'paper', title: 'Beside the paper', body: paperText(loaded) },
  ].filter((section) => section !== null);
  return pageOf(
    summary.title,
    html`<h1>${summary.title}</h1>
${study.description && html`<p class="muted">${study.description}</p>`}
<p class="question">${summary.question}</p>
${answerBox(summary.answer, summary.caveats)}
${oneLength(loaded, summary)}
${contents(sections)}
${sections.map(sectionHtml)}
<footer>Written by gaplab ${summary.environment.versions.gaplab ?? ''}. Beside this page: figures/ (SVG), tables/ (CSV, the plotted numbers) and summary.json (everything).</footer>`,
  );
}

/** Figures and tables of one model and budget. */
function groupParts(
  { study, rows }: LoadedStudy,
  summary: Summary,
  { group, figures, prefix }: GroupFigures,
): Section[] {
  const cells = summary.cells.filter(isOn(group, study));
  const looks = armLooks(Object.keys(study.optimizers), pageTheme);
  const varied = new Set(summary.effort.flatMap((entry) => Object.keys(entry.varied)));
  const { gap, tunedLoss, lrCurves, trainingCurves } = figures;
  const nothing = rows.every((row) => row.status !== 'done');
  const parts: (Section | null)[] = [
    summary.baseline === null
      ? null
      : figureSection(gap, group.gaps.length > 0 && gapTable(group.gaps, study, summary.lossPer)),
    ...(nothing ? [] : [tunedLoss, lrCurves, trainingCurves].map((figure) => figureSection(figure))),
    {
      id: `${prefix}winners`,
      title: 'The winners',
      body: winnersTable(cells, varied, looks, summary.lossPer),
    },
    summary.experiment === null ? testsSection(group, prefix) : null,
  ];
  return parts.filter((part) => part !== null);
}

/** A study of one budget says nothing about other lengths of training, where the gap is another one. */
function oneLength({ study }: LoadedStudy, { experiment, challenger }: Summary): Html | false {
  const isOne = study.tokens.length === 1 && !study.steps && Object.keys(study.models).length === 1;
  if (!isOne || experiment !== null || challenger === null || study.imported || study.trainer) return false;
  const [model] = Object.keys(study.models);
  const [tokens] = study.tokens;
  const steps = study.batchSizes.map((batchSize) => {
    const { steps: n } = cellLength(study, { optimizer: challenger, batchSize, model, tokens });
    return `${number(n)} at batch size ${batchSize}`;
  });
  return html`<p class="muted">This is one row of a map, the gap over batch size and training length: every run has ${count(tokens)}
tokens, which are so many steps: ${list(steps)}. With longer training the gaps are others; what they come to is in gaplab’s findings
(<a href="../../docs/findings.md">docs/findings.md</a>).</p>`;
}

const nameOf = (group: Group) => `${group.model}, ${budgetText(group)} per run`;

/** Parts of a group below one heading, where a study has several groups. */
const oneOfMany = ({ group, prefix }: GroupFigures, parts: readonly Section[]): Section => ({
  id: `${prefix}group`,
  title: nameOf(group),
  body: html`${parts.map(({ id, title, body }): Html => html`<h3 id="${id}">${title}</h3>${body}`)}`,
});

const testsSection = ({ claims }: Group, prefix: string): Section | null =>
  claims.length === 0 ? null : { id: `${prefix}tests`, title: 'Tests of the gap', body: claimsList(claims) };
