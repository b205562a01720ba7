// All experiments of the paper, one after the other with one pool of runs, then the ledger of claims.
// Killed and called again it goes on. node scripts/experiments.ts [size] [directory]:
// mini and studies, unless told otherwise.
import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { claims } from '../src/analysis/claims/registry.ts';

const [size = 'mini', out = 'studies'] = process.argv.slice(2);
const cli = resolve(import.meta.dirname, '../src/cli.ts');
const gaplab = (...args: string[]) =>
  spawnSync(process.execPath, [cli, ...args], { stdio: 'inherit' }).status ?? 1;

const experiments = [...new Set(claims.map((claim) => claim.experiment))];
for (const [i, name] of experiments.entries()) {
  const started = Date.now();
  console.error(`${name} (${i + 1} of ${experiments.length})`);
  const dir = join(out, size === 'mini' ? name : `${name}-${size}`);
  const status = gaplab('study', name, '--size', size, '--out', dir, '--runs', join(out, 'pool'));
  if (status !== 0) process.exit(status);
  console.error(`${name}: ${((Date.now() - started) / 60_000).toFixed(1)} minutes`);
}
const studies = experiments.map((name) => join(out, size === 'mini' ? name : `${name}-${size}`));
process.exit(gaplab('claims', ...studies, '--markdown', join(out, 'results.md')));
