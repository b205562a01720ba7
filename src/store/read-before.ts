// Results of a large study that were read before: each is read and checked anew only when its file has
// changed. They are kept in gaplab's own cache, for what lies in a study may come from a stranger,
// and who looks at a study writes nothing there. The cache may be removed at any time.
import { lstatSync } from 'node:fs';
import { resolve } from 'node:path';
import { Cache } from '../data/cache.ts';
import { sha256 } from '../files/sha256.ts';
import { readResult } from './runs.ts';
import { judgedResult, type RunResult } from './schemas.ts';

/** Fewer new results than this are read as fast as they are kept. */
const WORTH_KEEPING = 500;

/**
 * File systems tell times in steps of up to two seconds: a file that changed so short ago may change
 * once more and look the same.
 */
const SETTLED_MS = 3000;

/** Another version of gaplab may keep other fields of a result. */
const FIELDS = Object.keys(judgedResult.shape).join(' ');

export interface ReadBefore {
  /** As `readResult`, which writes nothing without a `warn`. */
  read(runDir: string, id: string): RunResult | undefined;
  /** Keeps what was read since, where that is worth it. */
  keep(): void;
}

/** What was read before of the study in `dir`. `now` gives the time in milliseconds. */
export function readBefore(dir: string, { now = Date.now, worthKeeping = WORTH_KEEPING } = {}): ReadBefore {
  const cache = ownCache();
  const name = sha256(resolve(dir)).slice(0, 32);
  const lines = linesOf(cache?.kept(name) ?? '');
  /** Lines that still hold, of the results that were asked for. */
  const used: string[] = [];
  let added = 0;
  return {
    read(runDir, id) {
      const stamp = stampOf(runDir);
      const line = lines.get(id);
      if (stamp !== undefined && line?.startsWith(stamp.text, id.length + 1)) {
        used.push(line);
        return JSON.parse(line.slice(id.length + 1 + stamp.text.length));
      }
      const result = readResult(runDir);
      if (result && result.status !== 'failed' && stamp && now() - stamp.changed > SETTLED_MS) {
        used.push(`${id} ${stamp.text}${JSON.stringify(result)}`);
        added++;
      }
      return result;
    },
    keep() {
      if (added < worthKeeping) return;
      const text = [FIELDS, ...used].join('\n');
      cache?.keep(name, `${sha256(text)}\n${text}`);
      added = 0;
    },
  };
}

/** Undefined for a user without a home folder, as in some containers. */
function ownCache(): Cache | undefined {
  try {
    return new Cache();
  } catch {
    return undefined;
  }
}

/** By run id: the id, the stamp and the result as JSON. None where the text is damaged. */
function linesOf(text: string): Map<string, string> {
  const end = text.indexOf('\n');
  const body = text.slice(end + 1);
  if (end < 0 || sha256(body) !== text.slice(0, end)) return new Map();
  const [fields, ...lines] = body.split('\n');
  if (fields !== FIELDS) return new Map();
  return new Map(lines.map((line) => [line.slice(0, line.indexOf(' ')), line]));
}

/**
 * What changes with the file of a result: whoever replaces it or writes into it changes at least one
 * of these. Undefined where there is none.
 */
function stampOf(runDir: string): { text: string; changed: number } | undefined {
  const stat = lstatSync(`${runDir}/result.json`, { throwIfNoEntry: false });
  if (!stat) return undefined;
  const { dev, ino, size, mtimeMs, ctimeMs } = stat;
  return { text: `${dev} ${ino} ${size} ${mtimeMs} ${ctimeMs} `, changed: Math.max(mtimeMs, ctimeMs) };
}
