// Files of a study damaged in every way, read, and the study made again.
import assert from 'node:assert/strict';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../core/errors.ts';
import { createRng } from '../core/rng.ts';
import { parseJson } from '../files/atomic.ts';
import { dyingAt } from '../files/faults.testing.ts';
import { unsealed } from '../files/seal.ts';
import { summarize } from '../report/index.ts';
import { leaseText } from '../store/lease.ts';
import { holder } from '../store/process.ts';
import { bury, compare, damage, scratch, study } from './campaign-run.testing.ts';
import { timeless } from './crash.testing.ts';

/** A study that died at its n-th write: some runs are finished, others have a checkpoint. */
async function half(dir: string, at: number): Promise<void> {
  const death = dyingAt(at);
  await study(dir).catch(() => {});
  assert.ok(death.end());
  for (const id of readdirSync(join(dir, 'runs'))) bury(join(dir, 'runs', id));
  const lock = join(dir, 'lock', '1.json');
  writeFileSync(
    lock,
    leaseText({ ...holder.parse(unsealed(parseJson(readFileSync(lock, 'utf8')))), start: '0' }),
  );
}

/** Numbers of a summary that its readers believe. */
const believed = (summary: Awaited<ReturnType<typeof summarize>>) => summary.cells.map(({ best }) => best);

/** A summary without what time decides, and which curves are left out as damaged. */
function told(summary: Awaited<ReturnType<typeof summarize>>) {
  const caveats = summary.caveats.filter((line) => !/^Curves and probes of .* are left out/.test(line));
  return timeless({ ...summary, caveats });
}

/**
 * Damages one file of a finished or an interrupted study, reads it, and makes it again.
 * Reading may miss a run, and may refuse with a line; it never gives another number.
 * Made again, the study is as if nothing had happened. Gives how many damages there were.
 */
export async function damages(
  seed: number,
  most: number,
  log: (line: string) => void,
): Promise<Record<string, number>> {
  const rng = createRng(seed, 'damages');
  const root = scratch();
  const [calm, broken] = [join(root, 'calm'), join(root, 'half')];
  await study(calm);
  await half(broken, 500);
  const whole = await summarize(calm);
  const losses = believed(whole);
  const count: Record<string, number> = {};
  for (let n = 0; n < most; n++) {
    const dir = join(root, 'damaged');
    cpSync(n % 5 === 0 ? broken : calm, dir, { recursive: true });
    const what = damage(dir, rng);
    if (what) {
      try {
        const seen = believed(await summarize(dir));
        for (const [i, best] of seen.entries())
          if (best && n % 5 !== 0)
            assert.ok(best.valLoss >= losses[i]!.valLoss - 1e-12, `${what}: another loss is believed`);
      } catch (error) {
        if (!(error instanceof UserError)) throw new Error(`${what}: ${(error as Error).stack}`);
      }
      const start = performance.now();
      try {
        await study(dir);
      } catch (error) {
        throw new Error(`${what}: ${(error as Error).stack}`);
      }
      assert.ok(performance.now() - start < 20_000, `${what}: took too long`);
      assert.deepEqual(told(await summarize(dir)), told(whole), what);
      for (const id of readdirSync(join(dir, 'runs')))
        if (existsSync(join(calm, 'runs', id))) compare(join(dir, 'runs', id), join(calm, 'runs', id), what);
      const kind = what.split(' ')[0];
      count[kind] = (count[kind] ?? 0) + 1;
    }
    rmSync(dir, { recursive: true });
    if (n % 50 === 49) log(`${n + 1} damages`);
  }
  rmSync(root, { recursive: true });
  return count;
}
