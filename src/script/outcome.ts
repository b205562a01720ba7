// How an attempt of a script ended: five rules, in this order.
import type { EndRecord } from './contract.ts';
import { EXIT_INTERRUPTED } from './contract.ts';

export interface Evidence {
  /** The end record, the last one that was written. */
  end?: EndRecord;
  /** Last value of the objective that was seen. */
  valLoss?: number;
  /** Why the losses that were seen mean divergence. */
  diverged?: string;
  /** gaplab asked the script to end before the run was over. */
  stopped: boolean;
  /** The script said `{"event": "interrupted"}`. */
  interrupted: boolean;
  exit: { code: number | null; signal: string | null };
  /** What was seen, for people. */
  seen: string;
  /** The name of the objective. */
  objective: string;
  /** Last lines of the output. */
  lastWords: string;
}

export type JudgedAttempt =
  | { kind: 'done'; valLoss: number }
  | { kind: 'diverged'; reason: string }
  | { kind: 'interrupted' }
  /** `again`: another attempt may go better. */
  | { kind: 'failed'; reason: string; again: boolean };

export function judge(evidence: Evidence): JudgedAttempt {
  const { end, valLoss, diverged, stopped, interrupted, exit, seen, objective, lastWords } = evidence;
  const unseen = `${objective} was never a number: ${seen}`;
  if (end) {
    if (end.status === 'diverged')
      return { kind: 'diverged', reason: end.reason ?? diverged ?? 'the script says so' };
    if (end.status === 'failed')
      return { kind: 'failed', reason: end.reason ?? 'the script says so in its end record', again: true };
    if (valLoss === undefined) return { kind: 'failed', reason: `it says done, but ${unseen}`, again: false };
    if (!Number.isFinite(valLoss)) return { kind: 'diverged', reason: `${objective} is ${valLoss}` };
    return { kind: 'done', valLoss };
  }
  if (diverged !== undefined) return { kind: 'diverged', reason: diverged };
  if (stopped || interrupted || exit.code === EXIT_INTERRUPTED) return { kind: 'interrupted' };
  if (exit.code === 0)
    return valLoss === undefined
      ? { kind: 'failed', reason: `it ended with exit code 0, but ${unseen}`, again: false }
      : { kind: 'done', valLoss };
  const how = exit.signal === null ? `exit code ${exit.code}` : `killed by ${exit.signal}`;
  return { kind: 'failed', reason: lastWords === '' ? how : `${how}: ${lastWords}`, again: true };
}
