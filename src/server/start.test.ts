// What a page asks to be started, as the command line that does so; everything that is wrong is said at once.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { UserError } from '../core/errors.ts';
import { rootOf } from './folders.ts';
import { scratch } from './served.testing.ts';
import { orderOf } from './start.ts';
import type { Actions } from './wire.ts';

const dir = scratch();
const order = (what: Omit<Actions['start'], 'place'>, allowCommands = false) =>
  orderOf({ place: 0, ...what }, [rootOf(dir)], allowCommands);
const refuses = (what: Omit<Actions['start'], 'place'>, message: RegExp) =>
  assert.throws(
    () => order(what),
    (error) => error instanceof UserError && message.test(error.message),
  );

const text = `
name: mine
model: tiny
tokens: 8192
batchSizes: [1, 4]
optimizers: {sgd: {}, adam: {}}
probes: [text]
`;

test('a study that is written as text is kept beside the new one', () => {
  const { name, args, prepare } = order({ text, jobs: 2 });
  const source = join(dir, 'mine.study.json');
  assert.equal(name, 'mine');
  assert.deepEqual(args, ['study', source, '--out', join(dir, 'mine'), '--jobs', '2']);
  prepare();
  const { batchSizes, probes } = JSON.parse(readFileSync(source, 'utf8'));
  assert.deepEqual({ batchSizes, probes }, { batchSizes: [1, 4], probes: ['text'] });
  assert.throws(prepare, /mine\.study\.json is there already/);
});

test('text beside a preset is merged into it, field by field; single fields come last', () => {
  const changes = 'tokens: 4096\nseeds: {fresh: 2}\noptimizers:\n  sgd:\n    lr: {guess: 0.5}\n';
  const { args } = order({ preset: 'smoke', text: changes, set: { tokens: 8192 } });
  const at = args.indexOf('--set');
  assert.deepEqual(
    args.slice(at).filter((arg) => arg !== '--set'),
    ['tokens=4096', 'seeds.fresh=2', 'optimizers.sgd.lr.guess=0.5', 'tokens=8192'],
  );
});

test('everything that is wrong is said at once, in the words of who wrote it', () => {
  const wrong = text.replace('8192', 'many').replace('[1, 4]', '[0]').replace('sgd: {}', 'sdg: {}');
  for (const what of [/tokens/, /batchSizes/, /sdg/]) refuses({ text: wrong }, what);
  for (const what of [/^tokens="many"/m, /^seeds\.frehs=1/m])
    refuses({ preset: 'smoke', text: 'tokens: many\nseeds: {frehs: 1}' }, what);
  refuses({ text: 'just words' }, /no fields: write them as name: value/);
  refuses({ text: 'name: [' }, /line:1:\d+: not valid YAML/);
  refuses({ text, study: { name: 'other' }, preset: 'smoke' }, /give the name of a preset, or/);
  refuses({}, /give the name of a preset, or/);
});

test('text can no more reach commands and files than fields can', () => {
  refuses({ text: `${text}trainer: {command: [touch, x]}` }, /^trainer: it names a command/);
  refuses({ preset: 'smoke', text: 'trainer: {command: [touch, x]}' }, /^trainer: it names a command/);
  refuses({ preset: 'smoke', set: { 'launcher.kind': 'slurm' } }, /^launcher: it submits work/);
  refuses({ preset: 'smoke', text: 'data: {corpus: /etc/passwd}' }, /^data\.corpus: a path would be read/);
  refuses({ text: `${text}sizes: {mini: {trainer: {command: [touch, x]}}}` }, /trainer/);
});
