// `npm run campaign`: damages, deaths, full disks and stops by the hundred, after
// each of which a study must end as if nothing had happened (src/study/campaign-*.testing.ts).
// A quarter of an hour on two cores. `--seed N` for other ones, `--share X` for fewer.
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: { seed: { type: 'string', default: '1' }, share: { type: 'string', default: '1' } },
});
const seed = Number(values.seed);
const times = (n: number) => Math.max(1, Math.round(n * Number(values.share)));
// Before what reads it is loaded: leases are lost after this many seconds.
process.env.GAPLAB_SILENCE_SECONDS = '3';
const { createRng } = await import('../src/core/rng.ts');
const { deathsAtEveryWrite, refusedWrites } = await import('../src/study/campaign-writes.testing.ts');
const { damages } = await import('../src/study/campaign-damages.testing.ts');
const { kills, stopped } = await import('../src/study/campaign-kills.testing.ts');

const started = performance.now();
const report = (what: string, counts: unknown) =>
  console.log(`${what}: ${JSON.stringify(counts)}  (${Math.round((performance.now() - started) / 1000)} s)`);

for (const links of [true, false])
  report(
    `deaths at a write, ${links ? 'with' : 'without'} hard links`,
    await deathsAtEveryWrite(links, createRng(seed, `deaths ${links}`), times(450)),
  );
for (const code of ['ENOSPC', 'EROFS', 'EDQUOT'] as const)
  report(`writes refused with ${code}`, await refusedWrites(code, times(1000)));
report('damaged files', await damages(seed, times(1000), (line) => console.error(line)));
report('kill -9 of processes', await kills(times(100), 10));
report('stops for longer than a lease, two studies on one pool', await stopped(times(5)));
// Threads of beats and timers of studies that died in this process are still there.
process.exit(0);
