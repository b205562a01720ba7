// Whether the files of the winners are as their runs left them. To tell, each is read whole:
// that is done after a view has been shown, piece by piece, and never twice for the same result.
import { setImmediate } from 'node:timers/promises';
import type { Cell } from '../analysis/frontier.ts';
import type { RunRow } from '../analysis/rows.ts';
import type { RunResult } from '../store/schemas.ts';

export class Damages {
  /** By result; null: nothing is wrong. */
  readonly #known = new WeakMap<RunResult, { damage: string | null }>();
  #checking: Promise<boolean> | undefined;

  /** Makes `damage` of the rows what is known so far. Gives the checks that are left, by run. */
  tell(
    rows: readonly RunRow[],
    results: ReadonlyMap<string, RunResult>,
  ): (cells: readonly Cell[]) => Check[] {
    const checks = new Map<string, Check>();
    for (const row of rows) {
      const result = results.get(row.runId);
      // A row reads the files when asked (../report/row.ts).
      const read = Object.getOwnPropertyDescriptor(row, 'damage')?.get;
      if (!result || !read) continue;
      const known = this.#known.get(result);
      if (!known) checks.set(row.runId, { result, look: () => read.call(row) });
      Object.defineProperty(row, 'damage', { value: known?.damage ?? undefined, enumerable: true });
    }
    return (cells) => cells.flatMap(({ best }) => (best && checks.get(best.runId)) ?? []);
  }

  /** Looks at the files; whether something is wrong with any. One at a time; others are served in between. */
  async check(checks: readonly Check[]): Promise<boolean> {
    await this.#checking;
    this.#checking = this.#check(checks);
    return this.#checking;
  }

  async #check(checks: readonly Check[]): Promise<boolean> {
    let isAny = false;
    for (const { result, look } of checks) {
      if (this.#known.has(result)) continue;
      await setImmediate();
      let damage: string | null = null;
      try {
        damage = look() ?? null;
      } catch (error) {
        damage = error instanceof Error ? error.message : String(error);
      }
      this.#known.set(result, { damage });
      isAny ||= damage !== null;
    }
    return isAny;
  }
}

interface Check {
  result: RunResult;
  look(): string | undefined;
}
