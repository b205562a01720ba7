import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { RunRow } from '../rows.ts';
import { tInterval } from '../stats.ts';
import { slopeWeights } from '../trend.ts';
import type { StudyFacts } from './claim.ts';
import { contrast, gapTerms } from './contrast.ts';
import { all, decide, decideNumber, gapTrend, undecided } from './decide.ts';
import { claims, gradeClaims } from './registry.ts';
import { factsOf, noisy, study, tokens } from './study.testing.ts';
import { facts, wholeStudy } from './whole-study.testing.ts';

const test1 = { side: 'above', margin: 0.1, unit: 'nats', what: 'The difference' } as const;
const place = (batchSize: number) => ({ batchSize, model: 'nano', tokens });

test('a contrast is taken seed by seed, so what seeds share cancels', () => {
  const facts = study({ sgd: (b, s) => noisy(3.5)(b, s) + 0.002 * s, adam: noisy(3.2) });
  const found = contrast(facts.cells, gapTerms(place(4), 'sgd', 'adam'));
  assert.ok(found.kind === 'known');
  assert.ok(Math.abs(found.effect - 0.303) < 1e-9 && found.seeds === 4);
  const expected = tInterval([0.3, 0.302, 0.304, 0.306])!;
  found.ci95!.forEach((x, i) => assert.ok(Math.abs(x - expected[i]) < 1e-9));
  assert.equal(decide(found, test1).verdict, 'supported');
  assert.equal(decide(found, { ...test1, side: 'below' }).verdict, 'refuted');
  assert.equal(decide(found, { ...test1, margin: 0.303 }).verdict, 'inconclusive');
});

test('verdicts never contradict the interval', () => {
  const value = fc.double({ min: -1, max: 1, noNaN: true });
  fc.assert(
    fc.property(fc.array(value, { minLength: 2, maxLength: 6 }), value, (values, margin) => {
      const ci95 = tInterval(values)!;
      const above = decideNumber(0, ci95, { ...test1, margin }, []).verdict;
      const below = decideNumber(0, ci95, { ...test1, margin, side: 'below' }, []).verdict;
      assert.equal(above === 'supported', ci95[0] > margin);
      assert.equal(above === 'refuted', ci95[1] <= margin && !(ci95[0] > margin));
      const mirrored = { supported: 'refuted', refuted: 'supported', inconclusive: 'inconclusive' }[above];
      assert.equal(below, mirrored);
    }),
  );
  assert.equal(decideNumber(1, null, test1, []).verdict, 'inconclusive');
});

test('divergence everywhere decides only where a claim is about it; what has not been run decides nothing', () => {
  const facts = study({ sgd: noisy(3.5), adam: noisy(3.2) });
  const spoil = (status: RunRow['status']) =>
    factsOf(
      facts.rows.map((r) =>
        r.optimizer === 'sgd' && r.batchSize === 64 ? { ...r, status, valLoss: null } : r,
      ),
      ['sgd', 'adam'],
      [1, 4, 16, 64],
    );
  const judged = (status: RunRow['status'], side: 'above' | 'below', divergenceCounts = false) => {
    const found = contrast(spoil(status).cells, gapTerms(place(64), 'sgd', 'adam'));
    return decide(found, { ...test1, side, divergenceCounts }).verdict;
  };
  assert.deepEqual(
    [judged('diverged', 'above'), judged('diverged', 'below')],
    ['inconclusive', 'inconclusive'],
  );
  assert.deepEqual(
    [judged('diverged', 'above', true), judged('diverged', 'below', true)],
    ['supported', 'refuted'],
  );
  assert.deepEqual([judged('missing', 'above'), judged('failed', 'above')], ['inconclusive', 'inconclusive']);
});

test('an open bracket withholds only the verdicts that a better rate could overturn', () => {
  const open = (arm: string) => {
    const { rows } = study({ sgd: noisy(3.5), adam: noisy(3.2) });
    const kept = rows.filter((r) => !(r.optimizer === arm && r.batchSize === 4 && r.lr > 0.01));
    return contrast(factsOf(kept, ['sgd', 'adam'], [1, 4, 16, 64]).cells, gapTerms(place(4), 'sgd', 'adam'));
  };
  assert.equal(decide(open('adam'), test1).verdict, 'supported');
  const doubt = decide(open('sgd'), test1);
  assert.equal(doubt.verdict, 'inconclusive');
  assert.match(doubt.evidence, /not bracketed for SGD at batch size 4, which could change this/);
  assert.equal(decide(open('sgd'), { ...test1, margin: 0.9 }).verdict, 'refuted');
  assert.equal(decide(open('adam'), { ...test1, margin: 0.9 }).verdict, 'inconclusive');
});

test('a slope is a contrast too', () => {
  const weights = slopeWeights([0, 2, 4, 6]);
  const line = [0, 2, 4, 6].reduce((sum, x, i) => sum + weights[i] * (3 + 0.1 * x), 0);
  assert.ok(Math.abs(line - 0.1) < 1e-12);
  const facts = study({ sgd: (b, s) => noisy(3.2)(b, s) + 0.1 * Math.log2(b) + 0.001 * s, adam: noisy(3.2) });
  const points = facts.batchSizes.map((b) => ({ ...place(b), x: Math.log2(b) }));
  const trend = gapTrend(facts, points, ['sgd', 'adam'], { ...test1, margin: 0 });
  assert.ok(trend.verdict === 'supported' && Math.abs(trend.effect! - 0.1) < 1e-9);
  const few = gapTrend(facts, points.slice(2), ['sgd', 'adam'], test1);
  assert.match(few.evidence, /^A trend needs three points/);
});

