// The part of the study file that is about the user's own command: what is started,
// what it is told, how its words are read.
import { z } from 'zod';
import { fields, oneOrMore, shorter } from './short-forms.ts';

const version = shorter(
  z
    .strictObject({
      files: oneOrMore(z.string().min(1))
        .optional()
        .describe('Files, from the folder on. Default: those that the command names.'),
      git: z
        .literal(true)
        .optional()
        .describe('true: the commit that is checked out in the folder, which must have no other changes.'),
      text: z.string().min(1).optional().describe('A name that you change when the script changes.'),
    })
    .refine(
      (given) => Object.keys(given).length <= 1,
      'takes one of files, git and text: what tells one version of the script from another?',
    ),
  {
    also: [{ type: 'null' }, { type: 'string' }, { type: 'number' }, { type: 'array' }],
    expand(value) {
      if (value === null) return {};
      if (typeof value === 'string' || typeof value === 'number') return { text: String(value) };
      return Array.isArray(value) ? { files: value } : value;
    },
  },
);

const key = (name: string) => z.string().min(1).default(name);

const metrics = fields(
  z.strictObject({
    file: z
      .literal('jsonl', {
        error: 'must be jsonl: JSON lines in the file that GAPLAB_METRICS names (docs/trainers.md)',
      })
      .optional()
      .describe(
        'jsonl: the script appends JSON lines to the file that GAPLAB_METRICS names. That file is always read; the field only says so.',
      ),
    stdout: oneOrMore(z.string().min(1))
      .optional()
      .describe(
        'Regular expressions, looked for in every line of output, with the groups valLoss, loss, step, tokens, lr and gradNorm, e.g. "val loss (?<valLoss>\\S+)". Or json: lines of output that are JSON objects.',
      ),
    value: key('valLoss').describe(
      'Key of the objective in JSON lines: a loss, in nats for the words of the report to be right.',
    ),
    loss: key('loss').describe('Key of the training loss in JSON lines.'),
    step: key('step').describe('Key of the step in JSON lines.'),
    tokens: key('tokens').describe('Key of the tokens seen so far in JSON lines.'),
  }),
);

export const trainer = z.strictObject({
  command: z
    .array(z.string().min(1))
    .min(1)
    .describe(
      'Program and arguments, started without a shell. ${args} stands for the parameters as --name=value; other macros are those of W&B sweeps (docs/trainers.md).',
    )
    .meta({ examples: [['python', 'train.py', '${args}']] }),
  program: z.string().min(1).optional().describe('What the macro ${program} stands for.'),
  folder: z
    .string()
    .min(1)
    .default('.')
    .describe('Folder in which the command runs. Default: that of the study file.'),
  names: z
    .record(z.string(), z.string().min(1).nullable())
    .default({})
    .describe(
      "The script's names of parameters, e.g. {lr: learning_rate, batchSize: batch_size}. lr, batchSize, steps and seed are always passed, tokens when it has a name here; null: not passed. Default: the name in the study file.",
    ),
  version: version
    .optional()
    .describe(
      'What tells one version of the script from another: its files by content, a git commit, or a text. It is part of every run, so another version makes new runs. Default: the files that the command names.',
    ),
  metrics: metrics.prefault({}).describe('Where losses are read.'),
  paired: z
    .boolean()
    .default(false)
    .describe(
      "true: a seed fixes initial weights and the order of the data, so that arms are compared seed by seed. false: Welch's interval, which is right in both cases but wider. `gaplab trainer check` looks at it.",
    ),
  guessLoss: z
    .number()
    .positive()
    .optional()
    .describe(
      'Loss of guessing, e.g. ln(vocabulary). A run that stays above it has diverged. Default: only a loss that is not finite tells.',
    ),
  tokensPerSequence: z
    .int()
    .positive()
    .optional()
    .describe('Tokens of a sequence. Budgets in tokens need it.'),
  grace: z
    .number()
    .nonnegative()
    .default(30)
    .describe('Seconds between SIGTERM, which asks the script to save and end, and SIGKILL.'),
});
