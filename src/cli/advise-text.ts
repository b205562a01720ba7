// What `gaplab advise` says, as text: the message first, on one screen; with `all`, every rule with its
// range.
import { type Fact, type Given, holds } from '../advise/given.ts';
import type { Fit } from '../advise/memory.ts';
import type { Recommendation } from '../advise/recommend.ts';
import { displayName } from '../analysis/names.ts';
import { count, duration, list } from '../report/format.ts';
import { aligned } from './aligned.ts';
import { bytes } from './model-text.ts';

export interface Advice {
  memory: readonly Fit[];
  opening: readonly Fact[];
  /** On batch size itself. */
  batchSize: readonly Fact[];
  batches: readonly { batchSize: number; rates: readonly Fact[]; recommendation: Recommendation }[];
  /** How long a run takes. */
  seconds: { from: number; to: number; source: string } | null;
}

export function adviceText(given: Given, advice: Advice, all: boolean): string[] {
  const { batches, opening, batchSize, memory, seconds } = advice;
  const facts = [...opening, ...batchSize, ...batches.flatMap(({ rates }) => rates)];
  const sources = new Sources();
  const refused = rulesOf(facts.filter((fact) => !holds(fact)));
  const tokens = given.tokens === undefined ? '' : `, ${count(given.tokens)} tokens`;
  return [
    `${given.label}: ${count(given.parameters)} parameters${tokens}`,
    '',
    ...recommendations(batches),
    ...section('Begin with', startLines(advice, sources)),
    ...section('Memory', memoryLines(given, memory)),
    ...section('Time', [
      seconds
        ? `${duration(seconds.from)}${seconds.from === seconds.to ? '' : ` to ${duration(seconds.to)}`} a run, ${seconds.source}`
        : `not known: give ${given.tokens === undefined ? '--tokens, and ' : ''}--speed${given.model ? ' or --gpu' : ''}`,
    ]),
    ...section('Sources', sources.lines(all)),
    ...(all
      ? section('Rules that do not hold here', refused.map(refusedText))
      : [
          `\n${refused.length} ${refused.length === 1 ? 'rule does' : 'rules do'} not hold here and ${refused.length === 1 ? 'is' : 'are'} left out (--all tells why).`,
        ]),
  ];
}

const section = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : [`\n${title}`, ...lines.map((line) => `  ${line}`)];

/** Batch sizes of which the same is to be said stand together. */
function recommendations(batches: Advice['batches']): string[] {
  const alike = Map.groupBy(batches, ({ recommendation }) => JSON.stringify(recommendation));
  return [...alike.values()].map((same) => {
    const { optimizer, why } = same[0].recommendation;
    const sizes = list(same.map(({ batchSize }) => batchSize));
    const name = optimizer === null ? 'no recommendation' : displayName(optimizer);
    return `Batch size${same.length > 1 ? 's' : ''} ${sizes}: ${name}; ${why}.`;
  });
}

/** The numbers that hold, each with the number of its source. */
function startLines({ opening, batchSize, batches }: Advice, sources: Sources): string[] {
  const general = [...opening, ...batchSize].filter(holds);
  const rates = batches.flatMap(({ batchSize: size, rates }) =>
    rates.filter(holds).map((fact) => ({ size, fact })),
  );
  // A number that is the same at several batch sizes is said once.
  const alike = Map.groupBy(rates, ({ fact }) => JSON.stringify([fact.what, fact.text, fact.source]));
  return [
    ...general.map((fact) => `${fact.what}: ${fact.text} ${sources.mark(fact)}`),
    ...[...alike.values()].map((same) => {
      const [{ fact }] = same;
      const sizes = list(same.map(({ size }) => size));
      const at = same.length === batches.length ? '' : ` at batch size${same.length > 1 ? 's' : ''} ${sizes}`;
      return `${fact.what}${at}: ${fact.text} ${sources.mark(fact)}`;
    }),
  ];
}

function memoryLines({ model, memory }: Given, fits: readonly Fit[]): string[] {
  const rows = fits.map(({ optimizer, fixed, total, microBatch }) => [
    optimizer,
    `${bytes(model ? total : fixed)}${model ? '' : ' and activations'}`,
    microBatch === null
      ? ''
      : microBatch === 0
        ? 'does not fit'
        : `${microBatch} sequence${microBatch > 1 ? 's' : ''} at once`,
  ]);
  const isOne = memory === undefined || fits.every(({ microBatch }) => microBatch === 0);
  const piece = isOne ? 'one sequence' : 'as many sequences at once as fit';
  return [
    ...aligned(rows).split('\n'),
    `counted for float32${model ? ` with ${piece}; larger batches are taken in pieces` : '; activations are not known from a number of parameters'}`,
  ];
}

/** Sources get numbers as they are met. */
class Sources {
  readonly #known = new Map<string, Fact>();
  mark(fact: Fact): string {
    const { origin, source, range } = fact;
    const key = JSON.stringify([origin, source, range]);
    if (!this.#known.has(key)) this.#known.set(key, fact);
    return `[${[...this.#known.keys()].indexOf(key) + 1}]`;
  }
  lines(all: boolean): string[] {
    return [...this.#known.values()].map(
      ({ origin, source, range }, i) =>
        `[${i + 1}] ${origin}: ${source}${all || origin === 'published rule' ? `; for ${range}` : ''}`,
    );
  }
}

const ruleOf = ({ origin, source, range }: Fact) => `${origin}: ${source}; holds for ${range}`;

/**
 * Every rule that is refused somewhere, once: for whatever it would have told, and whatever the batch size.
 */
const rulesOf = (facts: readonly Fact[]): Fact[][] => [...Map.groupBy(facts, ruleOf).values()];

function refusedText(facts: readonly Fact[]): string {
  const distinct = (of: (fact: Fact) => string) => [...new Set(facts.map(of))];
  const reasons = distinct(({ refused = '' }) => refused).join('; ');
  return `${list(distinct(({ what }) => what))}: ${reasons} [${ruleOf(facts[0])}]`;
}
