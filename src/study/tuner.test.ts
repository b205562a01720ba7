import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { freshSeeds } from '../analysis/seeds.ts';
import { createRng } from '../core/rng.ts';
import type { FrozenStudy } from '../store/schemas.ts';
import { bracket, search } from './bracket.ts';
import { contest } from './contest.ts';
import { gridLr } from './points.ts';
import { sampleStudy } from './sample.testing.ts';
import { plan, type RunRequest, type TunerResult } from './tuner.ts';

/**
 * A loss surface over log-lr: a valley that moves with the batch size, a cliff of
 * divergence, noise, failures.
 */
interface Surface {
  optimum: number;
  slope: number;
  cliff: number;
  noise: number;
  failing: number;
}

const surfaces = fc.record({
  optimum: fc.double({ min: -14, max: 2, noNaN: true }),
  slope: fc.double({ min: -1, max: 1, noNaN: true }),
  cliff: fc.double({ min: -2, max: 4, noNaN: true }),
  noise: fc.constantFrom(0, 0, 0.05, 1),
  failing: fc.constantFrom(0, 0, 0.1, 1),
});

function judge(surface: Surface, run: RunRequest): TunerResult {
  const rng = createRng(7, run.id);
  if (rng.uniform() < surface.failing) return { status: 'failed' };
  const { lr, batchSize, hyper } = run.point;
  const optimum = surface.optimum + surface.slope * Math.log2(batchSize) + (hyper.momentum ?? 0);
  const x = Math.log2(lr) - optimum;
  if (x > surface.cliff) return { status: 'diverged', valLoss: null };
  return { status: 'done', valLoss: 3 + 0.05 * x * x + surface.noise * rng.normal() };
}

/** Plays a study with `jobs` at a time, finishing in an order drawn from `seed`; restarts now and then. */
function play(study: FrozenStudy, surface: Surface, jobs: number, seed: number) {
  const rng = createRng(seed, 'order');
  const results = new Map<string, TunerResult>();
  let running: RunRequest[] = [];
  for (let i = 0; i < 5000; i++) {
    const state = plan(study, results);
    if (state.done) return { state, results };
    for (const run of state.wanted)
      if (running.length < jobs && !running.some((r) => r.id === run.id)) running.push(run);
    assert.ok(running.length > 0, 'not done, nothing wanted');
    if (rng.uniform() < 0.1)
      running = []; // killed: what was running is lost
    else {
      const [run] = running.splice(rng.below(running.length), 1);
      results.set(run.id, judge(surface, run));
    }
  }
  return assert.fail('does not end');
}

const thorough = { probe: 2, halve: 1, seeds: 3 };

const studies = fc.constantFrom<FrozenStudy>(
  sampleStudy(),
  sampleStudy({ maxPoints: 4, batchSizes: [2, 64], tokens: [4096, 8192] }),
  sampleStudy({ tuner: thorough }),
  sampleStudy({ tuner: { probe: 1, halve: 2, seeds: 2 }, maxPoints: 3, seeds: { tune: 7, fresh: 0 } }),
  sampleStudy({
    optimizers: {
      sgd: {
        ...sampleStudy().optimizers.sgd,
        hyper: { dampening: 0 },
        axes: { momentum: [0, 0.5, 0.9] },
        lr: { kind: 'bracket', guess: 0.1, ratio: Math.sqrt(10), carry: 1 },
      },
    },
  }),
  sampleStudy({
    tuner: thorough,
    optimizers: { sgd: { ...sampleStudy().optimizers.sgd, lr: { kind: 'grid', values: [1, 0.01, 0.1] } } },
  }),
);

test('a study ends, and with the same runs whatever finishes first and however often it is killed', () => {
  fc.assert(
    fc.property(studies, surfaces, fc.nat(), (study, surface, seed) => {
      const one = play(study, surface, 1, seed);
      const eight = play(study, surface, 8, seed + 1);
      assert.deepEqual([...one.results.keys()].sort(), [...eight.results.keys()].sort());
      assert.deepEqual(one.state.cells, eight.state.cells);
    }),
    { numRuns: 40 },
  );
});

