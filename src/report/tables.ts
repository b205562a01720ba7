// The tables of a report: gaps and winners, for the page and as CSV.
import { type Cell, isUnseparated } from '../analysis/frontier.ts';
import type { Gap } from '../analysis/gap.ts';
import { displayName } from '../analysis/names.ts';
import { hyperKey } from '../analysis/rows.ts';
import type { TokensToLoss } from '../analysis/tokens-to-loss.ts';
import { type CsvValue, toCsv } from '../core/csv.ts';
import type { Look } from '../figures/looks.ts';
import { markPath } from '../figures/marks.ts';
import type { FrozenStudy } from '../store/schemas.ts';
import { cellLength, shareText, shortfalls } from '../study/shortfall.ts';
import { fixed, interval, list, multipleText, plural, short, signed, stakeText } from './format.ts';
import { type Html, html } from './html.ts';

/** An arm's mark in its colour, as in the figures. */
const markOf = ({ color, mark }: Look): Html =>
  html`<svg class="mark" viewBox="-6 -6 12 12" aria-hidden="true"><path d="${markPath(mark, 4)}" fill="${color}"/></svg>`;

/** Steps of the runs that a gap is between; with a share where whole batches do not use the budget up. */
function stepsText(gap: Gap, study: FrozenStudy): Html | string {
  if (!study.models[gap.model]) return '–';
  const lengths = [gap.baseline, gap.challenger].map((optimizer) => cellLength(study, { ...gap, optimizer }));
  const steps = [...new Set(lengths.map((one) => one.steps.toLocaleString('en-US')))].join(' / ');
  const least = Math.min(...lengths.map(({ tokens }) => tokens));
  const isShort = shortfalls(study).some(
    (one) => one.model === gap.model && one.batchSize === gap.batchSize && one.tokens === gap.tokens,
  );
  return isShort
    ? html`${steps} <span class="open">(${shareText(least, gap.tokens)} of the tokens)</span>`
    : steps;
}

/**
 * What is asked stands first, so that a phone shows it without scrolling: batch size, gap, interval. Several
 * challengers have a heading of their own. `per`, here and below: what losses are counted per.
 */
export function gapTable(gaps: readonly Gap[], study: FrozenStudy, per: string): Html {
  const hasTokens = gaps.some((gap) => gap.tokensToLoss);
  const hasTuning = gaps.some((gap) => gap.fresh && gap.tuning !== null);
  const challengers = [...Map.groupBy(gaps, (gap) => gap.challenger).values()];
  const perStep = ({ model, batchSize }: Gap) =>
    study.models[model] ? (batchSize * study.models[model].seqLen).toLocaleString('en-US') : '–';
  const row = (gap: Gap) => html`<tr><td>${gap.batchSize}</td>
<td>${signed(gap.gap)}</td><td>${interval(gap.ci95)}${gap.plateaus && html`<span class="note open">${plateausText(gap.plateaus)}</span>`}</td><td>${gap.seeds}</td>
<td class="text">${gap.bracketed ? 'yes' : html`<span class="open">no</span>`}</td>
${hasTokens && html`<td>${gap.tokensToLoss ? tokensText(gap.tokensToLoss) : '–'}</td>`}
<td>${stepsText(gap, study)}</td><td>${perStep(gap)}</td>
${hasTuning && html`<td class="muted">${gap.tuning === null ? '–' : signed(gap.tuning)}</td>`}</tr>`;
  const heading = ({ challenger, baseline }: Gap) =>
    challengers.length > 1 &&
    html`<tr><th class="text" colspan="${7 + Number(hasTuning) + Number(hasTokens)}" scope="rowgroup">${displayName(challenger)} − ${displayName(baseline)}</th></tr>`;
  return html`<div class="scroll"><table class="gaps">
<thead><tr><th>batch size<br>(sequences)</th><th>gap<br>(nats/${per})</th><th>95% interval</th><th>seeds</th><th class="text">both<br>bracketed</th>
${hasTokens && html`<th>times the tokens<br>for equal loss</th>`}<th>steps</th><th>tokens<br>per step</th>${hasTuning && html`<th>at the<br>tuning seed</th>`}</tr></thead>
${challengers.map((own) => html`<tbody>${heading(own[0])}${own.map(row)}</tbody>`)}</table></div>`;
}

/**
 * A multiple of tokens, and its interval where that says more than the multiple itself:
 * 2.1 (1.6 to more than 4).
 */
function tokensText({ lo, hi, ...own }: TokensToLoss): Html | string {
  const [at, from, to] = [own, lo, hi].map((multiple) => multiple && multipleText(multiple));
  if (!from || !to || (from === at && to === at)) return at!;
  return html`${at}<span class="note">(${from} to ${to})</span>`;
}

/** Seeds on different plateaus, as they stand: 1 at +0.017, 3 from +0.465 to +0.620. */
const plateausText = (groups: NonNullable<Gap['plateaus']>): string =>
  `two plateaus: ${groups
    .map((group) => {
      const [lo, hi] = [signed(group[0]), signed(group[group.length - 1])];
      return `${plural(group.length, 'seed')} ${lo === hi ? `at ${lo}` : `from ${lo} to ${hi}`}`;
    })
    .join(', ')}`;

/**
 * Winners: one line per cell, cells without a loss included, with the reason. `varied`:
 * hyperparameters worth showing.
 */
