// Names of files: distinct for distinct labels, valid everywhere, unchanged for ordinary labels.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fileName, fileNames } from './names.ts';

/** What a name must be on all three systems; `<`, `:` and the like are refused by Windows, `/` everywhere. */
function checkName(name: string): void {
  assert.match(name, /^[\w.-]+$/);
  assert.ok(name.length <= 160, `${name.length} characters`);
  assert.doesNotMatch(name, /^[.-]|[. ]$/);
  assert.doesNotMatch(name, /^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?$/i);
}

const nasty = fc.constantFrom(
  ...[
    '',
    '.',
    '..',
    '../..',
    '/etc/passwd',
    'a/b',
    'a\\b',
    'CON',
    'con',
    'Nul.svg',
    'com1',
    'LPT9',
    'a',
    'A',
    'a.',
    'a ',
    '-a',
  ],
  ...[
    'α=1',
    'β=1',
    '=1',
    '_1',
    'e\u0301',
    '\u00e9',
    'a\u0000b',
    'a\nb',
    '\u202ea',
    '__proto__',
    'x'.repeat(300),
    'x'.repeat(301),
  ],
);
const label = fc.oneof(nasty, fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }));

test('distinct labels give distinct names that are valid on Linux, macOS and Windows', () => {
  fc.assert(
    fc.property(fc.array(label, { maxLength: 20 }), (labels) => {
      const names = fileNames(labels);
      names.forEach(checkName);
      const distinct = new Set(names.map((name) => name.toLowerCase()));
      assert.equal(distinct.size, new Set(labels).size);
      labels.forEach((label, i) => assert.equal(names[i], names[labels.indexOf(label)]));
    }),
  );
});

test('a label that is written like the name of another one gets a name of its own', () => {
  const labels = ['α=1', 'β=1'];
  for (let round = 0; round < 3; round++) labels.push(...fileNames(labels));
  const names = fileNames(labels);
  assert.equal(new Set(names).size, new Set(labels).size);
});

test('ordinary labels are their names; others read like their labels', () => {
  const labels = ['nano', 'nano-dim-96', '10m', 'sgd_noclip', 'width.128', 'A', 'b'];
  assert.deepEqual(fileNames(labels), labels);
  assert.deepEqual(fileNames(['nano dim=96', 'sgd#adam']), ['nano_dim_96', 'sgd_adam']);
  const [a, b] = fileNames(['α=1', 'β=1']);
  assert.match(a, /^_1-[0-9a-f]{8}$/);
  assert.match(b, /^_1-[0-9a-f]{8}$/);
  assert.notEqual(a, b);
  assert.match(fileNames(['a', 'A']).join(), /^a-[0-9a-f]{8},A-[0-9a-f]{8}$/);
  assert.equal(fileName('con'), '_con');
  assert.equal(fileName(''), '_');
});
