import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UserError } from '../core/errors.ts';
import { optimizer, optimizers, resolveHyper } from './registry.ts';

test('every optimizer and every default says where it comes from', () => {
  for (const [name, def] of Object.entries(optimizers)) {
    assert.equal(def.name, name);
    assert.ok(def.summary && def.source && def.lrGuess > 0, name);
    for (const [key, spec] of Object.entries(def.hyper)) assert.ok(spec.why.length > 10, `${name}.${key}`);
    assert.doesNotThrow(() => resolveHyper(name), `${name}: the defaults are allowed`);
    const hyper = resolveHyper(name);
    const names = (step: number) => Object.keys(def.scalars({ lr: 0.1, step, hyper }));
    assert.deepEqual(names(0), names(7), `${name}: the same scalars at every step`);
  }
});

test('given hyperparameters override defaults, in the order of the definition', () => {
  assert.deepEqual(Object.entries(resolveHyper('sgd', { weightDecay: 0.1, momentum: 0.9 })), [
    ['momentum', 0.9],
    ['dampening', 0],
    ['nesterov', 0],
    ['weightDecay', 0.1],
  ]);
});

test('bad names and values are one line that lists what is valid', () => {
  const throws = (f: () => unknown, message: RegExp) =>
    assert.throws(f, (e) => e instanceof UserError && message.test(e.message) && !e.message.includes('\n'));
  throws(
    () => optimizer('adamm'),
    /unknown optimizer "adamm": did you mean "adam"\?.*adafactor, adam, adambc, adamw/,
  );
  throws(() => optimizer('toString'), /unknown optimizer/);
  throws(() => resolveHyper('adam', { momentum: 0.9 }), /no hyperparameter "momentum".*beta1, beta2, eps/);
  throws(() => resolveHyper('signsgd', { momentum: 0.9 }), /"signsgd" has no hyperparameter.*it has none/);
  throws(() => resolveHyper('sgd', { momentum: 1 }), /momentum.*at least 0 and below 1, got 1/);
  throws(() => resolveHyper('sgd', { nesterov: 0.5 }), /nesterov.*one of 0, 1/);
  throws(() => resolveHyper('adam', { eps: 0 }), /eps/);
  throws(() => resolveHyper('sgd', { weightDecay: Number.NaN }), /weightDecay.*NaN/);
  throws(() => resolveHyper('sgd', { weightDecay: Infinity }), /weightDecay/);
});
