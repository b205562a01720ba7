// The metrics of a run by cursor: a page that has the first lines is given those after them,
// and no file is read twice.
import { createHash } from 'node:crypto';
import { closeSync, fstatSync, lstatSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { parseJson } from '../files/atomic.ts';
import { openPlain, refuseLinkedFolders } from '../files/plain.ts';
import { attemptDir, attempts } from '../store/attempt.ts';
import type { RunResult } from '../store/schemas.ts';
import { type Columns, createColumns } from './metric-columns.ts';

/** Bytes of one reading, between which others are served. */
const PIECE = 1 << 20;
/** A longer line is none of ours. */
const LONGEST = 1 << 20;
/** Bytes before a cursor that must still be the same. */
const MARK = 64;
/** Rows of an answer; a figure is some thousand pixels wide. */
const MOST_ROWS = 2000;

/** What a page is to be given, without the id of the run. */
export interface MetricsPart extends Columns {
  cursor: string;
  whole: boolean;
  thinned: boolean;
  damage: string | null;
}

const fileOf = (runDir: string, attempt: number) => join(attemptDir(runDir, attempt), 'metrics.jsonl');

/** Changes when the newest attempt has more metrics. */
export function metricsSize(runDir: string): string {
  const attempt = attempts(runDir).at(-1);
  if (attempt === undefined) return '';
  const stat = lstatSync(fileOf(runDir, attempt), { throwIfNoEntry: false });
  return `${attempt} ${stat?.size ?? 0}`;
}

/**
 * The lines of the attempt that finished the run, or of the newest, from `cursor` on.
 * From the first one where the cursor belongs to another attempt, or to a file that is not the same any more.
 */
export async function metricsFrom(
  runDir: string,
  result: RunResult | undefined,
  cursor?: string,
): Promise<MetricsPart> {
  const attempt = result?.attempt ?? attempts(runDir).at(-1);
  const empty = { ...createColumns().done(MOST_ROWS), thinned: false, damage: null };
  if (attempt === undefined) return { ...empty, cursor: '0.0.', whole: true };
  refuseLinkedFolders(runDir, `attempt-${attempt}/`);
  let fd: number;
  try {
    fd = openPlain(fileOf(runDir, attempt));
  } catch {
    return { ...empty, cursor: `${attempt}.0.`, whole: true }; // not yet
  }
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile())
      return { ...empty, cursor: '0.0.', whole: true, damage: 'metrics.jsonl is no ordinary file' };
    const from = placeOf(fd, attempt, cursor);
    return { ...(await read(fd, attempt, from)), whole: from === 0 };
  } finally {
    closeSync(fd);
  }
}

async function read(fd: number, attempt: number, from: number): Promise<Omit<MetricsPart, 'whole'>> {
  const columns = createColumns();
  const piece = Buffer.alloc(PIECE);
  let rest = Buffer.alloc(0);
  let at = from;
  let damage: string | null = null;
  for (;;) {
    const n = readSync(fd, piece, 0, PIECE, at + rest.length);
    if (n === 0) break;
    const bytes = Buffer.concat([rest, piece.subarray(0, n)]);
    // What stands after the last line break may be in the middle of being written.
    const end = bytes.lastIndexOf(10) + 1;
    for (const line of bytes.toString('utf8', 0, end).split('\n')) {
      if (line === '' || columns.add(parseJson(line))) continue;
      damage ??= `a line of metrics.jsonl cannot be read (${at} bytes from its beginning)`;
    }
    at += end;
    rest = bytes.subarray(end);
    if (rest.length > LONGEST) {
      damage ??= 'metrics.jsonl has a line that is too long to be read';
      break;
    }
    await setImmediate();
  }
  const rows = columns.done(MOST_ROWS);
  return {
    ...rows,
    cursor: `${attempt}.${at}.${markAt(fd, at)}`,
    thinned: columns.count > rows.step.length,
    damage,
  };
}

/** Where to go on; 0 to begin anew. */
function placeOf(fd: number, attempt: number, cursor: string | undefined): number {
  const [, number, offset, mark] = /^(\d{1,9})\.(\d{1,15})\.([0-9a-f]{0,16})$/.exec(cursor ?? '') ?? [];
  const at = Number(offset);
  return Number(number) === attempt && at > 0 && markAt(fd, at) === mark ? at : 0;
}

/** Digest of the bytes before `at`: another one when the file was cut and has grown again. */
function markAt(fd: number, at: number): string {
  if (at === 0) return '';
  const from = Math.max(0, at - MARK);
  const bytes = Buffer.alloc(at - from);
  const n = readSync(fd, bytes, 0, bytes.length, from);
  return n < bytes.length ? '-' : createHash('sha256').update(bytes).digest('hex').slice(0, 16);
}
