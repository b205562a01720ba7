// What a check of `gaplab doctor` gives.

export interface Check {
  name: string;
  status: 'ok' | 'warn' | 'fail';
  /** What was found. */
  found: string;
  /** What to do about it, when something is to be done. */
  fix?: string;
}
