import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UserError } from '../core/errors.ts';
import { modelPreset } from '../model/presets.ts';
import { resolveHyper } from '../optim/registry.ts';
import { checkFits, memoryHere, memoryOf } from './fit.ts';

const GIB = 2 ** 30;
const run = (model: string, name: string, hyper: Record<string, number> = {}, microBatch = 1) => ({
  model: modelPreset(model),
  optimizer: { name, hyper: resolveHyper(name, hyper) },
  batchSize: microBatch,
  microBatch,
});
const refusal = (...args: Parameters<typeof checkFits>): string => {
  let message = '';
  assert.throws(
    () => checkFits(...args),
    (error) => {
      message = (error as Error).message;
      return error instanceof UserError && !message.includes('\n');
    },
  );
  return message;
};

test('1b in 16 GiB: SGD fits, Adam does not, and is told what does', () => {
  const available = 16 * GIB;
  checkFits(run('1b', 'sgd'), { available });
  const message = refusal(run('1b', 'adam'), { available });
  assert.match(message, /^1028M parameters with adam need about 1[78]\.\d GiB, there are 16\.0; what fits: /);
  assert.match(message, /--optimizer sgd \(1[34]\.\d\), --optimizer sgd --hyper momentum=0 \((9|10)\.\d\)$/);
});

test('recomputing and smaller micro-batches are named where they help', () => {
  const message = refusal(run('160m', 'adam', {}, 16), { available: 8 * GIB });
  assert.match(message, /what fits: --recompute \(\d\.\d\), --micro-batch 1 \(\d\.\d\)$/);
  checkFits(run('160m', 'adam', {}, 16), { available: 8 * GIB, recompute: true });
});

test('nothing helps: a smaller model', () => {
  assert.match(refusal(run('1b', 'sgd'), { available: 4 * GIB }), /there are 4\.0; choose a smaller model$/);
  assert.match(refusal(run('1b', 'adam'), { available: 9 * GIB }), /momentum=0 --recompute \(8\.\d\)$/);
});

test('small models pass without an estimate; this machine has memory', () => {
  checkFits(run('nano', 'adam'), { available: GIB });
  assert.ok(memoryHere() > GIB);
  assert.ok(memoryOf(run('nano', 'adam')) < GIB);
});