test('the best of a cell is interior, or the cell says why not', () => {
  fc.assert(
    fc.property(studies, surfaces, fc.nat(), (study, surface, seed) => {
      const { state, results } = play(study, surface, 3, seed);
      for (const cell of state.cells) {
        const tuning = cell.runs.filter((run) => run.point.seed === study.seeds.tune);
        const losses = tuning.map((run) => results.get(run.id)!).filter((r) => r.status === 'done');
        // Further tuning seeds may choose another one than the least at the first.
        if (!cell.runs.some((run) => run.rule === 'contest'))
          assert.equal(
            cell.best?.valLoss ?? Infinity,
            Math.min(Infinity, ...losses.map((r) => r.valLoss as number)),
          );
        const judged = tuning.filter(
          (run) =>
            results.get(run.id)!.status !== 'failed' &&
            JSON.stringify(run.point.hyper) === JSON.stringify(cell.best?.hyper),
        );
        const interior =
          cell.best !== null &&
          judged.some((run) => run.point.lr < cell.best!.lr) &&
          judged.some((run) => run.point.lr > cell.best!.lr);
        if (cell.bracketed) assert.ok(interior);
        else assert.ok(cell.reason);
        const finals = cell.runs.filter((run) => run.stage === 'final');
        assert.equal(finals.length, cell.best ? study.seeds.fresh : 0);
        for (const run of finals) assert.equal(run.point.lr, cell.best!.lr);
        const again = cell.runs.filter((run) => run.rule === 'contest');
        const fresh = new Set(freshSeeds(study.seeds));
        for (const run of [...tuning, ...again]) assert.ok(!fresh.has(run.point.seed));
        for (const run of finals) assert.ok(fresh.has(run.point.seed));
      }
    }),
    { numRuns: 40 },
  );
});

