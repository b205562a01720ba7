// Counts of a test run, from node:test's events. Stricter than the runner: a file
// that ends early or holds no test, and a suite that holds none, count as failed.
import type { TestEvent } from 'node:test/reporters';

export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/**
 * Collects events; `files` are the absolute paths of the test files. `strict: false`
 * when a name filter empties suites.
 */
export function createTally(files: string[], { strict = true } = {}) {
  const counts: Counts = { passed: 0, failed: 0, skipped: 0 };
  const complaints: string[] = [];
  const seen = new Map(
    files.map((file) => [file, { tests: 0, complete: false, failed: false, at: [] as number[] }]),
  );

  function finished(passed: boolean, data: Extract<TestEvent, { type: 'test:pass' | 'test:fail' }>['data']) {
    const file = seen.get(data.file ?? '');
    if (file && !passed) file.failed = true;
    // Without tests of its own, a file that ends well is reported as one passed test under its own name.
    if (passed && data.name === data.file) return;
    if (file) {
      const children = file.at[data.nesting + 1] ?? 0;
      file.at[data.nesting + 1] = 0;
      file.at[data.nesting] = (file.at[data.nesting] ?? 0) + 1;
      if (data.details.type === 'suite' && passed && !data.skip && children === 0 && strict) {
        counts.failed++;
        complaints.push(`${data.file}: the suite "${data.name}" holds no test`);
      }
    }
    if (data.details.type === 'suite') {
      // A suite fails through its tests, which are counted, unless a hook of its own failed.
      if (
        !passed &&
        file &&
        (data.details as { error?: { failureType?: string } }).error?.failureType === 'hookFailed'
      )
        counts.failed++;
      return;
    }
    if (file) file.tests++;
    if (data.skip !== undefined || data.todo !== undefined) counts.skipped++;
    else if (passed) counts.passed++;
    else counts.failed++;
  }

  return {
    add(event: TestEvent) {
      if (event.type === 'test:pass' || event.type === 'test:fail')
        finished(event.type === 'test:pass', event.data);
      if (event.type === 'test:summary' && event.data.file) seen.get(event.data.file)!.complete = true;
    },
    /** The counts, and a line for each failure that no test reported. */
    end(): { counts: Counts; complaints: string[] } {
      for (const [path, { tests, complete, failed }] of seen) {
        if (failed || (!strict && tests === 0)) continue;
        if (tests > 0 && complete) continue;
        counts.failed++;
        complaints.push(`${path}: ${tests === 0 ? 'holds no test' : 'ended before its tests did'}`);
      }
      return { counts, complaints };
    },
  };
}

/** `12 passed, 0 failed`, with `, 1 skipped` where there are any. */
export function countsLine({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}`;
}
