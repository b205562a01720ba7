// Errors that are the user's to mend: printed as one line, exit code 2.
import { line } from './shown.ts';

/** Bad input (usage, config, corpus, checkpoint, ...). `message` is one line that says what to do about it. */
export class UserError extends Error {
  override name = 'UserError';
  constructor(message: string, options?: ErrorOptions) {
    super(line(message), options);
  }
}

/** Work stopped on request (Ctrl-C, SIGTERM, a cancelled call). Everything finished so far is kept. */
export class InterruptedError extends Error {
  override name = 'InterruptedError';
}

/** A checkpoint that cannot be trusted (cut short, wrong shapes, bad checksum); the caller decides what happens to the run. */
export class CheckpointError extends Error {
  override name = 'CheckpointError';
}
