// Addresses: what they name, and that any text survives the way into one and out again.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changed, hrefOf, parseRoute } from './route.ts';

test('an address names a page and holds its state', () => {
  const { path, query } = parseRoute('#/study/quick-1/runs?sort=lr&pin=a&x=tokens');
  assert.deepEqual(path, ['study', 'quick-1', 'runs']);
  assert.deepEqual(Object.fromEntries(query), { sort: 'lr', pin: 'a', x: 'tokens' });
  for (const empty of ['', '#', '#/', '#//']) assert.deepEqual(parseRoute(empty).path, [], empty);
});

test('any text is written into an address and read again', () => {
  for (const text of ['a/b', '100%', 'ü?#&=', '<b>', '..', ' ']) {
    const { path, query } = parseRoute(hrefOf(['study', text], { filter: text }));
    assert.deepEqual(path, ['study', text]);
    assert.equal(query.get('filter'), text);
  }
  assert.deepEqual(parseRoute('#/100%').path, ['100%']);
});

test('a change keeps the other fields, and an empty value takes a field out', () => {
  const query = new URLSearchParams('sort=lr&x=tokens');
  assert.equal(changed(query, { sort: undefined, y: 'log' }).toString(), 'x=tokens&y=log');
  assert.equal(changed(query, { x: '' }).toString(), 'sort=lr');
  assert.equal(hrefOf(['a'], { x: undefined, y: '' }), '#/a');
});
