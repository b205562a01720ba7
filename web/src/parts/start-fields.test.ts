// Fields of the form that starts a study, and what is typed into them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StartForm } from '../../../src/server/wire.ts';
import { type Field, fieldsOf, readValue } from './start-fields.ts';

test('fields are those of the schema that a line of text can hold, and that pages may set', () => {
  const schema: StartForm['schema'] = {
    properties: {
      title: { type: 'string', description: 'its name' },
      tokens: { anyOf: [{ type: 'integer' }, { type: 'array', items: { type: 'integer' } }] },
      batchSizes: { type: 'array', items: { type: 'integer' } },
      optimizers: { type: 'object' },
      trainer: { type: 'string' },
    },
  };
  assert.deepEqual(fieldsOf({ schema, refused: { trainer: 'it would run' } }), [
    { name: 'title', about: 'its name', isList: false, isText: true },
    { name: 'tokens', about: '', isList: true, isText: false },
    { name: 'batchSizes', about: '', isList: true, isText: false },
  ]);
});

test('a text becomes a number, a list or itself; what is no value of the kind is none', () => {
  const field = (part: Partial<Field>): Field => ({
    name: '',
    about: '',
    isList: false,
    isText: false,
    ...part,
  });
  assert.equal(readValue(field({}), '1e5'), 100000);
  assert.equal(readValue(field({}), '1 2'), undefined);
  assert.equal(readValue(field({}), 'many'), undefined);
  assert.deepEqual(readValue(field({ isList: true }), '2, 16,128'), [2, 16, 128]);
  assert.deepEqual(readValue(field({ isList: true }), '2'), [2]);
  assert.equal(readValue(field({ isList: true }), '2, x'), undefined);
  assert.equal(readValue(field({ isText: true }), 'two words'), 'two words');
  assert.equal(readValue(field({ isText: true }), '1 2'), '1 2');
});
