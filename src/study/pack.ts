// A study in one file, to be kept, published or moved: JSON lines, each with a checksum of its own. The first
// has the study; then come its labs and its runs. Checkpoints and logs stay behind.
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { z } from 'zod';
import { UserError } from '../core/errors.ts';
import { parseJson, readIfThere } from '../files/atomic.ts';
import { placeError } from '../files/errors.ts';
import { refuseLinkedFolders } from '../files/plain.ts';
import { sealed, unsealed } from '../files/seal.ts';
import { sha256 } from '../files/sha256.ts';
import { attemptDir, LINES } from '../store/attempt.ts';
import { runConfigOfAnyKind, runDirOf } from '../store/runs.ts';
import { type FrozenStudy, frozenStudy, type RunResult, runResult } from '../store/schemas.ts';
import { runsDirOf } from '../store/study-dir.ts';
import { readLab } from '../store/theory.ts';
import { type LabRun, labFile } from '../theory/specs/registry.ts';
import { runId } from '../train/run-id.ts';
import { readState } from './state.ts';

const head = z.object({ gaplab: z.literal('study'), schema: z.literal(1), study: frozenStudy });
const labLine = z.object({ lab: labFile });
const runLine = z
  .object({
    run: z.string(),
    config: runConfigOfAnyKind,
    result: runResult,
    /** Text of the files of lines, by name; absent in a pack without curves. */
    lines: z.partialRecord(z.enum(LINES), z.string()).optional(),
  })
  .refine(({ run, config, result }) => run === runId(config) && run === result.id, 'the run of another id');

export type PackedRun = z.infer<typeof runLine>;

export interface Packed {
  study: FrozenStudy;
  runs: number;
  /** Runs that are planned and have no result yet. */
  missing: number;
}

/**
 * Writes the study in `dir` to a new file at `path`, compressed when `gzip` is set. Throws UserError when
 * there is no study.
 */
export function writePack(dir: string, path: string, options: { curves: boolean; gzip: boolean }): Packed {
  const { study, runs, results } = readState(dir);
  // Two arms may come to the same run.
  const requests = new Map(runs.map(({ run }) => [run.id, run]));
  const finished = [...requests.values()].filter(({ id }) => results.has(id));
  const runsDir = runsDirOf(dir);
  const fd = openSync(path, 'wx');
  const line = (value: object) => {
    const text = `${JSON.stringify(sealed(value))}\n`;
    // Members that follow each other are one compressed file.
    const bytes = options.gzip ? gzipSync(text) : Buffer.from(text);
    for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
  };
  try {
    line({ gaplab: 'study', schema: 1, study });
    for (const spec of study.theory ?? []) {
      const lab = readLab(dir, spec);
      if (lab) line({ lab: { schema: 1, ...lab } });
    }
    for (const { id, config } of finished) {
      const whole = results.get(id)!;
      // The checksums of its files of lines are made again from what is unpacked.
      const { files: _, ...result } = whole;
      const lines = options.curves ? linesOf(runDirOf(runsDir, id), whole) : undefined;
      line({ run: id, config, result, lines });
    }
  } finally {
    closeSync(fd);
  }
  return { study, runs: finished.length, missing: requests.size - finished.length };
}

/** What a run measured; a file that was changed after the run is left out. */
function linesOf(runDir: string, { attempt, files = {} }: RunResult): Record<string, string> {
  refuseLinkedFolders(runDir, `attempt-${attempt}/`);
  return Object.fromEntries(
    LINES.flatMap((name) => {
      const text = readIfThere(join(attemptDir(runDir, attempt), name));
      const isChanged = files[name] !== undefined && files[name] !== sha256(text ?? '');
      return text === undefined || isChanged ? [] : [[name, text]];
    }),
  );
}

export interface Pack {
  study: FrozenStudy;
  labs: LabRun[];
  /** Read one by one: curves of many runs are large. */
  runs(): Iterable<PackedRun>;
}

/** More than any study has: a small file must not fill the memory. */
const LARGEST = 4 * 2 ** 30;

/** Throws UserError for a file that is no pack, or has a line that is not what was written. */
export function readPack(file: string): Pack {
  const lines = linesIn(contentOf(file));
  const first = lines.next();
  const parsed = head.safeParse(unsealed(parseJson(first.value ?? '')));
  if (!parsed.success)
    throw new UserError(`${file} is no study that gaplab packed: give a file that \`gaplab pack\` wrote`);
  const labs: LabRun[] = [];
  const rest: string[] = [];
  let number = 1;
  for (const text of lines) {
    number++;
    const value = unsealed(parseJson(text));
    const lab = labLine.safeParse(value);
    if (lab.success) labs.push(lab.data.lab);
    else if (runLine.safeParse(value).success) rest.push(text);
    else throw new UserError(`line ${number} of ${file} is damaged, so nothing of it is unpacked`);
  }
  return {
    study: parsed.data.study,
    labs,
    *runs() {
      for (const text of rest) yield runLine.parse(unsealed(parseJson(text)));
    },
  };
}

function contentOf(file: string): Buffer {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw placeError(file, error);
  }
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return gunzipSync(bytes, { maxOutputLength: LARGEST });
  } catch {
    throw new UserError(`${file} is cut short or damaged, so nothing of it is unpacked`);
  }
}

function* linesIn(content: Buffer): Generator<string, undefined> {
  for (let at = 0; at < content.length; ) {
    const end = content.indexOf(10, at);
    yield content.toString('utf8', at, end < 0 ? content.length : end);
    at = end < 0 ? content.length : end + 1;
  }
}
