// Learning rates and betas to start from, at each batch size. Rules that disagree stand side by side.
import { displayName } from '../analysis/names.ts';
import { optimizer } from '../optim/registry.ts';
import { count, list, short } from '../report/format.ts';
import { accepted, type Fact, type Given, isNear, NANO_INNER, refused } from './given.ts';

export function rateFacts(given: Given, batchSize: number): Fact[] {
  return [
    ...['sgd', 'adam'].flatMap((arm) => [
      ...measured(given, arm, batchSize),
      start(given, arm, batchSize),
      published(given, arm, batchSize),
    ]),
    stepLaw(given),
    halfLife(given, batchSize),
  ];
}

const whatOf = (arm: string) => `learning rate of ${displayName(arm)}`;

/**
 * The user's own optimum, and by the square root of the batch size from the nearest
 * where this one was not tuned.
 */
function measured({ study }: Given, arm: string, batchSize: number): Fact[] {
  const cells = (study?.cells ?? []).filter(({ optimizer: label, best }) => label === arm && best !== null);
  if (!study || cells.length === 0) return [];
  const base = { what: whatOf(arm), origin: 'measured by you' as const, range: 'its model and budget' };
  const own = cells.find((cell) => cell.batchSize === batchSize);
  if (own)
    return [
      accepted({
        ...base,
        value: own.best!.lr,
        text: `${short(own.best!.lr)}${own.bracketed ? '' : ' (at the edge of what was tried: a better one may lie beyond)'}`,
        source: `tuned in ${study.name} at this batch size`,
      }),
    ];
  const nearest = cells.reduce((a, b) =>
    Math.abs(Math.log(a.batchSize / batchSize)) <= Math.abs(Math.log(b.batchSize / batchSize)) ? a : b,
  );
  const k = batchSize / nearest.batchSize;
  const rule = {
    ...base,
    origin: 'published rule' as const,
    source: `lr ~ sqrt(batch size) from ${short(nearest.best!.lr)} at ${nearest.batchSize} in ${study.name} (arXiv 2205.10287, for Adam)`,
    range: 'Adam, while noise dominates, 1 − beta times the factor below 1',
  };
  if (arm !== 'adam')
    return [
      refused(rule, `the rule is about Adam; ${study.name} has no ${displayName(arm)} at this batch size`),
    ];
  const beta1 = nearest.best!.hyper.beta1;
  const beta2 = nearest.best!.hyper.beta2;
  if ([beta1, beta2].some((beta) => beta !== undefined && k * (1 - beta) >= 1))
    return [refused(rule, `the batch is ${short(k)} times as large, which would make a beta negative`)];
  return [
    accepted({
      ...rule,
      value: nearest.best!.lr * Math.sqrt(k),
      text: short(nearest.best!.lr * Math.sqrt(k)),
    }),
  ];
}

/** Where gaplab's own search begins. At nano the tuned rates lay within a factor of three of it. */
function start({ inner }: Given, arm: string, batchSize: number): Fact {
  const base = {
    what: whatOf(arm),
    origin: 'runs of this project' as const,
    source: 'where its own search begins; tuned rates of nano lay within a factor of three (docs/advisor.md)',
    range: `models of about ${count(NANO_INNER)} inner parameters, batch sizes 1 to 64`,
  };
  if (!isNear(inner, NANO_INNER)) return refused(base, `the model has ${count(inner)} inner parameters`);
  if (batchSize > 64) return refused(base, `the batch size is ${batchSize}`);
  return accepted({
    ...base,
    value: optimizer(arm).lrGuess,
    text: `${short(optimizer(arm).lrGuess)}, as the start of a search`,
  });
}

/**
 * Best rates of the sweeps published with arXiv 2505.21829: 160M parameters, sequences of 2,048,
 * SlimPajama, clipped.
 */
const sweep: Record<string, Record<number, string>> = {
  adam: { 128: '0.0056', 256: '0.008', 512: '0.008' },
  sgd: { 256: '0.5 with momentum 0.975' },
};

const sizes = Object.entries(sweep).map(([arm, rates]) => `${displayName(arm)} ${list(Object.keys(rates))}`);

function published({ inner }: Given, arm: string, batchSize: number): Fact {
  const base = {
    what: whatOf(arm),
    origin: 'published rule' as const,
    source:
      'the best of a published sweep (arXiv 2505.21829: SlimPajama, sequences of 2,048 tokens, gradients clipped)',
    range: `models of 60 to 120 million inner parameters at the batch sizes of the sweep (${sizes.join('; ')})`,
  };
  if (inner < 6e7 || inner > 1.2e8) return refused(base, `the model has ${count(inner)} inner parameters`);
  const found = Object.hasOwn(sweep[arm], batchSize) ? sweep[arm][batchSize] : undefined;
  if (found === undefined) return refused(base, `batch size ${batchSize} is not in it`);
  return accepted({ ...base, value: Number.parseFloat(found), text: found });
}

/** arXiv 2503.04715: N without embeddings. */
function stepLaw({ inner, tokens, model }: Given): Fact {
  const base = {
    what: whatOf('adam'),
    origin: 'published rule' as const,
    source: 'lr = 1.79 N^−0.713 D^0.307 (Step Law, arXiv 2503.04715)',
    range:
      'AdamW at its best batch size; N from 215 million to 1.07 billion without embeddings, D from 4 to 100 billion tokens',
  };
  const size = model ? count(inner) : `at most ${count(inner)}`;
  if (inner < 2.15e8 * 0.999 || inner > 1.0738e9) return refused(base, `N is ${size}`);
  if (tokens === undefined) return refused(base, 'the budget is not known (give it with --tokens)');
  if (tokens < 4e9 || tokens > 1e11) return refused(base, `D is ${count(tokens)}`);
  const value = 1.79 * inner ** -0.713 * tokens ** 0.307;
  const batch = 0.58 * tokens ** 0.571;
  return accepted({
    ...base,
    value,
    text: `${short(value)}, at a batch of ${count(Math.round(batch))} tokens`,
  });
}

/** arXiv 2507.07101: a half-life in tokens that stays, ten million in its sweeps. */
const HALF_LIFE = 1e7;
function halfLife({ tokens, seqLen, parameters }: Given, batchSize: number): Fact {
  const base = {
    what: 'beta2 of Adam',
    origin: 'published rule' as const,
    source: 'beta2 = 0.5^(tokens of a step / 10 million) (arXiv 2507.07101)',
    range: '30 million to 1.3 billion parameters; runs far longer than the half-life',
  };
  if (seqLen === null)
    return refused(base, 'the length of a sequence is not known (give a preset or a config.json)');
  if (parameters < 2.9e7 || parameters > 1.4e9)
    return refused(base, `the model has ${count(parameters)} parameters`);
  if (tokens === undefined) return refused(base, 'the budget is not known (give it with --tokens)');
  if (tokens < 10 * HALF_LIFE)
    return refused(base, `a run of ${count(tokens)} tokens is not ten half-lives long`);
  const value = 0.5 ** ((batchSize * seqLen) / HALF_LIFE);
  return accepted({ ...base, value, text: value > 0.999 ? `1 − ${short(1 - value)}` : short(value) });
}
