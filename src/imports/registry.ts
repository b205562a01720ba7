// The formats that are read, and the recognition of a source: by content, whatever its files are called.
import { dirname } from 'node:path';
import { UserError } from '../core/errors.ts';
import { shown } from '../core/shown.ts';
import { suggest } from '../core/suggest.ts';
import { findFiles } from './files.ts';
import type { FoundFile, Reader } from './reader.ts';
import { csv } from './readers/csv.ts';
import { hfTrainer } from './readers/hf-trainer.ts';
import { lightning } from './readers/lightning.ts';
import { mlflowFiles } from './readers/mlflow-files.ts';
import { mlflowSqlite } from './readers/mlflow-sqlite.ts';
import { nanogpt } from './readers/nanogpt.ts';
import { optunaJournal } from './readers/optuna-journal.ts';
import { optunaSqlite } from './readers/optuna-sqlite.ts';
import { parquet } from './readers/parquet.ts';
import { tensorboard } from './readers/tensorboard.ts';
import { track3 } from './readers/track3.ts';
import { trackio, trackioFragments } from './readers/trackio.ts';
import { wandb } from './readers/wandb.ts';
import type { ForeignRun } from './run.ts';
import { isSqlite, withDatabase } from './sqlite.ts';

/** In the order in which a file is tried. */
export const readers: readonly Reader[] = [
  wandb,
  tensorboard,
  mlflowSqlite,
  mlflowFiles,
  optunaSqlite,
  optunaJournal,
  trackio,
  trackioFragments,
  hfTrainer,
  lightning,
  parquet,
  csv,
  track3,
  nanogpt,
];

export interface FoundRuns {
  reader: Reader;
  runs: ForeignRun[];
  /** Files of the source that no run comes from. */
  otherFiles: number;
  /** Names of files that end in the middle of a record: what came after is missing. */
  cut: string[];
}

/**
 * Reads a file or a folder of runs. Throws UserError for one that holds none, several
 * kinds of them, or damage.
 */
export async function readRuns(source: string, kind?: string): Promise<FoundRuns> {
  if (kind !== undefined && !readers.some((one) => one.kind === kind)) throw unknownKind(kind);
  const all = findFiles(source);
  const found = new Map<Reader, FoundFile[]>();
  for (const file of all) {
    const reader = readers.find((one) => one.recognises(file));
    if (reader) found.set(reader, [...(found.get(reader) ?? []), file]);
  }
  const kinds = withoutByProducts(found);
  const wanted = [...kinds.keys()].filter((one) => kind === undefined || one.kind === kind);
  if (wanted.length === 0) {
    // A database that cannot be read is why nothing was recognised.
    for (const file of all) if (isSqlite(file)) withDatabase(file, ({ rows }) => rows('pragma quick_check'));
    throw new UserError(
      `${source} holds no runs ${kind === undefined ? 'in a format that is known here' : `of the kind ${kind}`} (${all.length} ${all.length === 1 ? 'file' : 'files'} seen); known are ${readers.map(({ what }) => what).join(', ')}`,
    );
  }
  if (wanted.length > 1)
    throw new UserError(
      `${source} holds runs of several kinds: ${wanted.map((one) => `${one.kind} (${kinds.get(one)!.length} ${one.what})`).join(', ')}; choose one with --kind, since they may be the same runs`,
    );
  const [reader] = wanted;
  const files = kinds.get(reader)!;
  const runs = await reader.read(files);
  if (runs.length === 0) throw new UserError(`${source}: there is no run in ${reader.what}`);
  const cut = files.filter(({ isCut }) => isCut).map(({ name }) => name);
  return { reader, runs, otherFiles: all.length - files.length, cut };
}

/** Some tools leave logs of other kinds beside a run: those are no runs of their own. */
function withoutByProducts(found: Map<Reader, FoundFile[]>): Map<Reader, FoundFile[]> {
  const kept = new Map<Reader, FoundFile[]>();
  const owned = new Map<string, Reader>();
  for (const [reader, files] of found)
    if (reader.owns) for (const file of files) owned.set(reader.owns(file), reader);
  for (const [reader, files] of found) {
    const own = files.filter((file) => {
      for (let folder = dirname(file.path); ; folder = dirname(folder)) {
        const owner = owned.get(folder);
        if (owner && owner !== reader) return false;
        if (folder === dirname(folder)) return true;
      }
    });
    if (own.length > 0) kept.set(reader, own);
  }
  return kept;
}

function unknownKind(kind: string): UserError {
  const kinds = readers.map((reader) => reader.kind);
  const meant = suggest(kind, kinds);
  return new UserError(
    `unknown --kind "${shown(kind)}"${meant ? `; did you mean ${meant}?` : ''}; known are ${kinds.join(', ')}`,
  );
}
