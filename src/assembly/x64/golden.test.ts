// The bytes of every instruction, on any processor: as recorded from GNU's assembler,
// and by that assembler itself where it is.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { assembledByGnu, goldenCases, goldenFile, goldenLine } from './golden.testing.ts';

const cases = goldenCases();
const ours = cases.map(({ bytes }) => Buffer.from(bytes).toString('hex'));

test('every instruction and addressing form has the bytes that were recorded', () => {
  const recorded = readFileSync(goldenFile, 'utf8').trimEnd().split('\n');
  assert.equal(recorded.length, cases.length);
  ours.forEach((hex, i) => {
    assert.equal(goldenLine(hex, cases[i]), recorded[i]);
  });
});

const assembled = assembledByGnu(cases);

test("GNU's assembler makes the same bytes of the same text", {
  skip: assembled ? false : 'no `as` here',
}, () => {
  ours.forEach((hex, i) => {
    assert.equal(hex, assembled![i], cases[i].text);
  });
});
