// The promise of missing.ts, for every claim of the registry: what is missing, failed
// or diverged takes verdicts away and gives none.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { LabRun } from '../../theory/specs/registry.ts';
import type { RunRow } from '../rows.ts';
import type { LedgerClaim, StudyFacts } from './claim.ts';
import { claims } from './registry.ts';
import { facts, wholeStudy } from './whole-study.testing.ts';

/** Claims about curves of single runs look at one frontier; the others are given several. */
const single = ['scaling', 'critical-batch', 'noise-prediction'];
const kindOf = ({ experiment }: LedgerClaim) => (single.includes(experiment) ? 'one' : 'several');

const verdictsOf = (study: StudyFacts, kind: 'one' | 'several') =>
  new Map(
    claims.filter((claim) => kindOf(claim) === kind).map((claim) => [claim.id, claim.judge(study).verdict]),
  );

/** What can become of a run. */
const spoils: Record<string, (row: RunRow) => RunRow[]> = {
  failed: (row) => [{ ...row, status: 'failed', valLoss: null, probes: undefined, lossCurve: undefined }],
  diverged: (row) => [{ ...row, status: 'diverged', valLoss: null }],
  missing: (row) => [{ ...row, status: 'missing', valLoss: null, probes: undefined, lossCurve: undefined }],
  gone: () => [],
  'not measured': (row) => [{ ...row, probes: row.probes?.slice(1), groupLosses: undefined }],
  'without a curve': (row) => [{ ...row, lossCurve: undefined, trainLoss: null }],
};

const spoil = (study: StudyFacts, of: (row: RunRow, i: number) => string | undefined): StudyFacts =>
  facts(
    study,
    study.rows.flatMap((row, i) => {
      const how = of(row, i);
      return how === undefined ? [row] : spoils[how](row);
    }),
  );

/** Losses of labs lost: by seed, of a whole row, or the row itself. */
const spoilLabs = (theory: readonly LabRun[], picks: readonly number[]): LabRun[] =>
  theory.map((run, l) => {
    const rows = (run.result.rows as { bySeed?: (number | null)[]; loss: number | null }[]).flatMap(
      (row, r) => {
        const pick = picks.find((one) => one % 97 === (31 * l + r) % 97);
        if (pick === undefined) return [row];
        if (pick % 3 === 0) return [];
        if (!row.bySeed) return [{ ...row, loss: null }];
        return [
          { ...row, bySeed: row.bySeed.map((value, s) => (s === pick % row.bySeed!.length ? null : value)) },
        ];
      },
    );
    return { ...run, result: { ...run.result, rows } } as LabRun;
  });

test('whatever runs are lost, no verdict appears that was not there, and none turns round', () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(
      fc.nat(1e6),
      fc.constantFrom('one' as const, 'several' as const),
      fc.array(fc.tuple(fc.nat(), fc.constantFrom(...Object.keys(spoils))), { minLength: 1, maxLength: 40 }),
      fc.array(fc.nat(), { maxLength: 12 }),
      (seed, kind, lost, picks) => {
        const study = wholeStudy(seed, kind);
        const before = verdictsOf(study, kind);
        const how = new Map(lost.map(([at, what]) => [at % study.rows.length, what]));
        const spoiled = { ...spoil(study, (_, i) => how.get(i)), theory: spoilLabs(study.theory, picks) };
        for (const [id, after] of verdictsOf(spoiled, kind)) {
          if (before.get(id) !== 'inconclusive') seen.add(id);
          assert.ok(
            after === 'inconclusive' || after === before.get(id),
            `${id}: ${before.get(id)} -> ${after}`,
          );
        }
      },
    ),
    { numRuns: 25, seed: 7 },
  );
  // Studies at random decide most claims now and then: the promise is not kept by deciding nothing.
  assert.ok(seen.size >= 35, `only ${[...seen].join(', ')}`);
});

for (const how of ['failed', 'diverged', 'missing', 'gone'])
  test(`a seed of every winner ${how}: every verdict on runs is withheld`, () => {
    for (const kind of ['one', 'several'] as const) {
      const study = wholeStudy(11, kind);
      const spoiled = spoil(study, (row) => (row.seed === 3 ? how : undefined));
      for (const claim of claims.filter((one) => kindOf(one) === kind)) {
        if (/^(sde|quadratic|toy)-/.test(claim.id)) continue;
        const { verdict, evidence } = claim.judge(spoiled);
        assert.equal(verdict, 'inconclusive', claim.id);
        if (claim.judge(study).verdict !== 'inconclusive') assert.match(evidence, /seed 3/, claim.id);
      }
    }
  });

test('runs of other places are none of a claim’s business', () => {
  const study = wholeStudy(11, 'several');
  const claim = claims.find(({ id }) => id === 'clipping-needed')!;
  const before = claim.judge(study);
  assert.notEqual(before.verdict, 'inconclusive');
  const spoiled = spoil(study, (row) =>
    row.optimizer === 'drift' || row.batchSize < 64 ? 'failed' : undefined,
  );
  assert.deepEqual(claim.judge(spoiled), before);
});
