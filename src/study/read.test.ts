// YAML as text: values with their lines, and what is refused at once.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UserErrors } from '../core/errors.ts';
import { along, readYaml } from './read.ts';

function refused(text: string): string[] {
  try {
    readYaml(text, 'f');
  } catch (error) {
    assert.ok(error instanceof UserErrors, String(error));
    return error.lines;
  }
  return [];
}
const tooMany = /not valid YAML: more than 20,000 values, aliases counted as what they stand for$/;

test('aliases that multiply, or lead back to themselves, are refused before they are followed', () => {
  const levels = (n: number, width: number, of: (name: string) => string) =>
    Array.from(
      { length: n },
      (_, i) => `a${i + 1}: &a${i + 1} ${of(Array(width).fill(`*a${i}`).join(', '))}`,
    ).join('\n');
  for (const bomb of [
    `a0: &a0 [x, x]\n${levels(8, 10, (all) => `[${all}]`)}`,
    `a0: &a0 [x, x]\n${levels(40, 2, (all) => `[${all}]`)}`,
    `a0: &a0 {x: 1}\n${levels(40, 2, (all) => `{<<: [${all}]}`)}`,
    Array.from({ length: 20001 }, (_, i) => `k${i}: ${i}`).join('\n'),
  ]) {
    const lines = refused(bomb);
    assert.equal(lines.length, 1);
    assert.match(lines[0], tooMany);
  }
  assert.deepEqual(refused('a: &x {b: 1,\n  c: *x}'), [
    'f:2:6: not valid YAML: *x stands within what it stands for',
  ]);
  assert.match(refused('['.repeat(30000))[0], /brackets are nested too deeply/);
  assert.match(refused(`a: ${'['.repeat(300)}${']'.repeat(300)}`)[0], /nested more than 40 deep/);
});

test('what is no plain value is told in its line', () => {
  assert.deepEqual(refused('a: !!binary aGk=\nb: *q\nc: {<<: 5}\n? [1]\n: 2\na: 3'), [
    'f:1:13: not valid YAML: !!binary: tags are not known here; leave it out',
    'f:2:4: not valid YAML: *q: there is no &q before it',
    'f:3:5: not valid YAML: << merges fields: give it an alias of fields, e.g. <<: *base',
    'f:4:3: not valid YAML: a field needs a name, this is a list or an alias',
    'f:6:1: not valid YAML: a is written twice; keep one',
  ]);
  assert.deepEqual(refused('a:\n\tb: 1'), ['f:2:1: not valid YAML: a tab indents this line; use spaces']);
  assert.match(
    refused('title: one: two')[0],
    /^f:1:8: .*; a text with ": " or " #" in it, .* stands in quotes$/,
  );
});

test('every field has its line, merged ones that of where they are written', () => {
  const text = 'a: &a\n  b: 1\n  c:\n    - 2\n    - d: 3\ne:\n  <<: *a\n  b: 4\n';
  const { value, lineOf } = readYaml(text, 'f');
  assert.deepEqual(value, { a: { b: 1, c: [2, { d: 3 }] }, e: { b: 4, c: [2, { d: 3 }] } });
  assert.deepEqual(
    [['a'], ['a', 'b'], ['a', 'c', 1, 'd'], ['e', 'b'], ['e', 'c'], ['nowhere'], ['a', 'x']].map((path) =>
      lineOf(path),
    ),
    [1, 2, 5, 8, 3, undefined, 1],
  );
});

test('the way along a path leaves out what people leave out', () => {
  const written = (value: unknown, path: PropertyKey[]) => along(value, path).written;
  assert.equal(written({ tokens: 5 }, ['tokens', 0]), 'tokens');
  assert.equal(written({ sgd: { momentum: 1 } }, ['sgd', 'hyper', 'momentum']), 'sgd.momentum');
  assert.equal(written({ hyper: { sgd: { momentum: 1 } } }, ['hyper', 'sgd.momentum']), 'hyper.sgd.momentum');
  assert.equal(
    written({ optimizers: ['sgd', { adam: { lr: 1 } }] }, ['optimizers', 'adam', 'lr']),
    'optimizers.adam.lr',
  );
  assert.equal(written({ optimizers: ['sgd'] }, ['optimizers', 'sgd']), 'optimizers.sgd');
  assert.equal(written({ lr: -1 }, ['lr', 'guess']), 'lr');
  assert.equal(written({ lr: [-1, 1] }, ['lr', 'values', 0]), 'lr.0');
  assert.equal(written({ a: 1 }, ['b']), undefined);
});
