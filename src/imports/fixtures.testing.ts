// The recorded fixtures (fixtures/record.py), unpacked for a test, and what has
// to come out of the sweep that they all hold.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Unpacks a fixture into a folder of its own, which `after` removes. */
export function unpacked(name: string, after: (clean: () => void) => void): string {
  const dir = mkdtempSync(join(tmpdir(), 'gaplab-imports-'));
  after(() => rmSync(dir, { recursive: true, force: true }));
  const file = join(import.meta.dirname, 'fixtures', `${name}.tar.gz`);
  const { status, stderr } = spawnSync('tar', ['-xzf', file, '-C', dir], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return join(dir, name);
}

const best: Record<string, number> = { 'adam 8': 0.002, 'adam 32': 0.004, 'sgd 8': 0.1, 'sgd 32': 0.2 };
const floor: Record<string, number> = { 'adam 8': 3.5, 'adam 32': 3.6, 'sgd 8': 3.45, 'sgd 32': 3.9 };

/** Final loss of a run of the sweep; null where it diverged. */
export const sweepLoss = (optimizer: string, batchSize: number, lr: number): number | null =>
  lr >= 0.8
    ? null
    : floor[`${optimizer} ${batchSize}`] + 0.1 * Math.log2(lr / best[`${optimizer} ${batchSize}`]) ** 2;

/** Every run of the sweep: optimizer, batch size, learning rate. */
export const sweep: [string, number, number][] = [
  ...Object.entries(best).flatMap(([key, lr]) => {
    const [optimizer, batchSize] = key.split(' ');
    return [0.5, 1, 2].map((f): [string, number, number] => [optimizer, Number(batchSize), lr * f]);
  }),
  ['sgd', 32, 0.8],
];
