// Errors that are the user's to mend: printed as one line, exit code 2.
import { line } from './shown.ts';

/**
 * Bad input (usage, config, corpus, checkpoint, ...). `message` is one line that says what to do about it.
 */
export class UserError extends Error {
  override name = 'UserError';
  constructor(message: string, options?: ErrorOptions) {
    super(line(message), options);
  }
}

/** More are counted, not told. */
const MOST_LINES = 20;

/** Several things to mend, a line each in `message` and in `lines`. */
export class UserErrors extends UserError {
  readonly lines: string[];
  constructor(messages: readonly string[]) {
    super('');
    const more = messages.length - MOST_LINES;
    this.lines = messages.slice(0, MOST_LINES).map(line);
    if (more > 0) this.lines.push(`and ${more} more`);
    this.message = this.lines.join('\n');
  }
}

/** Work stopped on request (Ctrl-C, SIGTERM, a cancelled call). Everything finished so far is kept. */
export class InterruptedError extends Error {
  override name = 'InterruptedError';
}

/**
 * A checkpoint that cannot be trusted (cut short, wrong shapes, bad checksum); the caller
 * decides what happens to the run.
 */
export class CheckpointError extends Error {
  override name = 'CheckpointError';
}
