// The part of the study file that is about one optimizer: hyperparameters, learning rates,
// clipping, schedules.
import { z } from 'zod';
import { scheduleConfig } from '../train/config.ts';
import { fields, isFields, oneOrMore, put, shorter } from './short-forms.ts';
import { numberIn, numbersIn } from './written-numbers.ts';

export const schedule = fields(
  z.strictObject({
    name: z
      .string()
      .default('cosine')
      .describe(
        'Shape of the learning rate over a run: cosine, constant, wsd or linear (docs/optimizers.md). Default: that of the paper.',
      ),
    warmup: scheduleConfig.shape.warmup
      .default(0.1)
      .describe(
        'Share of the steps in which the learning rate rises to its peak. Default: that of the paper.',
      ),
    // plainLM ends at lr 1e-5 whatever the peak, about 1% of the paper's Adam rates.
    final: scheduleConfig.shape.final
      .default(0.01)
      .describe(
        'Learning rate at the end, as a fraction of the peak. A fraction means the same for SGD and for Adam, whose rates differ a hundredfold.',
      ),
    decay: scheduleConfig.shape.decay.describe(
      'Schedule wsd alone: share of the steps in which the rate falls at the end.',
    ),
  }),
  { name: 'name', type: 'string' },
);

export const batchSchedule = fields(
  z.strictObject({
    name: z
      .string()
      .default('doubling')
      .describe(
        'How the batch grows: doubling or linear. Default: powers of two, since every size that is smaller than a micro-batch needs a graph of its own.',
      ),
    from: z
      .int()
      .positive()
      .default(1)
      .describe('Sequences of the first step. Default: the smallest batch there is.'),
    over: z
      .number()
      .gt(0)
      .max(1)
      .default(0.05)
      .describe(
        'Share of the sequences of a run after which the batch has its full size. Default: about that of GPT-3 (4 to 12 of 300 billion tokens).',
      ),
  }),
  { name: 'name', type: 'string' },
);

const clipKind = z
  .object({ kind: z.string().describe('layer, coordinate or adaptive (docs/optimizers.md).') })
  .catchall(z.number()) as z.ZodType<{ kind: string } & Record<string, number | string>>;

const clipOff = ['none', 'off', 'no', 'false'];
export const clip = oneOrMore(
  shorter(
    z.union([z.number().positive().nullable(), clipKind], {
      error: 'must be a norm above 0, null (off), or a kind such as {kind: adaptive, p: .1}',
    }),
    {
      also: [{ enum: [...clipOff, false] }],
      expand: (value) =>
        value === false || clipOff.includes(String(value).toLowerCase()) ? null : (numberIn(value) ?? value),
    },
  ),
);
export type ClipInput = number | null | z.input<typeof clipKind>;

/**
 * `{sgd: {momentum: .9}}` as `{'sgd.momentum': .9}`: parts of composed optimizers
 * have hyperparameters of their own.
 */
function flat(value: unknown): unknown {
  if (!isFields(value)) return value ?? {};
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) =>
      isFields(inner)
        ? Object.entries(flat(inner) as object).map(([name, x]) => [`${key}.${name}`, x])
        : [[key, inner]],
    ),
  );
}

/** Beside names with values: names of parts, each with its own. */
const nested = (value: z.core.JSONSchema.BaseSchema['type'][]) => ({
  also: [
    { type: 'null' as const },
    { type: 'object' as const, additionalProperties: { type: [...value, 'object'] } as never },
  ],
  expand: flat,
});

const lr = shorter(
  z.strictObject({
    guess: z
      .number()
      .positive()
      .optional()
      .describe(
        'Where the search begins at the smallest batch size; in mode grid, the middle of the grid. Default: that of the optimizer (docs/optimizers.md).',
      ),
    ratio: z
      .number()
      .gt(1, 'must be greater than 1')
      .default(2)
      .describe(
        'Factor between neighbouring rates. Default: loss is flat near its optimum, and a finer grid moves the best loss by less than the seeds do.',
      ),
    // Square root of the batch ratio: arXiv 2205.10287 for Adam. Measured at nano
    // scale the best rate of SGD grows with exponent 0.6 and Adam's with 0.4 from batch 1 to 256.
    carry: z
      .number()
      .default(0.5)
      .describe(
        'The search at the next batch size begins at the best rate times (ratio of the batch sizes) to this power. Only where the search begins depends on it.',
      ),
    values: z
      .array(z.number().positive())
      .min(1)
      .optional()
      .describe('Exactly these rates are tried, and nothing else, whatever the mode.'),
  }),
  {
    also: [{ type: 'null' }, { type: 'number' }, { type: 'array', items: { type: 'number' } }],
    expand(value) {
      if (value === null) return {};
      if (typeof value === 'number') return { guess: value };
      const values = Array.isArray(value) ? value : numbersIn(value);
      if (values) return { values };
      const guess = typeof value === 'string' ? numberIn(value) : undefined;
      return guess === undefined ? value : { guess };
    },
  },
);

