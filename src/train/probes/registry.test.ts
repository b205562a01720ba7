// Names and options of probes are checked in one line.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UserError } from '../../core/errors.ts';
import { checkProbe, probe, resolveOptions } from './registry.ts';

test('unknown probes and options, and values out of range, get one clear line', () => {
  const says = (name: string, given: Record<string, number>, text: RegExp) =>
    assert.throws(
      () => resolveOptions(name, given),
      (error) => error instanceof UserError && text.test(error.message),
    );
  assert.throws(() => probe('hesian'), /did you mean "hessian"/);
  says('noise', { sample: 3 }, /no option "sample": choose from samples/);
  says('noise', { samples: 100 }, /power of two of at least 8, got 100/);
  says('imbalance', { groups: 1 }, /an integer of at least 2 and at most 100, got 1/);
  says('imbalance', { groups: 2.5 }, /integer/);
  says('geometry', { top: Number.NaN }, /a number of at least/);
});

test('a model that does not predict the next token writes nothing, and that is told before training', () => {
  assert.throws(() => checkProbe('text', { objective: 'mlm' }), /needs a model that predicts the next token/);
  checkProbe('text', {});
});
