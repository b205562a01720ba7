// Errors that are the user's to mend: printed as one line, exit code 2.

/** Bad input (usage, config, corpus, checkpoint, ...). `message` is one line that says what to do about it. */
export class UserError extends Error {
  override name = 'UserError';
}