test('a smooth valley without cliffs is always bracketed, within half a grid step of the truth', () => {
  fc.assert(
    fc.property(
      fc.double({ min: -12, max: -1, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (optimum, slope) => {
        const surface = { optimum, slope, cliff: 100, noise: 0, failing: 0 };
        const { state } = play(sampleStudy({ maxPoints: 30 }), surface, 2, 1);
        for (const cell of state.cells) {
          assert.ok(cell.bracketed);
          const truth = optimum + slope * Math.log2(cell.batchSize) + (cell.best!.hyper.momentum ?? 0);
          assert.ok(Math.abs(Math.log2(cell.best!.lr) - truth) <= 0.51, `${cell.best!.lr}`);
        }
      },
    ),
    { numRuns: 30 },
  );
});

test('a bracket asks for the guess and its neighbours first, then walks one step at a time', () => {
  const losses = new Map<number, number>();
  const look = () => bracket(0, { maxPoints: 12 }, (k) => losses.get(k));
  assert.deepEqual(look().wanted, [-1, 0, 1]);
  losses.set(-1, 3).set(0, 2);
  assert.deepEqual(look().wanted, [1]);
  losses.set(1, 1);
  assert.deepEqual(look().wanted, [2]);
  losses.set(2, Number.POSITIVE_INFINITY);
  assert.deepEqual(
    { ...look(), tried: undefined },
    { tried: undefined, wanted: [], best: 1, hint: 1, state: 'bracketed' },
  );
});

test('divergence everywhere sends the search down; failure closes nothing', () => {
  assert.deepEqual(
    bracket(0, { maxPoints: 5 }, (k) => (k > -3 ? Number.POSITIVE_INFINITY : undefined)).wanted,
    [-3],
  );
  const stuck = bracket(0, { maxPoints: 5 }, () => Number.POSITIVE_INFINITY);
  assert.equal(stuck.state, 'edge');
  assert.match(stuck.reason!, /all 5 learning rates diverged/);
  const failed = bracket(0, { maxPoints: 5 }, (k) => (k === 1 ? 'failed' : -k));
  assert.equal(failed.state, 'edge');
  assert.match(failed.reason!, /failed/);
});

test('arms are independent: two jobs have work from the first moment, the longest chain first', () => {
  const { wanted } = plan(sampleStudy(), new Map());
  assert.deepEqual(new Set(wanted.map((run) => run.point.optimizer)), new Set(['sgd', 'adam']));
  assert.equal(wanted.length, 6);
});

test('the guess is carried to the next batch size along the grid', () => {
  const results = new Map<string, TunerResult>();
  for (const run of plan(sampleStudy(), results).wanted)
    results.set(run.id, { status: 'done', valLoss: Math.abs(Math.log2(run.point.lr / 0.1)) });
  const next = plan(sampleStudy(), results).wanted.filter(
    (run) => run.point.optimizer === 'sgd' && run.stage === 'tune',
  );
  // Batch 1 -> 4 with exponent 0.5: twice the learning rate.
  assert.deepEqual(
    next.map((run) => [run.point.batchSize, run.point.lr]),
    [
      [4, 0.1],
      [4, 0.2],
      [4, 0.4],
    ],
  );
});

/** Losses by grid point; others have not been run. */
const lossesAt = (losses: Record<number, number | 'failed'>) => (k: number) => losses[k];
const rules = { maxPoints: 12, probe: 2, halve: 1 };

test('beyond a bracket two points are looked at on each side, and a lower loss there moves the bracket', () => {
  const known: Record<number, number> = { [-1]: 4, 0: 3, 1: 3.5 };
  assert.deepEqual(search(0, rules, lossesAt(known)).found.wanted, [-2, 2]);
  // A second minimum, whose outer side is still falling where two points have been seen.
  Object.assign(known, { [-2]: 5, 2: 3.6, [-3]: 5.5, 3: 3.4 });
  assert.deepEqual(search(0, rules, lossesAt(known)).found.wanted, [4]);
  known[4] = 2.5;
  assert.deepEqual(search(0, rules, lossesAt(known)).found.wanted, [5]);
  assert.equal(search(0, { ...rules, probe: 0, halve: 0 }, lossesAt(known)).found.best, 0);
});

test('above a rate that diverged nothing is looked for', () => {
  const known = lossesAt({ [-3]: 6, [-2]: 5, [-1]: 4, 0: 3, 1: Number.POSITIVE_INFINITY });
  const { walked } = search(0, rules, known);
  assert.deepEqual([walked.state, walked.tried], ['bracketed', [-3, -2, -1, 0, 1]]);
});

test('half points stand around the best, around another minimum that may be lower, and below divergence', () => {
  const known: Record<number, number> = { [-3]: 6, [-2]: 5, [-1]: 3.2, 0: 3, 1: 3.3, 2: 3.1, 3: 3.9 };
  assert.deepEqual(search(0, rules, lossesAt(known)).found.wanted, [-0.5, 0.5, 1.5, 2.5]);
  // The best is a half point now, so two points beyond its neighbours reach further.
  Object.assign(known, { [-0.5]: 3.1, 0.5: 3.2, 1.5: 3.1, 2.5: 2.9 });
  assert.deepEqual(search(0, rules, lossesAt(known)).found.wanted, [4]);
  Object.assign(known, { 4: 4, 5: 5, 6: 6 });
  const { found } = search(0, rules, lossesAt(known));
  assert.deepEqual([found.state, found.best, found.wanted], ['bracketed', 2.5, []]);
  // A second minimum that lies above both neighbours of the best is left alone.
  const shallow = lossesAt({ [-3]: 6, [-2]: 5, [-1]: 3.2, 0: 3, 1: 3.5, 2: 3.6, 3: 3.55, 4: 3.9, 5: 4 });
  assert.deepEqual(search(0, rules, shallow).found.wanted, [-0.5, 0.5]);
  const cliff = lossesAt({ [-3]: 6, [-2]: 5, [-1]: 3.2, 0: 3, 1: 3.3, 2: Number.POSITIVE_INFINITY });
  assert.deepEqual(search(0, rules, cliff).found.wanted, [-0.5, 0.5, 1.5]);
});

test('whole points keep their learning rates to the bit, however fine the grid', () => {
  for (let k = -20; k <= 20; k++)
    assert.equal(gridLr(0.0625, 2, k), Number((0.0625 * 2 ** k).toPrecision(6)));
  assert.equal(gridLr(0.002, 2, 0.5), 0.00282843);
});

test('the last candidates get further seeds as long as they are closer than the noise', () => {
  const seen = (losses: Record<string, number | 'failed'>) =>
    contest(2, 4, (candidate, seed) => losses[`${candidate} ${seed}`]);
  const first = { '0 0': 3, '1 0': 3.01 };
  assert.deepEqual(seen(first), {
    asked: [
      { candidate: 0, seed: 1 },
      { candidate: 1, seed: 1 },
    ],
    closed: false,
  });
  // The same in every seed, to a thousandth: told apart at once.
  const apart = seen({ '0 0': 3, '1 0': 3.1, '0 1': 3.001, '1 1': 3.1 });
  assert.deepEqual([apart.asked.length, apart.closed], [2, true]);
  const close = seen({ '0 0': 3, '1 0': 3.01, '0 1': 3.3, '1 1': 3.1 });
  assert.deepEqual([close.asked.length, close.closed], [4, false]);
  // Who diverges is out, and so is whose run failed: nobody is left to compare with.
  assert.equal(seen({ ...first, '0 1': 3, '1 1': Number.POSITIVE_INFINITY }).closed, true);
  assert.equal(seen({ ...first, '0 1': 3, '1 1': 'failed' }).closed, true);
  assert.deepEqual(
    contest(1, 3, () => 3),
    { asked: [], closed: true },
  );
});

test('a study says how many of the best rates are candidates', () => {
  const count = (tuner: FrozenStudy['tuner']) => {
    // No noise: every rate stays as it is, so one further seed is asked of each candidate.
    const { state } = play(
      sampleStudy({ tuner }),
      { optimum: -4.2, slope: 0, cliff: 6, noise: 0, failing: 0 },
      1,
      1,
    );
    return state.cells.map(({ runs }) => runs.filter(({ rule }) => rule === 'contest').length);
  };
  const rules = { probe: 2, halve: 0, seeds: 2 };
  assert.deepEqual(new Set(count(rules)), new Set([2]));
  assert.deepEqual(new Set(count({ ...rules, candidates: 4 })), new Set([4]));
});
