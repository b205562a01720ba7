import assert from 'node:assert/strict';
import { test } from 'node:test';
import { takeTurns } from './turns.ts';

test('all sides run once in every round, in turns of about the same length', async () => {
  const calls: string[] = [];
  const side = (name: string, ms: number) => async (steps: number) => {
    calls.push(`${name} ${steps}`);
    return { ms, cpu: ms, rss: 0, base: 0 };
  };
  const times = await takeTurns([side('fast', 1), side('slow', 40)], { pairs: 3, milliseconds: 100 });
  assert.deepEqual(calls.slice(-6), Array.from({ length: 3 }, () => ['fast 100', 'slow 3']).flat());
  assert.deepEqual(
    times.map((list) => list.map(({ ms }) => ms)),
    [
      [1, 1, 1],
      [40, 40, 40],
    ],
  );
});

test('a step longer than a turn is one turn', async () => {
  const steps: number[] = [];
  const slow = async (n: number) => {
    steps.push(n);
    return { ms: 900, cpu: 900, rss: 0, base: 0 };
  };
  await takeTurns([slow], { pairs: 2, milliseconds: 250 });
  assert.deepEqual(steps, [1, 1, 1, 1]);
});

test('the first step, in which a compiler may compile, does not shorten the turns', async () => {
  const steps: number[] = [];
  const compiled = async (n: number) => {
    steps.push(n);
    return { ms: steps.length === 1 ? 3000 : 2, cpu: 2, rss: 0, base: 0 };
  };
  await takeTurns([compiled], { pairs: 1, milliseconds: 100 });
  assert.equal(steps.at(-1), 50);
});
