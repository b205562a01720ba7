// Fair timing: all sides take turns of about the same length within seconds, so
// that a slow minute hits them alike.
import type { LineProcess } from './line-process.ts';
import type { Timing } from './serve.ts';

/** Takes `steps` steps. */
export type Runner = (steps: number) => Promise<Timing>;

export const runner =
  (process: LineProcess): Runner =>
  (steps) =>
    process.ask<Timing>({ run: steps });

/** Steps that fill a turn of `milliseconds`. The first step does not count: compilers compile in it. */
async function size(run: Runner, milliseconds: number): Promise<number> {
  await run(1);
  let { ms } = await run(1);
  const few = Math.min(20, Math.round(milliseconds / 4 / ms));
  if (few > 1) ({ ms } = await run(few));
  return Math.max(1, Math.round(milliseconds / ms));
}

/** No new round begins after this many milliseconds, if there are two: steps of seconds need no more. */
const BUDGET = 60_000;

/** At most `pairs` rounds, every runner once in each: the timings of each runner. */
export async function takeTurns(
  runners: readonly Runner[],
  { pairs, milliseconds }: { pairs: number; milliseconds: number },
): Promise<Timing[][]> {
  const steps: number[] = [];
  for (const run of runners) steps.push(await size(run, milliseconds));
  const times: Timing[][] = runners.map(() => []);
  const begun = performance.now();
  for (let round = 0; round < pairs && (round < 2 || performance.now() - begun < BUDGET); round++)
    for (const [i, run] of runners.entries()) times[i].push(await run(steps[i]));
  return times;
}
