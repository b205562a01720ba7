// What `gaplab advise` says, as text: memory, where SGD falls behind, starting rates,
// and each refused rule once.
import type { Fact, Given } from '../advise/given.ts';
import type { Fit } from '../advise/memory.ts';
import type { recommend } from '../advise/recommend.ts';
import { displayName } from '../analysis/names.ts';
import { duration, list } from '../report/format.ts';
import { aligned } from './aligned.ts';
import { bytes, integerText } from './model-text.ts';

export interface Advice {
  memory: readonly Fit[];
  opening: readonly Fact[];
  batches: readonly {
    batchSize: number;
    rates: readonly Fact[];
    recommendation: ReturnType<typeof recommend>;
  }[];
  /** How long a run takes. */
  seconds: { from: number; to: number; source: string } | null;
}

export function adviceText(given: Given, { memory, opening, batches, seconds }: Advice): string[] {
  const inlineOpening = opening.map((fact) => (holds(fact) ? inline(fact) : refusedText([fact])));
  const said = new Set<string>();
  return [
    `${given.label}: ${integerText(given.parameters)} parameters${given.seqLen === null ? '' : `, sequences of ${given.seqLen} tokens`}`,
    ...memoryText(given, memory),
    '\nWhere SGD falls behind',
    ...inlineOpening,
    ...alike(batches).flatMap((same) => {
      const [{ rates, recommendation }] = same;
      const { optimizer, why } = recommendation;
      const sizes = list(same.map(({ batchSize }) => batchSize));
      return [
        `\nBatch size${same.length > 1 ? 's' : ''} ${sizes}: ${optimizer === null ? 'no recommendation' : displayName(optimizer)}; ${why}.`,
        ...acceptedText(rates, said),
      ];
    }),
    ...refusals(batches.flatMap(({ rates }) => rates)),
    `\n${seconds ? `A run takes ${duration(seconds.from)}${seconds.from === seconds.to ? '' : ` to ${duration(seconds.to)}`} (${seconds.source}).` : 'How long a run takes is not known: give --tokens, and --speed or --gpu.'}`,
  ];
}

/** Batch sizes of which the same is to be said stand together. */
const alike = (batches: Advice['batches']) => [
  ...Map.groupBy(batches, ({ rates, recommendation }) =>
    JSON.stringify([recommendation, rates.filter(holds)]),
  ).values(),
];

function memoryText({ model, memory }: Given, fits: readonly Fit[]): string[] {
  const piece = memory === undefined ? 'one sequence' : 'as many sequences at once as fit';
  return [
    `\nMemory in float32, counted: weights, gradients and optimizer state${model ? `, then with ${piece} (a batch of any size is taken in pieces)` : ''}`,
    aligned([
      ['optimizer', 'state', ...(model ? ['in all'] : []), 'sequences at once'],
      ...fits.map(({ optimizer, fixed, total, microBatch }) => [
        optimizer,
        bytes(fixed),
        ...(model ? [bytes(total)] : []),
        microBatch === null ? 'not known' : microBatch === 0 ? 'does not fit' : String(microBatch),
      ]),
    ]),
    ...(model
      ? []
      : ['Activations are not known from a number of parameters: give a preset or a config.json.']),
  ];
}

const holds = ({ refused }: Fact) => refused === undefined;
const ruleOf = ({ origin, source, range }: Fact) => `${origin}: ${source}; holds for ${range}`;
const inline = (fact: Fact) => `  ${fact.what}: ${fact.text} [${ruleOf(fact)}]`;

/** The facts that hold; where a rule was told before, its name is enough. */
function acceptedText(facts: readonly Fact[], said: Set<string>): string[] {
  const accepted = facts.filter(holds);
  if (accepted.length === 0) return ['  no rule that is known here holds'];
  return accepted.map((fact) => {
    const rule = ruleOf(fact);
    const text = said.has(rule) ? `  ${fact.what}: ${fact.text} [${fact.origin}, as above]` : inline(fact);
    said.add(rule);
    return text;
  });
}

/**
 * Every rule that is refused somewhere, once: for whatever it would have told, and whatever the batch size.
 */
function refusals(facts: readonly Fact[]): string[] {
  const rules = Map.groupBy(
    facts.filter((fact) => !holds(fact)),
    ruleOf,
  );
  return rules.size === 0 ? [] : ['\nRules that do not hold here', ...[...rules.values()].map(refusedText)];
}

function refusedText(facts: readonly Fact[]): string {
  const [whats, reasons] = [facts.map(({ what }) => what), facts.map(({ refused = '' }) => refused)].map(
    (all) => [...new Set(all)],
  );
  return `  ${list(whats)}: refused, because ${reasons.join('; ')} [${ruleOf(facts[0])}]`;
}
