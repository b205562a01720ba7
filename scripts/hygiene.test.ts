// What the hygiene check finds, and what it lets pass. Paths are put together here,
// so that no scan takes one in this file for a machine's.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { complaints } from './hygiene.ts';

test('machine paths and registries are found', () => {
  for (const line of [
    `see ${['', 'home', 'anna', 'x'].join('/')}`,
    `dir: ${['', 'root', 'cache'].join('/')}`,
    `'${['', 'work', 'main', 'a'].join('/')}'`,
    `https://${['registry', 'npmjs', 'org'].join('.')}/x`,
    ['npm', 'pkg-host', 'dev'].join('.'),
    ['', 'Users', 'bob', ''].join('/'),
  ])
    assert.equal(complaints('a.md', `fine\n${line}`).length, 1, line);
});

test('ordinary text passes', () => {
  for (const line of [
    '~/.cache/gaplab',
    ['', 'home', 'you', 'texts'].join('/'),
    ['.', 'work', 'a'].join('/'),
    'homework/root',
    'npm ci',
    'https://www.npmjs.com',
  ])
    assert.deepEqual(complaints('a.md', line), [], line);
});

test('the lockfile leaves the registry open', () => {
  assert.equal(complaints('package-lock.json', '{ "resolved": "x" }').length, 1);
  assert.deepEqual(complaints('package-lock.json', '{ "integrity": "x" }'), []);
});