test('of several parts one that fails refutes, one that is open leaves open', () => {
  const part = (verdict: 'supported' | 'refuted' | 'inconclusive') => ({ ...undecided(verdict), verdict });
  const verdict = (...parts: Parameters<typeof part>[0][]) => all(parts.map(part)).verdict;
  assert.equal(verdict('supported', 'supported'), 'supported');
  assert.equal(verdict('supported', 'inconclusive'), 'inconclusive');
  assert.equal(verdict('inconclusive', 'refuted', 'supported'), 'refuted');
  assert.equal(all([]).verdict, 'inconclusive');
  const said = all([part('supported'), part('supported'), part('inconclusive')]).evidence;
  assert.equal(said, 'Supported. Inconclusive.');
  // Which number it is that decides; two sides of one number are one.
  assert.equal(all([part('supported'), part('inconclusive')]).part, 1);
  assert.equal(all([part('refuted'), part('inconclusive')]).part, 0);
  assert.equal(all([part('supported'), part('supported')]).part, undefined);
});

test('claims are judged on the arms they name: the grafting claim both ways', () => {
  const arms = (sgdAdam: number, adamSgd: number) =>
    study({
      adam: noisy(3.2),
      sgd: noisy(3.8),
      'sgd#adam': (b, s) => noisy(sgdAdam)(b, s) + 0.003 * (s % 2),
      'adam#sgd': noisy(adamSgd),
    });
  const verdict = (facts: StudyFacts) => gradeClaims('grafting', facts).map((claim) => claim.verdict);
  assert.deepEqual(verdict(arms(3.25, 3.75)), ['supported']);
  assert.deepEqual(verdict(arms(3.75, 3.25)), ['refuted']);
  assert.deepEqual(verdict(arms(3.5, 3.75)), ['inconclusive']);
});

test('every claim says where it is from and survives a study with nothing in it', () => {
  assert.equal(new Set(claims.map((claim) => claim.id)).size, claims.length);
  assert.ok(claims.length >= 14);
  const empty = factsOf([], [], [1, 64]);
  for (const claim of claims) {
    for (const text of [claim.text, claim.paper]) assert.match(text, /\.$/, claim.id);
    assert.match(claim.source, /arXiv/);
    assert.equal(claim.judge(empty).verdict, 'inconclusive', claim.id);
  }
});

test('one batch size: no claim about small against large batches is refuted for want of a second one', () => {
  const whole = wholeStudy(11, 'several');
  const size = whole.batchSizes[whole.batchSizes.length - 1];
  const one = {
    ...facts(
      whole,
      whole.rows.filter(({ batchSize }) => batchSize === size),
    ),
    batchSizes: [size],
  };
  // Labs have batch sizes of their own.
  const compare = claims.filter(
    ({ id, text }) =>
      !/^(toy|quadratic)-/.test(id) &&
      /than at (the |a )?small|less so at the smallest|grows with/.test(text),
  );
  assert.ok(compare.length >= 9, compare.map(({ id }) => id).join(' '));
  for (const claim of compare) {
    const { verdict, evidence } = claim.judge(one);
    assert.equal(verdict, 'inconclusive', `${claim.id}: ${evidence}`);
  }
  const trend = claims.find(({ id }) => id === 'vision-same-trend')!.judge(one);
  assert.match(trend.evidence, /^Both sides are the same runs|^There is no loss/);
});

test('shares of a gap that is not there are not judged; of fewer arms there is no order', () => {
  const of = (id: string, arms: Parameters<typeof study>[0]) =>
    claims.find((claim) => claim.id === id)!.judge(study(arms));
  const arms = { adam: noisy(3.2), sgd: noisy(3.5), head: noisy(3.25), signum: noisy(3.25) };
  assert.equal(of('head-closes-most', arms).verdict, 'supported');
  assert.equal(of('sign-close-to-adam', arms).verdict, 'supported');
  const behind = of('head-closes-most', { ...arms, head: noisy(3.8) });
  assert.match(behind.evidence, /Shares of the gap closed: head −100%\./);
  // SGD is the better one: there is nothing to close, whatever the arm does.
  for (const id of ['head-closes-most', 'sign-close-to-adam'])
    for (const own of [3.1, 3.9]) {
      const turned = of(id, { adam: noisy(3.5), sgd: noisy(3.2), head: noisy(own), signum: noisy(own) });
      assert.equal(turned.verdict, 'inconclusive', `${id} ${own}`);
      assert.match(turned.evidence, /Shares of the gap are not defined/);
    }
  const grafted = of('graft-direction', {
    adam: noisy(3.5),
    sgd: noisy(3.2),
    'sgd#adam': noisy(3.2),
    'adam#sgd': noisy(3.5),
  });
  assert.equal(grafted.verdict, 'inconclusive');
  const two = of('order-large-batch', { adam: noisy(3.2), sgd: noisy(3.5) });
  assert.equal(two.verdict, 'inconclusive');
  assert.match(two.evidence, /the arm Signum/);
});

test('one seed is one seed', () => {
  assert.match(decideNumber(1, [0.5, 1.5], test1, [], 1).evidence, /to \+1\.500, 1 seed\)/);
});
