// What a checkpoint says of the lines beside it, so that a run never goes on after lines that were changed:
// the final checksums would cover the damage.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { CheckpointError } from '../core/errors.ts';
import { sha256 } from '../files/sha256.ts';
import { cutMetrics, wholeLines } from './metrics.ts';

/** SHA-256 of the lines up to the checkpoint. */
export const vouched = z.strictObject({ metrics: z.string(), probes: z.string() });
type Vouched = z.infer<typeof vouched>;

/** For a checkpoint at `step` in `dir`. Probes of that very step are measured again after it. */
export function vouch(dir: string, step: number): Vouched {
  const lines = (name: string, last: number) => {
    const file = join(dir, name);
    const bytes = existsSync(file) ? readFileSync(file) : Buffer.alloc(0);
    return sha256(bytes.subarray(0, wholeLines(bytes, last)));
  };
  return {
    metrics: lines('metrics.jsonl', step),
    probes: lines('probes.jsonl', step - 1),
  };
}

/**
 * Readies the lines in `dir` for a run that goes on from a checkpoint: those after it are cut away. Throws
 * CheckpointError, and leaves all as it is, when those before it were changed.
 */
export function resumeLines(dir: string, at: { step: number; vouched?: Vouched }): void {
  if (at.vouched) checkVouched(at.vouched, vouch(dir, at.step), dir);
  cutMetrics(join(dir, 'metrics.jsonl'), at.step);
}

/**
 * Throws CheckpointError when the files are not those of the checkpoint. One of an earlier
 * version says nothing of them.
 */
export function checkVouched(was: Vouched | undefined, now: Vouched, file: string): void {
  if (!was) return;
  for (const name of ['metrics', 'probes'] as const)
    if (was[name] !== now[name])
      throw new CheckpointError(`${file}: ${name}.jsonl is not what it was at the checkpoint`);
}
