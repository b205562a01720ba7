// The whole of a study in one call: its runs, then its report.
import { executeStudy, type StudyOptions, type StudyRun } from '../study/run.ts';
import { type Summary, summarize, writeReport } from './index.ts';

export interface StudyResult extends StudyRun {
  summary: Summary;
}

/**
 * Runs what is missing of a study and writes its report; a stopped study gets a report of what is finished.
 * Throws UserError for a study that cannot be run, InterruptedError when `signal` stops it.
 */
export async function runStudy(options: Omit<StudyOptions, 'conclude'>): Promise<StudyResult> {
  const conclude = async (dir: string) => {
    await writeReport(dir);
  };
  const run = await executeStudy({ ...options, conclude });
  return { ...run, summary: await summarize(run.dir) };
}
