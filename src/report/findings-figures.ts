// The figures of the page of findings that no single study has: lines through the map,
// claims over sizes, published numbers beside ours.
import type { StudyFacts } from '../analysis/claims/claim.ts';
import { cellAt } from '../analysis/claims/contrast.ts';
import { largest, smallest, spot, stepsAt, winnersAt } from '../analysis/claims/places.ts';
import { displayName } from '../analysis/names.ts';
import { noisePredictions, overTraining } from '../analysis/opening.ts';
import { mean } from '../analysis/stats.ts';
import { type DotRow, dotsFigure } from '../figures/dots.ts';
import { type LineRow, linesFigure } from '../figures/theory-lines.ts';
import { type DrawnFigure, drawn } from './drawn.ts';
import { dotColumns, lineColumns } from './figure-rows.ts';
import { finishedGap, gapLines, gapPart, type Pair } from './gap-rows.ts';
import { OWN_SIZE } from './ledger-sizes.ts';
import { byLength, fromShortToLong, type LedgerEntry } from './ledger-tables.ts';
import { kaplanNoiseScale, paperRuns, siblingSweep } from './sibling-sweep.ts';

const byTokens = ({ frontiers }: StudyFacts) => frontiers.filter(({ tokens }) => tokens !== null);

const pair: Pair = ['sgd', 'adam'];

/** More lines, whose bands lie over each other, nobody can tell apart. */
const mostLines = 4;

/** At most `mostLines` of them, the first and the last always, the others evenly between. */
export function spreadOut(sizes: readonly number[]): readonly number[] {
  if (sizes.length <= mostLines) return sizes;
  const step = (sizes.length - 1) / (mostLines - 1);
  return Array.from({ length: mostLines }, (_, i) => sizes[Math.round(i * step)]);
}

/** The gap along training, a line for each of a few batch sizes: columns of the map as lines. */
export function gapAlongTraining(study: StudyFacts): DrawnFigure {
  const rows = spreadOut(study.batchSizes).flatMap((batchSize) =>
    byTokens(study).map((frontier): LineRow => {
      const at = spot(study, batchSize, frontier);
      const { value: y, lo, hi, open } = gapPart(finishedGap(study, at, pair));
      return { panel: '', series: `batch size ${batchSize}`, x: at.tokens / 1e6, y, lo, hi, open };
    }),
  );
  return gapLines(
    study,
    pair,
    {
      name: 'gap-along-training',
      title: 'The gap along training',
      aria: 'Gap against tokens trained',
    },
    { label: 'million tokens trained', scale: 'log' },
    rows,
  );
}

/**
 * Tuned losses along training at the smallest and the largest batch size, with the loss
 * of single-token frequencies.
 */
export function plateausFigure(study: StudyFacts): DrawnFigure {
  const rows = [smallest(study), largest(study)].flatMap((batchSize) =>
    ['adam', 'sgd'].flatMap((arm) =>
      byTokens(study).map((frontier): LineRow => {
        const at = spot(study, batchSize, frontier);
        const cell = cellAt(study.cells, { ...at, arm });
        // A cell that is not finished may yet get a better rate.
        const losses = cell && cell.missing === 0 ? (cell.best?.valLossSeeds ?? []) : [];
        const spread = losses.length > 1 ? { lo: Math.min(...losses), hi: Math.max(...losses) } : {};
        return {
          panel: `batch size ${batchSize}`,
          series: displayName(arm),
          ...{
            x: at.tokens / 1e6,
            y: losses.length > 0 ? mean(losses) : null,
            lo: null,
            hi: null,
            ...spread,
          },
        };
      }),
    ),
  );
  return drawn(
    {
      name: 'plateaus',
      title: 'Where the losses stand',
      caption: `Tuned losses along training; bands reach from the best to the worst seed.${study.unigram === undefined ? '' : ` The dotted line is the loss of predicting tokens by their frequencies, ${study.unigram.toFixed(3)} nats.`}`,
    },
    linesFigure({
      aria: 'Tuned loss against tokens trained',
      x: { label: 'million tokens trained', scale: 'log' },
      y: { label: 'tuned validation loss (nats/token)', scale: 'linear' },
      series: ['adam', 'sgd'].map((arm) => ({
        name: displayName(arm),
        of: { arm },
        look: 'line and points' as const,
      })),
      band: 'best to worst seed',
      rules: study.unigram === undefined ? [] : [study.unigram],
    }),
    rows,
    lineColumns,
    study.arms,
  );
}

/**
 * Effects in nats of claims that were judged at several sizes, one panel a claim, from short to long.
 * A claim about several numbers, of which another one decides at each size, has no panel.
 */
export function effectsOverSizes(entries: readonly LedgerEntry[]): DrawnFigure {
  const known = byLength(entries).filter(({ claim }) => claim.unit === 'nats' && claim.effect !== null);
  const ofClaim = Map.groupBy(known.toSorted(fromShortToLong), ({ claim }) => claim.id);
  const rows = [...ofClaim.values()].flatMap((own) =>
    new Set(own.map(({ section }) => section.size)).size < 2 ||
    new Set(own.map(({ claim }) => claim.part)).size > 1
      ? []
      : own.map(
          ({ claim, section }): DotRow => ({
            panel: claim.id.replaceAll('-', ' '),
            label: section.size ?? OWN_SIZE,
            arm: null,
            value: claim.effect,
            ...{ lo: claim.ci95?.[0] ?? null, hi: claim.ci95?.[1] ?? null, open: false, note: '' },
          }),
        ),
  );
  return drawn(
    {
      name: 'effects',
      title: 'Effects against the length of training',
      caption:
        'The number that decides each claim, where it is the same one at every size that was run; bars are 95% intervals over seeds.',
    },
    dotsFigure({ aria: 'Effects of claims by size', x: 'effect (nats)', bar: '95% interval', rule: 0 }),
    rows,
    dotColumns,
    [],
  );
}