const armFields = z.strictObject({
  optimizer: z
    .union([z.string(), z.record(z.string(), z.string())], {
      error: 'must be a name, or a name per group of parameters such as {rest: sgd, head: adam}',
    })
    .optional()
    .describe(
      'Name of an optimizer (docs/optimizers.md), or one for each group of parameters: {rest: sgd, head: adam}. Default: the label of the arm.',
    ),
  hyper: shorter(z.record(z.string(), z.number()), nested(['number', 'boolean']))
    .default({})
    .describe(
      "Hyperparameters that stay as they are, e.g. {momentum: 0.9}. They may also stand beside the arm's other fields. Default: those of the optimizer.",
    ),
  axes: shorter(
    z.record(
      z.string(),
      z.union([z.literal('default'), z.array(z.number()).min(1)], {
        error: 'must be a list of numbers, or default',
      }),
    ),
    nested(['array', 'string']),
  )
    .default({})
    .describe(
      'Hyperparameters that are tuned beside the learning rate, e.g. {beta2: [0.95, 0.99]}: every combination gets a search of its own. `default` takes the values that the optimizer comes with.',
    ),
  args: z
    .record(
      z.string(),
      z.union([z.string(), z.number(), z.boolean()], { error: 'must be a text, a number, true or false' }),
    )
    .optional()
    .describe(
      'With `trainer` alone: constant arguments of the script in this arm, texts or numbers, e.g. {opt: sgd}.',
    ),
  lr: lr.prefault({}).describe('Learning rates to try. A number is `guess`, a list is `values`.'),
  clip: clip.optional().describe("Clipping of this arm, in place of the study's."),
  clipAt: z
    .record(z.string().regex(/^[1-9]\d*$/, 'a batch size is a whole number above 0'), z.number().positive())
    .optional()
    .describe(
      'Norms for single batch sizes in place of that of clip, e.g. {1: 4, 64: 0.9}: gradients of small batches are longer, so that one norm cuts more of them. Batch sizes that are not named have that of clip.',
    ),
  schedule: schedule.optional().describe("Learning-rate schedule of this arm, in place of the study's."),
  batchSchedule: batchSchedule
    .optional()
    .describe('Smaller batches first. Default: every step has the full batch.'),
  microBatch: z
    .int()
    .positive()
    .optional()
    .describe(
      'Sequences that are in memory at once: a step of more adds its gradients up. Default: as many as are fast and fit.',
    ),
});

export const armFieldNames = Object.keys(armFields.shape);

const isNumber = (value: unknown) => typeof value === 'number' || numberIn(value) !== undefined;
const areNumbers = (value: unknown): boolean =>
  isFields(value) && Object.values(value).every((x) => isNumber(x) || areNumbers(x));

/**
 * `sgd: {momentum: .9, beta2: [.95, .99]}`: what is no field of an arm is a hyperparameter,
 * and a list of them is tuned.
 */
function armOf(value: unknown): unknown {
  if (value === null) return {};
  if (typeof value === 'string') return { optimizer: value };
  if (!isFields(value)) return value;
  const [own, hyper, axes] = [{}, {}, {}] as Record<string, unknown>[];
  for (const [key, inner] of Object.entries(value)) {
    const isField = Object.hasOwn(armFields.shape, key);
    const isList = Array.isArray(inner) && inner.length > 0 && inner.every(isNumber);
    const home = isField
      ? own
      : isList || inner === 'default'
        ? axes
        : isNumber(inner) || areNumbers(inner)
          ? hyper
          : own;
    put(home, key, inner);
  }
  // A name that is written twice is left where it stands, for the schema to refuse.
  for (const [field, beside] of [
    ['hyper', hyper],
    ['axes', axes],
  ] as const) {
    const given = own[field] ?? {};
    if (Object.keys(beside).length === 0) continue;
    if (!isFields(given)) return value;
    for (const [key, inner] of Object.entries(beside))
      if (Object.hasOwn(given, key)) put(own, key, inner);
      else own[field] = { ...(own[field] ?? {}), [key]: inner };
  }
  return own;
}

export const arm = shorter(armFields, {
  also: [{ type: 'null' }, { type: 'string' }],
  expand: armOf,
});

const LABEL = /^[\w.#+-]+$/;

/** `[sgd, adam]`, `[sgd, {adam: {lr: .1}}]` and `[{name: adam, lr: .1}]` as arms by label. */
function armsOf(value: unknown): unknown {
  if (typeof value === 'string' && LABEL.test(value)) return { [value]: {} };
  if (!Array.isArray(value) || value.length === 0) return value;
  const all = {};
  for (const item of value) {
    const [label, fieldsOfArm] = namedArm(item);
    if (typeof label !== 'string' || Object.hasOwn(all, label)) return value;
    put(all, label, fieldsOfArm);
  }
  return all;
}

function namedArm(item: unknown): [label: unknown, fieldsOfArm: unknown] {
  if (!isFields(item)) return [item, {}];
  const entries = Object.entries(item);
  if (entries.length === 1) return entries[0];
  const { name, ...rest } = item;
  return [name, rest];
}

export const arms = shorter(
  z
    .record(z.string().regex(LABEL, 'a name may have letters, digits and ". _ # + -"'), arm)
    .refine((all) => Object.keys(all).length > 0, 'needs at least one arm'),
  { also: [{ type: 'string' }, { type: 'array', minItems: 1 }], expand: armsOf },
);
