// The argument and docs/findings.md tell of the same runs, and in them its headings hold.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { count } from '../../../src/report/format.ts';
import { cellAt, equalSteps, evidence, gapAt, middleLength } from './evidence.ts';
import { signed } from './scale.ts';

const findings = readFileSync(join(import.meta.dirname, '../../../docs/findings.md'), 'utf8');

describe('the argument and docs/findings.md', () => {
  const found = /: (\d+) runs of the study `([^`]+)`, (.+?) tokens, /.exec(findings);
  assert.ok(found, 'docs/findings.md names no study of the map');
  const [, runs, study, tokens] = found;
  const advice =
    'web/src/play/argument.json is of other runs than docs/findings.md: give ' +
    `\`node scripts/argument.ts DIR\`, DIR being the directory of the study ${study} (docs/playground.md)`;

  test('are of the same runs', () => {
    const here = { study: evidence.study, runs: evidence.runs, tokens: count(evidence.tokensTrained) };
    assert.deepEqual(here, { study, runs: Number(runs), tokens }, advice);
  });

  test('say the same of them', () => {
    const sentences = [...findings.matchAll(/^\* At batch size (\d+) SGD minus Adam is (.+)\.$/gm)];
    assert.ok(sentences.length >= 2, 'docs/findings.md says nothing of two batch sizes');
    for (const [, batchSize, words] of sentences) {
      const told = evidence.lengths.map((length) => {
        const { gap, lo, hi } = gapAt(evidence, length, Number(batchSize))!;
        return `${signed(gap)} after ${count(length)} tokens (${signed(lo)} to ${signed(hi)})`;
      });
      for (const one of told) assert.ok(words.includes(one), `${one}: not in "${words}". ${advice}`);
    }
  });
});

describe('the headings of the argument hold where they stand', () => {
  const [smallest, largest] = [Math.min, Math.max].map((pick) => pick(...evidence.batchSizes));
  const middle = middleLength(evidence);

  test('1. Adam wins, beyond the seeds, at the largest batch', () => {
    assert.ok(gapAt(evidence, middle, largest)!.lo > 0);
  });

  test('2. not by a badly chosen rate: no rate of SGD gives the best loss of Adam', () => {
    const [adam, sgd] = ['adam', 'sgd'].map((name) =>
      Math.min(
        ...cellAt(evidence, middle, largest, name)!.tried.map(({ loss }) => loss ?? Number.POSITIVE_INFINITY),
      ),
    );
    assert.ok(sgd > adam, `${sgd} and ${adam}`);
  });

  test('3. and 4. the gap is smaller at the smallest batch, whatever the length', () => {
    for (const length of evidence.lengths) {
      const [few, many] = [smallest, largest].map((size) => gapAt(evidence, length, size)!.gap);
      assert.ok(few < many, `${length} tokens: ${few} and ${many}`);
    }
  });

  test('5. also among runs of about as many steps', () => {
    const groups = equalSteps(evidence);
    const shown = groups.reduce((best, group) => (group.length > best.length ? group : best));
    assert.ok(shown[0].gap < shown[shown.length - 1].gap);
  });
});
