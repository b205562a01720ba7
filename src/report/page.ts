// The report as one page: question, answer, figures, tables, and everything needed to judge them.

import { isOn } from '../analysis/budgets.ts';
import type { Claim } from '../analysis/claims.ts';
import { displayName } from '../analysis/names.ts';
import { armLooks } from '../figures/looks.ts';
import { pageTheme } from '../figures/theme.ts';
import { shortfalls, shortfallText } from '../study/shortfall.ts';
import { effortTable, runText, searchText, troubleTable } from './about.ts';
import type { DrawnFigure } from './drawn.ts';
import { experimentSection, figuresOf } from './experiment.ts';
import { glossary, paperTable } from './explain.ts';
import { drawFigures } from './figures.ts';
import { budgetText } from './format.ts';
import { type Html, html, trusted } from './html.ts';
import { noiseFigures, noiseSection } from './noise.ts';
import { style } from './style.ts';
import { gapTable, winnersTable } from './tables.ts';
import { theoryFigures, theorySection } from './theory.ts';
import type { Group, LoadedStudy, Summary } from './types.ts';

/** Widths in pixels for which every figure is laid out; the style sheet shows the one that fits. */
const widths = { wide: 820, narrow: 350 };

/** The figures of every group, in order. File names get the group's name when there are several. */
export function groupFigures(
  loaded: LoadedStudy,
  summary: Summary,
): { group: Group; figures: DrawnFigure[] }[] {
  return summary.groups.map((group) => {
    const isOf = isOn(group, loaded.study);
    const { tuningSeed, baseline, challenger, lossPer: per } = summary;
    const prefix =
      summary.groups.length > 1 ? `${fileName(group.model)}-${group.tokens ?? `${group.steps}steps`}-` : '';
    const material = { rows: loaded.rows.filter(isOf), cells: summary.cells.filter(isOf), gaps: group.gaps };
    const optimizers = Object.keys(loaded.study.optimizers);
    return {
      group,
      figures: drawFigures({
        ...{ ...material, tuningSeed, optimizers, baseline, challenger, per, prefix },
        budget: group,
        shortfalls: shortfalls(loaded.study)
          .filter(isOf)
          .map((one) => shortfallText(loaded.study, one)),
      }),
    };
  });
}

/** The whole page; offline, without scripts. */
export function reportPage(loaded: LoadedStudy, summary: Summary): string {
  const { study } = loaded;
  const drawn = groupFigures(loaded, summary);
  const [base, other] = [displayName(summary.baseline ?? ''), displayName(summary.challenger ?? '')];
  const question =
    summary.baseline === null
      ? 'Which loss does each batch size reach when the learning rate is tuned for it?'
      : `How far apart are ${base} and ${other} when both are tuned, and how does that depend on batch size?`;
  const page = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${summary.title}</title>
<style>${trusted(style)}</style></head>
<body><main>
<h1>${summary.title}</h1>
${study.description && html`<p class="muted">${study.description}</p>`}
<p>${question}</p>
<div class="answer">${summary.answer.map((sentence) => html`<p>${sentence}</p>`)}
${summary.caveats.length > 0 && html`<ul class="caveats">${summary.caveats.map((sentence) => html`<li>${sentence}</li>`)}</ul>`}</div>
${experimentSection(figuresOf(loaded, summary), summary, figureHtml)}
${noiseSection(noiseFigures(loaded, summary), figureHtml)}
${drawn.map(({ group, figures }) => groupSection(loaded, summary, group, figures, drawn.length > 1))}
${theorySection(theoryFigures(loaded, summary), figureHtml)}
<h2>How it was tuned</h2>
${searchText(loaded)}
${effortTable(summary)}
${drawn.map(({ figures }) => figureHtml(figures[4]))}
${troubleTable(loaded)}
<h2>What was run</h2>
${runText(loaded, summary)}
<h2>How to read this</h2>
${glossary(summary.lossPer)}
<h2>Beside the paper</h2>
<p>The question is that of <a href="https://arxiv.org/abs/2506.12543">Is your batch size the problem? Revisiting the Adam-SGD gap in language
modeling</a> (Srećković, Geiping, Orvieto, 2025). Batch sizes do not carry over one to one: a smaller model on shorter sequences sees fewer tokens per
step, and takes fewer steps. Compare the shape of the curve, and tokens per step rather than sequences.</p>
${paperTable(loaded)}
<footer>Written by gaplab ${summary.environment.versions.gaplab ?? ''}. Figures are in figures/ (SVG), the numbers plotted in tables/ (CSV), all of it in summary.json.</footer>
</main></body></html>
`;
  return page.html;
}

function groupSection(
  { study, rows }: LoadedStudy,
  summary: Summary,
  group: Group,
  figures: DrawnFigure[],
  isOneOfMany: boolean,
): Html {
  const cells = summary.cells.filter(isOn(group, study));
  const looks = armLooks(Object.keys(study.optimizers), pageTheme);
  const varied = new Set(summary.effort.flatMap((entry) => Object.keys(entry.varied)));
  const [gap, ...others] = figures.slice(0, 4);
  const nothing = rows.every((row) => row.status !== 'done');
  return html`
${isOneOfMany && html`<h2>${group.model}, ${budgetText(group)} per run</h2>`}
${summary.baseline !== null && html`${figureHtml(gap)}${group.gaps.length > 0 && gapTable(group.gaps, study, summary.lossPer)}`}
${nothing ? '' : others.map(figureHtml)}
<h2>The winners</h2>
${winnersTable(cells, varied, looks, summary.lossPer)}
${summary.experiment === null ? claimsSection(group.claims) : ''}`;
}

function claimsSection(claims: readonly Claim[]): Html | string {
  if (claims.length === 0) return '';
  const items = claims.map(
    (claim) =>
      html`<li><span class="verdict ${claim.verdict}">${claim.verdict}</span>: ${claim.text}<br><span class="muted">${claim.evidence}</span></li>`,
  );
  return html`<h2>Claims and verdicts</h2><p>Each claim was written down before the runs, with the test that decides it: supported or refuted
when the whole 95% interval lies on one side, inconclusive otherwise.</p><ul>${items}</ul>`;
}

function figureHtml(figure: DrawnFigure): Html {
  if (figure.empty) return html`<h2>${figure.title}</h2><p class="muted">Nothing to draw yet.</p>`;
  return html`<h2>${figure.title}</h2><figure>
<div class="wide">${trusted(figure.inline(widths.wide))}</div>
<div class="narrow">${trusted(figure.inline(widths.narrow))}</div>
<figcaption>${figure.caption}</figcaption></figure>`;
}

/** A model's label as part of a file name. */
function fileName(label: string): string {
  return label.replace(/[^\w.-]+/g, '_');
}
