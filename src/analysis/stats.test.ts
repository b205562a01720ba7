// How often the interval of a mean over seeds covers the true mean, for seeds that are normal
// and seeds that are not.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { createRng } from '../core/rng.ts';
import { t95 } from '../core/student.ts';
import { choiceOf, mean, plateaus, sd, slopeChoice, tInterval, withChoice } from './stats.ts';

const DRAWS = 4000;
const SEEDS = [3, 4, 5, 6, 8];

type Rng = ReturnType<typeof createRng>;

/** Differences between seeds in units of their noise; `mean` is the true one. */
const shapes: { name: string; mean: number; draw(rng: Rng): number }[] = [
  { name: 'normal', mean: 0, draw: (rng) => rng.normal() },
  {
    name: 'two plateaus, one seed in five 6 noises lower',
    mean: -1.2,
    draw: (rng) => rng.normal() - (rng.uniform() < 0.2 ? 6 : 0),
  },
  {
    name: 'two plateaus, half of the seeds on each',
    mean: -3,
    draw: (rng) => rng.normal() - (rng.uniform() < 0.5 ? 6 : 0),
  },
  {
    name: 'one seed in five 20 noises lower',
    mean: -4,
    draw: (rng) => rng.normal() - (rng.uniform() < 0.2 ? 20 : 0),
  },
  { name: 'skewed (exponential)', mean: 1, draw: (rng) => -Math.log(1 - rng.uniform()) },
  { name: 'very skewed (log-normal)', mean: Math.exp(0.5), draw: (rng) => Math.exp(rng.normal()) },
];

type Method = (values: readonly number[]) => [number, number];

const quantiles = new Map(SEEDS.map((n) => [n, t95(n - 1)]));

/** Student's t with n - 1 degrees of freedom, which takes seeds for normal. */
const usual: Method = (values) => {
  const half = (quantiles.get(values.length)! * sd(values)!) / Math.sqrt(values.length);
  return [mean(values) - half, mean(values) + half];
};

/** Percent of draws in which the interval has the true mean. */
function coverage({ name, mean: truth, draw }: (typeof shapes)[number], n: number, method: Method): number {
  const rng = createRng(n, name);
  let covered = 0;
  for (let i = 0; i < DRAWS; i++) {
    const [lo, hi] = method(Array.from({ length: n }, () => draw(rng)));
    if (lo <= truth && truth <= hi) covered++;
  }
  return Math.round((100 * covered) / DRAWS);
}

test('the interval covers the true mean as often as the guide says', () => {
  const row = (name: string, method: Method, shape: (typeof shapes)[number]) =>
    `| ${name} | ${SEEDS.map((n) => `${coverage(shape, n, method)}%`).join(' | ')} |`;
  const table = shapes.flatMap((shape) => [
    row(shape.name, (values) => tInterval(values)!, shape),
    ...(shape === shapes[1] ? [row('the same by the usual Student’s t', usual, shape)] : []),
  ]);
  const guide = readFileSync(new URL('../../docs/guide.md', import.meta.url), 'utf8');
  assert.ok(guide.includes(table.join('\n')), `docs/guide.md should have\n${table.join('\n')}`);
});

test('seeds that are normal are covered at least as often as promised, others more often than by n - 1 degrees', () => {
  for (const n of SEEDS) {
    assert.ok(coverage(shapes[0], n, (values) => tInterval(values)!) >= 94, `normal, ${n} seeds`);
    for (const shape of shapes.slice(1))
      assert.ok(
        coverage(shape, n, (values) => tInterval(values)!) >= coverage(shape, n, usual),
        `${shape.name}, ${n} seeds`,
      );
  }
});

test('the choice of a learning rate widens an interval on the side where the loss may be lower', () => {
  // The challenger may be .3 better, the baseline .4: the gap .3 smaller or .4 larger.
  const choice = choiceOf([
    { weight: 1, doubt: 0.3 },
    { weight: -1, doubt: 0.4 },
  ]);
  assert.deepEqual(choice, { down: 0.3, up: 0.4 });
  const [lo, hi] = withChoice([0.6, 1.4], 1, choice)!;
  assert.ok(Math.abs(lo - 0.5) < 1e-12 && Math.abs(hi - (1 + Math.hypot(0.4, 0.4))) < 1e-12);
  assert.equal(withChoice(null, 1, choice), null);
  assert.deepEqual(choiceOf([{ weight: 1, doubt: null }]), { down: 0, up: 0 });
  // Against its weight an effect goes the other way.
  assert.deepEqual(slopeChoice([[-2, choice]]), { down: 0.8, up: 0.6 });
});

test('seeds on two plateaus are told from seeds that scatter', () => {
  assert.deepEqual(plateaus([0.465, 0.017, 0.606, 0.62, 0.533], 0.08), [
    [0.017],
    [0.465, 0.533, 0.606, 0.62],
  ]);
  assert.equal(plateaus([0.4, 0.46, 0.53, 0.6], 0.08), null);
  // Far apart as groups go, but close in loss.
  assert.equal(plateaus([0.4, 0.401, 0.45], 0.08), null);
  assert.equal(plateaus([0, 1], 0.08), null);
  assert.equal(plateaus([], 0.08), null);
});