/**
 * Methods by what they lose on Adam: as published for a large model, and at the largest batch size of ours.
 */
export function orders(ours: readonly { size: string; study: StudyFacts }[]): DrawnFigure {
  const adam = siblingSweep.losses.find(({ arm }) => arm === 'adam')!;
  const published = siblingSweep.losses.map(
    ({ arm, label = displayName(arm), perplexity, spread }): DotRow => {
      const over = (x: number) => Math.log(x / adam.perplexity);
      return {
        panel: siblingSweep.source,
        ...{ label, arm, value: over(perplexity), open: false, note: '' },
        ...{ lo: over(perplexity - spread), hi: over(perplexity + spread) },
      };
    },
  );
  const here = ours.flatMap(({ size, study }) =>
    siblingSweep.losses.map(({ arm, label = displayName(arm) }): DotRow => {
      const at = spot(study, largest(study));
      const isThere = cellAt(study.cells, { ...at, arm: 'adam' })?.best;
      return {
        ...{ panel: `here, batch size ${at.batchSize}, ${size}`, label, arm },
        ...gapPart(finishedGap(study, at, [arm, 'adam'])),
        ...(arm === 'adam' && isThere ? { value: 0, note: '' } : {}),
      };
    }),
  );
  return drawn(
    {
      name: 'orders',
      title: 'The order of the methods, published and here',
      caption: `Loss above that of Adam. Published: ${siblingSweep.setting}; perplexities as logarithms, bars are two standard deviations of 3 seeds, budgets of SGD may be smaller than those of the others. Here: bars are 95% intervals over seeds.`,
    },
    dotsFigure({
      aria: 'Methods by their loss above Adam',
      x: 'loss above that of Adam (nats/token)',
      bar: 'interval',
      rule: 0,
    }),
    here.length > 0 ? [...published, ...here] : [],
    dotColumns,
    siblingSweep.losses.map(({ arm }) => arm),
  );
}

/** A loss that the runs of the paper may have ended at: perplexity 25. */
const PAPER_LOSS = Math.log(25);

/**
 * Runs of the paper beside those of the map: steps against tokens a parameter, and against
 * tokens a step in units of the noise scale.
 */
export function placed(map: StudyFacts, parameters: number, noise: StudyFacts | undefined): DrawnFigure {
  const scale =
    noise &&
    overTraining(
      winnersAt(noise, { ...spot(noise, smallest(noise)), arm: 'adam' }).flatMap(noisePredictions),
      'noiseScale',
    );
  const { seqLen } = map.models[map.frontiers[0].model];
  const scaleTokens = scale && scale.at * seqLen;
  const [byParameter, byNoise] = ['tokens per parameter', 'tokens per step / noise scale'];
  const rows: LineRow[] = [
    ...paperRuns.flatMap(({ steps, tokensPerParameter, tokensPerStep }) => [
      { panel: byParameter, series: 'the paper', x: steps, y: tokensPerParameter },
      { panel: byNoise, series: 'the paper', x: steps, y: tokensPerStep / kaplanNoiseScale(PAPER_LOSS) },
    ]),
    ...byTokens(map).flatMap((frontier) =>
      map.batchSizes.flatMap((batchSize) => {
        const x = stepsAt(map, spot(map, batchSize, frontier));
        if (!(x > 0)) return [];
        const own = { panel: byParameter, series: 'the map', x, y: frontier.tokens! / parameters };
        return scaleTokens
          ? [own, { panel: byNoise, series: 'the map', x, y: (batchSize * seqLen) / scaleTokens }]
          : [own];
      }),
    ),
  ];
  return drawn(
    {
      name: 'placed',
      title: 'The paper’s runs and those of the map',
      caption: `First panel: how long runs are. Second: how large a step is beside the noise of the gradient.${scaleTokens ? ` Here the noise scale was measured (${Math.round(scaleTokens).toLocaleString('en-US')} tokens, geometric mean over training of Adam at batch size ${smallest(noise!)}).` : ' No study here has measured the noise scale, so the map is in the first panel only.'} For the paper, which measured none, it is estimated by a law for large models (arXiv 2001.08361, equation 1.4) at a loss of ${PAPER_LOSS.toFixed(2)} nats: ${Math.round(kaplanNoiseScale(PAPER_LOSS) / 1000)} thousand tokens.`,
    },
    linesFigure({
      aria: 'Runs placed by steps, tokens a parameter and tokens a step',
      x: { label: 'optimizer steps', scale: 'log' },
      // Each panel's title says what it shows.
      y: { label: '', scale: 'log' },
      series: [
        { name: 'the map', of: { other: 0 }, look: 'points' },
        { name: 'the paper', of: { other: 1 }, look: 'points' },
      ],
    }),
    rows,
    lineColumns,
    [],
  );
}
