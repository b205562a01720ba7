// The labs of a study: run once, before its runs, in this process; none takes longer than minutes.
import { InterruptedError, UserError } from '../core/errors.ts';
import type { FrozenStudy } from '../store/schemas.ts';
import { readLab, writeLab } from '../store/theory.ts';
import type { LabSpec } from '../theory/specs/registry.ts';

export interface LabOptions {
  signal?: AbortSignal;
  /** Share of a lab that is done; 1 when it is finished. */
  onLab?(progress: { lab: LabSpec; share: number }): void;
  onWarning?(line: string): void;
}

/**
 * Runs the labs of `study` whose results are not in `dir` yet. Throws UserError
 * for settings that make no sense.
 */
export async function makeLabs(
  dir: string,
  study: FrozenStudy,
  { signal, onLab, onWarning }: LabOptions,
): Promise<void> {
  for (const lab of study.theory ?? []) {
    if (readLab(dir, lab, onWarning ?? (() => {}))) continue;
    const onProgress = (share: number) => onLab?.({ lab, share: Math.min(share, 0.99) });
    onProgress(0);
    // Most studies have none: what simulates is loaded for those that do.
    const { runLab } = await import('../theory/specs/run.ts');
    try {
      writeLab(dir, await runLab(lab, { signal, onProgress }));
    } catch (error) {
      if (signal?.aborted) throw new InterruptedError('the study was stopped; the same command continues it');
      throw error instanceof UserError ? new UserError(`theory ${lab.name}: ${error.message}`) : error;
    }
    onLab?.({ lab, share: 1 });
  }
}