export function winnersTable(
  cells: readonly Cell[],
  varied: ReadonlySet<string>,
  looks: (optimizer: string) => Look,
  per: string,
): Html {
  const hasMissing = cells.some((cell) => cell.missing > 0);
  let last: number | undefined;
  const rows = cells.map((cell) => {
    const { best } = cell;
    const isFirst = cell.batchSize !== last;
    last = cell.batchSize;
    return html`<tr${isFirst ? html` class="first"` : ''}><td>${isFirst ? cell.batchSize : ''}</td>
<td class="text">${markOf(looks(cell.optimizer))}${displayName(cell.optimizer)}</td>
<td>${best ? lossText(cell) : html`<span class="open">${whyEmpty(cell)}</span>`}</td>
<td>${best ? short(best.lr) : '–'}</td><td class="text">${bracketText(cell)}</td>
<td class="text settings">${best ? hyperText(best.hyper, varied, cell.hyperEdges) : '–'}</td>
<td>${fixed(best?.perplexity, 2)}</td><td>${fixed(best?.valBitsPerByte)}</td>
<td>${best ? seedsText(cell) : '–'}</td><td>${cell.tried}</td><td>${cell.diverged}</td><td>${cell.failed}</td>
${hasMissing && html`<td>${cell.missing}</td>`}</tr>`;
  });
  return html`<div class="scroll"><table>
<thead><tr><th>batch<br>size</th><th class="text">optimizer</th><th>loss ± sd<br>(nats/${per})</th><th>learning<br>rate</th>
<th class="text">bracketed</th><th class="text">other settings</th><th>perplexity</th><th>bits<br>per byte</th><th>seeds</th>
<th>tried</th><th>diverged</th><th>failed</th>${hasMissing && html`<th>not<br>run yet</th>`}</tr></thead>
<tbody>${rows}</tbody></table></div>`;
}

const winnersColumns =
  'model tokens batchSize optimizer runId lr hyper valLossTuning valLossMean valLossSd perplexity bitsPerByte ' +
  'seeds valLossSeeds tried diverged failed missing bracketed edge noise doubt rivals';

export function winnersCsv(cells: readonly Cell[]): string {
  const rows = cells.map((cell): Record<string, CsvValue> => {
    const { model, tokens, batchSize, optimizer, tried, diverged, failed, missing, bracketed, edge, best } =
      cell;
    return {
      ...{ model, tokens, batchSize, optimizer, tried, diverged, failed, missing, bracketed, edge },
      noise: cell.noise,
      doubt: cell.doubt,
      rivals: cell.rivals?.map(({ lr }) => lr).join(' '),
      runId: best?.runId,
      lr: best?.lr,
      hyper: best && hyperKey(best.hyper),
      valLossTuning: best?.valLoss,
      valLossMean: best?.valLossMean,
      valLossSd: best?.valLossSd,
      perplexity: best?.perplexity,
      bitsPerByte: best?.valBitsPerByte,
      seeds: best?.seeds.join(' '),
      valLossSeeds: best?.valLossSeeds.join(' '),
    };
  });
  return toCsv(winnersColumns.split(' '), rows);
}

function hyperText(
  hyper: Record<string, number>,
  varied: ReadonlySet<string>,
  edges: readonly string[],
): string {
  // Without axes the settings are the same everywhere: show what is switched on,
  // and not the epsilon of a division.
  const names = Object.keys(hyper).filter((name) =>
    varied.size > 0 ? varied.has(name) : hyper[name] !== 0 && name !== 'eps',
  );
  return (
    names.map((name) => `${name}\u00a0${hyper[name]}${edges.includes(name) ? ' (edge)' : ''}`).join(', ') ||
    '–'
  );
}

function lossText({ best }: Cell): string {
  const { valLossMean, valLossSd } = best!;
  return valLossSd === null ? fixed(valLossMean) : `${fixed(valLossMean)} ± ${fixed(valLossSd)}`;
}

function seedsText({ best }: Cell): string {
  const lost = [
    [best!.seedsDiverged.length, 'diverged'],
    [best!.seedsFailed.length, 'failed'],
    [best!.seedsMissing.length, 'not run yet'],
  ] as const;
  const notes = lost.filter(([n]) => n > 0).map(([n, what]) => `${n} ${what}`);
  return notes.length > 0 ? `${best!.seeds.length} (${list(notes)})` : String(best!.seeds.length);
}

function whyEmpty({ tried, diverged, failed, missing }: Cell): string {
  if (missing > 0 || tried + failed === 0) return 'not run yet';
  return failed > 0 ? (diverged > 0 ? 'diverged or failed' : 'failed') : 'diverged';
}

/** From which rates, and what is at stake. */
function rivalText({ rivals, doubt }: Cell): string {
  const rates = [...new Set(rivals!.map(({ lr }) => short(lr)))];
  const shown = rates.length > 2 ? `${plural(rates.length, 'rate')}` : list(rates);
  return `from ${shown} (${stakeText(doubt!)} lower)`;
}

function bracketText(cell: Cell): Html | string {
  const { best, bracketed, edge } = cell;
  if (!best) return '–';
  if (bracketed)
    return isUnseparated(cell)
      ? html`<span class="open">yes, not separated <span class="note">${rivalText(cell)}</span></span>`
      : 'yes';
  const side = { lower: 'open below', upper: 'open above', both: 'open on both sides' }[edge ?? 'both'];
  return html`<span class="open">no, ${side}</span>`;
}
