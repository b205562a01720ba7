// How a script fails, beside the errors of everybody.
import { UserError } from '../core/errors.ts';

/** An attempt failed. */
export class ScriptError extends Error {
  override name = 'ScriptError';
  /** Whether another attempt may go better. */
  readonly again: boolean;
  /** The last step that the attempt told of; 0 before the first. */
  readonly step: number;
  /** The end of its output. */
  readonly output: string;
  constructor(message: string, facts: { again: boolean; step: number; output: string }) {
    super(message);
    this.again = facts.again;
    this.step = facts.step;
    this.output = facts.output;
  }
}

/** The script is not what it was when the study began. */
export class ChangedScriptError extends UserError {
  override name = 'ChangedScriptError';
}

/** The script found no room for its files, wherever it keeps them. */
export class FullDiskError extends UserError {
  override name = 'FullDiskError';
  constructor(words: string) {
    super(
      `the script found no room on the disk (${words}); free some space and run the same command again (finished runs are kept)`,
    );
  }
}

/** What programs say when the file system has no room, as the last words of a script. */
export const diskIsFull = (words: string): boolean =>
  /No space left on device|ENOSPC|Disk quota exceeded|EDQUOT/.test(words);
