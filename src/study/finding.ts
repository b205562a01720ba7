// What a check of a script found, line by line.

export interface Finding {
  /** `note`: nothing is wrong, but it is good to know. */
  level: 'ok' | 'note' | 'broken';
  /** What was looked at. */
  what: string;
  text: string;
}

export type ReportFinding = (level: Finding['level'], what: string, text: string) => void;

/** Six digits tell losses apart that differ at all. */
export const shownLoss = (loss: number): string => String(Number(loss.toPrecision(6)));
