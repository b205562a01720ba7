// What an export format is: a study in, files out.
import type { LoadedStudy } from '../report/types.ts';

export interface Format {
  /** As `--to` takes it. */
  name: string;
  /** For messages: what opens it. */
  what: string;
  /** Files by their path below the folder of the export. */
  files(study: LoadedStudy): Map<string, string | Uint8Array>;
}
