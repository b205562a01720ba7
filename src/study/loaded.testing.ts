// The smallest study that can be loaded, and a text to resolve it with, for tests.
import assert from 'node:assert/strict';
import { UserError } from '../core/errors.ts';
import { loadStudy } from './load.ts';
import { draftStudy, resolveStudy } from './resolve.ts';

export const facts = {
  corpus: 'sotu',
  fingerprint: 'ab',
  vocabSize: 2048,
  train: { length: 1e6 },
  validation: { length: 1e5 },
};
export const base = { name: 'x', tokens: 4096, batchSizes: [4, 1], optimizers: { sgd: {}, adam: {} } };
export const resolved = (change: object = {}) =>
  resolveStudy(draftStudy(loadStudy({ ...base, ...change })), facts);

export function oneLine(pattern: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof UserError, String(error));
    assert.match(error.message, pattern);
    assert.ok(!error.message.includes('\n'));
    return true;
  };
}
