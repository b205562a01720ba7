// The whole of a study in one call: its runs, then its report.
import { executeStudy, type StudyOptions, type StudyRun } from '../study/run.ts';
import { checkReportPlace } from './place.ts';
import type { Summary } from './types.ts';

export interface StudyResult extends StudyRun {
  summary: Summary;
}

/**
 * Runs what is missing of a study and writes its report; a stopped study gets a report of what is finished.
 * Throws UserError for a study that cannot be run, InterruptedError when `signal` stops it.
 */
export async function runStudy(options: Omit<StudyOptions, 'begin' | 'conclude'>): Promise<StudyResult> {
  let summary: Summary | undefined;
  const conclude = async (dir: string) => {
    // Loaded when there is something to draw: refusals and estimates need not wait for it.
    const { makeReport } = await import('./index.ts');
    ({ summary } = await makeReport(dir));
  };
  const run = await executeStudy({ ...options, begin: checkReportPlace, conclude });
  // A study that ends without an error has been concluded.
  return { ...run, summary: summary! };
}
