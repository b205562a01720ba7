// Studies of a script that cannot be right: each is told in one line that says what to do.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UserError } from '../core/errors.ts';
import { loadStudy } from './load.ts';
import { draftStudy } from './resolve.ts';
import { type StudyChange, scriptStudy } from './script.testing.ts';

const errorsOf = (change: StudyChange): string => {
  const { study, folder } = scriptStudy(change);
  try {
    draftStudy(loadStudy(study));
  } catch (error) {
    assert.ok(error instanceof UserError, String(error));
    return error.message.replaceAll(folder, 'FOLDER');
  }
  return '';
};

const node = process.execPath;
for (const [what, change, message] of [
  [
    'no command',
    { trainer: { command: [] } },
    'study: trainer.command: expected a list of at least 1, found []; write it as command: [python, train.py, "${args}"]',
  ],
  [
    'a command that is not there',
    { trainer: { command: ['pythonn', 'train.mjs', '${args}'] } },
    'study: trainer.command.0: there is no program pythonn on the PATH',
  ],
  [
    'a script in the place of a program',
    { trainer: { command: ['./train.mjs', '${args}'] } },
    'study: trainer.command.0: ./train.mjs is no program that may be started; name what runs it, e.g. [python, ./train.mjs, "${args}"]',
  ],
  [
    'a line for a shell',
    { trainer: { command: ['python train.py'], version: 'v1' } },
    'there is no shell, so "python train.py" is the name of one program; write it as [python, train.py, "${args}"]',
  ],
  [
    'a script that is not there',
    { trainer: { command: [node, 'trian.py', '${args}'], version: 'v1' } },
    'study: trainer.command.1: there is no file trian.py in FOLDER',
  ],
  [
    'a script that is not there, and nothing else to tell versions by',
    { trainer: { command: [node, 'trian.py', '${args}'] } },
    'study: trainer.command.1: there is no file trian.py in FOLDER',
  ],
  [
    'no parameters',
    { trainer: { command: [node, 'train.mjs'] } },
    'no parameter reaches the script: add "${args}"',
  ],
  [
    'a macro that is none',
    { trainer: { command: [node, 'train.mjs', '${arg}'] } },
    'there is no macro ${arg}; did you mean ${args}?',
  ],
  [
    'a name that maps twice',
    { trainer: { names: { lr: 'x', batchSize: 'x' } } },
    'study: trainer.names.lr: lr and batchSize would both be passed as x; give each a name of its own',
  ],
  [
    'a name of nothing',
    { trainer: { names: { beta2: 'b2' } } },
    'study: trainer.names.beta2: no arm has this parameter: "beta2"',
  ],
  [
    'an expression without its group',
    { trainer: { metrics: { stdout: 'val loss (\\S+)' } } },
    'study: trainer.metrics.stdout: has no named group; write e.g. "val loss (?<valLoss>\\S+)"',
  ],
  [
    'an expression without the objective',
    { trainer: { metrics: { stdout: 'loss (?<loss>\\S+)' } } },
    'none has the group valLoss, the objective',
  ],
  [
    'a group of another name',
    { trainer: { metrics: { stdout: 'loss (?<val_loss>\\S+)' } } },
    'no such group: "val_loss"; did you mean "valLoss"?',
  ],
  [
    'no expression',
    { trainer: { metrics: { stdout: 'loss (?<valLoss>[' } } },
    'study: trainer.metrics.stdout: not a regular expression: ',
  ],
  [
    'tokens of unknown sequences',
    { steps: undefined, tokens: 1000 },
    'study: trainer.tokensPerSequence: a budget in tokens needs to know how many a sequence has',
  ],
  [
    'no learning rate',
    { optimizers: { sgd: {} } },
    'study: optimizers.sgd.lr: a script has no usual learning rate; say where the search begins, e.g. lr: 0.1',
  ],
  ["a field of gaplab's models", { model: 'nano' }, "study: model: this is the script's business"],
  [
    "a field of gaplab's arms",
    { optimizers: { sgd: { lr: 1, clip: 1 } } },
    'study: optimizers.sgd.clip: the script decides this',
  ],
  [
    'one name in two places',
    { optimizers: { sgd: { lr: 1, args: { momentum: 1 }, momentum: 0.9 } } },
    'momentum stands in hyper, too; keep one',
  ],
  [
    'args without a script',
    { trainer: undefined, tokens: 300000, steps: undefined, optimizers: { sgd: { args: { a: 1 } } } },
    'arguments are for a script of your own (trainer:)',
  ],
  [
    'version files that are not there',
    { trainer: { version: ['model.mjs'] } },
    'study: trainer.version: there is no file model.mjs in FOLDER',
  ],
  [
    'a version by git outside of it',
    { trainer: { version: { git: true } } },
    'is no git repository with a commit',
  ],
] as [string, StudyChange, string][])
  test(`bad input has one clear line: ${what}`, () => {
    const told = errorsOf(change);
    assert.ok(told.includes(message), told);
    assert.equal(told.split('\n').length, 1, told);
  });
