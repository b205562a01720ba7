// p values against tables, false discovery against the definition, and the stricter rule.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { tInterval } from '../stats.ts';
import { agreement } from './agreement.ts';
import { attributions } from './attribution.ts';
import type { Judgement } from './claim.ts';
import { all, decideNumber } from './decide.ts';
import { falseDiscovery, pValue, strictly } from './many.ts';
import { claims } from './registry.ts';

const judged = (values: number[], margin = 0): Judgement => {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return decideNumber(
    mean,
    tInterval(values),
    { side: 'above', margin, unit: 'nats', what: 'It' },
    [],
    values.length,
  );
};

test('a p value is that of Student’s t', () => {
  // Mean 2, standard error 1 / sqrt(3): t = 3.4641 with 2 degrees of freedom; p = 0.0742
  // by the closed form 1 - t / sqrt(2 + t^2).
  assert.ok(Math.abs(pValue(judged([1, 2, 3]))! - (1 - 12 ** 0.5 / 14 ** 0.5)) < 1e-9);
  assert.equal(pValue({ ...judged([1, 2, 3]), ci95: null }), null);
  // Of more seeds two degrees as well: mean 2, standard error sqrt(4 / 6 / 7), so t^2 = 42.
  assert.ok(Math.abs(pValue(judged([1, 1, 2, 2, 3, 3, 2]))! - (1 - Math.sqrt(42 / 44))) < 1e-9);
});

test('a claim whose parts all hold is no surer than its least sure part', () => {
  const [sure, unsure] = [judged([1, 1.01, 0.99]), judged([0.9, 1, 1.3])];
  for (const parts of [
    [sure, unsure],
    [unsure, sure],
  ])
    assert.equal(pValue(all(parts)), pValue(unsure));
  assert.equal(strictly(all([sure, unsure]), 0.001).verdict, 'inconclusive');
  // A part in which every run diverged needs no p value.
  assert.equal(all([{ ...sure, effect: null, ci95: null }, unsure]).effect, unsure.effect);
});

test('an interval ends at its margin exactly where p is 0.05', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 3, maxLength: 6 }),
      fc.double({ min: -1, max: 1, noNaN: true }),
      (values, margin) => {
        const one = judged(values, margin);
        const p = pValue(one);
        if (p === null || Math.abs(p - 0.05) < 1e-6) return;
        assert.equal(one.verdict !== 'inconclusive', p < 0.05, `${p} ${one.verdict}`);
      },
    ),
  );
});

test('false discovery is Benjamini and Hochberg’s, for any order and with gaps', () => {
  // Their procedure by hand: .01 * 4 / 1, .02 * 4 / 2, .03 * 4 / 3 and .5.
  assert.deepEqual(falseDiscovery([0.5, 0.01, null, 0.03, 0.02]), [0.5, 0.04, null, 0.04, 0.04]);
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 }), (p) => {
      const q = falseDiscovery(p) as number[];
      p.forEach((a, i) => {
        assert.ok(q[i] >= a - 1e-12 && q[i] <= 1);
        // Rejected at level q: there is a k with p(k) <= q k / m at or above this p.
        const sorted = p.toSorted((x, y) => x - y);
        const holds = sorted.some((x, k) => x >= a && x <= (q[i] * (1 + 1e-12) * (k + 1)) / p.length);
        assert.ok(holds || q[i] === 1);
      });
    }),
  );
});

test('the stricter rule withholds what a 95% interval lets pass, and says so', () => {
  const one = judged([0.9, 1, 1.3]);
  assert.equal(one.verdict, 'supported');
  assert.equal(strictly(one, 0.05).verdict, 'supported');
  const strict = strictly(one, 0.001);
  assert.equal(strict.verdict, 'inconclusive');
  assert.match(strict.evidence, /one-sided p value, 0\.0\d+, is not below 0\.001/);
  assert.equal(strictly({ ...one, effect: null, ci95: null }, 0.001).verdict, 'supported', 'divergence');
});

test('every claim has its standing, and no standing is without its claim', () => {
  assert.deepEqual(Object.keys(attributions).sort(), claims.map(({ id }) => id).sort());
  for (const { id, discussion } of claims)
    if (discussion)
      assert.equal(discussion.split(/(?<=[.])\s+(?=[A-Z])/).length, 3, `${id}: three sentences`);
});

test('a refuted claim agrees with a paper that says the opposite', () => {
  assert.equal(agreement('refuted', 'no'), 'agrees');
  assert.equal(agreement('refuted', 'yes'), 'disagrees');
  assert.equal(agreement('supported', 'yes'), 'agrees');
  assert.equal(agreement('inconclusive', 'yes'), 'open');
  assert.equal(agreement('refuted', 'nothing'), 'not tested by the paper');
});
