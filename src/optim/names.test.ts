import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UserError } from '../core/errors.ts';
import { parameters } from '../model/parameters.ts';
import { modelPreset } from '../model/presets.ts';
import { checkGroups, hybridName } from './names.ts';
import { optimizer, resolveHyper } from './registry.ts';
import { parseClip, withClip } from './words.ts';

test('a composed optimizer has the hyperparameters of its parts', () => {
  assert.deepEqual(resolveHyper('adam#signum', { 'signum.momentum': 0.9, 'adam.beta2HalfLife': 5000 }), {
    'adam.beta1': 0.95,
    'adam.eps': 1e-8,
    'adam.beta2HalfLife': 5000,
    'signum.momentum': 0.9,
    layerwise: 0,
  });
  assert.deepEqual(resolveHyper('rest=sgd,head=signsgd+decay'), {
    'rest.momentum': 0.95,
    'rest.dampening': 0,
    'rest.nesterov': 0,
    'rest.weightDecay': 0,
    'head.decay': 0.1,
    'head.lr': 0.05,
  });
});

test('state: sides of a graft have their own, groups share', () => {
  const state = (name: string) => optimizer(name).state(resolveHyper(name));
  assert.deepEqual(state('adam#sgd'), ['adam.m', 'adam.v', 'sgd.m']);
  assert.deepEqual(state('rest=sgd,head=adam'), ['m', 'v']);
  assert.deepEqual(state('muon'), ['m', 'v']);
});

test('the first learning rate is that of the length of the steps', () => {
  const { lrGuess } = optimizer('adam');
  for (const name of ['adam#sgd', 'adam+decay', 'head=sgd,rest=adam', '(rest=adam,norm=sgd)+decay'])
    assert.equal(optimizer(name).lrGuess, lrGuess, name);
});

test('equal wishes are equal names', () => {
  assert.equal(hybridName({ head: 'adam', rest: 'sgd' }), hybridName({ rest: 'sgd', head: 'adam' }));
});

test('what is not spelt right is one line with the remedy', () => {
  for (const [name, message] of [
    ['adm', /unknown optimizer "adm": did you mean "adam"\?/],
    ['adam+decai', /unknown transform "decai": did you mean "decay"\?/],
    ['adam#sgd#lion', /one # makes a graft/],
    ['adam#adam', /changes nothing; write adam/],
    ['sgd+decay+decay', /two of its parts have a "decay"/],
    ['head=adam', /embedding, norm, attention, mlp have no optimizer; name them, or the rest/],
    ['rest=sgd,rest=adam', /named twice/],
    ['rest=sgd,haed=adam', /unknown parameter group "haed": did you mean "head"\?/],
    ['rest=sgd,head', /write group=optimizer/],
    ['(rest=sgd,head=adam)+x', /unknown transform "x"/],
  ] as const)
    assert.throws(
      () => optimizer(name),
      (e) => e instanceof UserError && message.test(e.message) && !e.message.includes('\n'),
      name,
    );
  assert.throws(
    () => resolveHyper('adam', { beta2: 0.9, beta2HalfLife: 100 }),
    /beta2HalfLife stands in for beta2; give one of them/,
  );
});

test('clipping in words: a norm for the run, kinds for the optimizer', () => {
  assert.deepEqual(withClip('sgd', 1), { optimizer: 'sgd', hyper: {}, clip: 1 });
  assert.deepEqual(withClip('sgd', null), { optimizer: 'sgd', hyper: {}, clip: null });
  assert.deepEqual(withClip('rest=sgd,head=adam', parseClip('2,layer=.5,adaptive')), {
    optimizer: '(rest=sgd,head=adam)+layerClip+adaptiveClip',
    hyper: { maxNorm: 0.5 },
    clip: 2,
  });
  assert.deepEqual(parseClip('none'), [null]);
  for (const text of ['', '0', '-1', 'x', 'layer=', 'layer=x', 'layer=1=2', 'Infinity'])
    assert.throws(() => parseClip(text), UserError, text);
  assert.throws(() => withClip('sgd', [1, 2]), /one global norm is enough/);
});

test('a group that a model has nothing in is named', () => {
  const tied = parameters(modelPreset('tiny', { embeddings: 'tied' }));
  checkGroups('adam', tied);
  checkGroups('rest=sgd,head=adam', tied);
  checkGroups('(rest=sgd,embedding=adam)+decay', parameters(modelPreset('tiny')));
  assert.throws(
    () => checkGroups('(rest=sgd,embedding=adam)+decay', tied),
    (e) => e instanceof UserError && /no parameters of group embedding .*tied.*head/.test(e.message),
  );
});
