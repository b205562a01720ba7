// One run for its page: what it is, what became of it, and how it differs from the best of its cell.
import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import type { Cell } from '../analysis/frontier.ts';
import { cellKey } from '../analysis/rows.ts';
import { readPlain, refuseLinkedFolders } from '../files/plain.ts';
import { attemptDir, attempts } from '../store/attempt.ts';
import { readMetrics, readProbes } from '../store/lines.ts';
import { runDirOf } from '../store/runs.ts';
import type { RunResult } from '../store/schemas.ts';
import type { StudyState } from '../study/state.ts';
import type { AnyRunConfig } from '../train/run-id.ts';
import type { LogTail, RunView, WinnerDifference } from './wire.ts';

/** Lines of a log that are shown, and bytes of which they are taken. */
const LINES = 200;
const LOG_BYTES = 256 * 1024;

/** Undefined for a run that the study has not reached. */
export function runViewOf(
  id: string,
  state: StudyState,
  cells: readonly Cell[],
  runsDir: string,
): RunView | undefined {
  const places = state.runs.filter(({ run }) => run.id === id);
  const [first] = places;
  if (!first) return undefined;
  const { run } = first;
  const runDir = runDirOf(runsDir, id);
  const result = state.results.get(id);
  const metrics = readMetrics(runDir, result);
  const probes = readProbes(runDir, result);
  const damage = metrics.damage ?? probes.damage ?? null;
  return {
    run: id,
    points: places.map(({ run }) => run.point),
    ...{ stage: run.stage, rule: run.rule, state: first.state, config: run.config },
    result: result ?? null,
    winner: winnerOf(id, run.config, state, cells),
    damage,
    attempts: attempts(runDir),
    probes: damage === null ? probes.lines : [],
    log: logOf(runDir),
  };
}

function winnerOf(
  id: string,
  config: AnyRunConfig,
  { runs, results }: StudyState,
  cells: readonly Cell[],
): WinnerDifference | null {
  const place = runs.find(({ run }) => run.id === id)!.run.point;
  const best = cells.find((cell) => cellKey(cell) === cellKey(place))?.best;
  const winner = runs.find(({ run }) => run.id === best?.runId)?.run;
  if (!winner) return null;
  const [own, theirs] = [lossOf(results.get(id)), lossOf(results.get(winner.id))];
  return {
    run: winner.id,
    itself: winner.id === id,
    loss: own === null || theirs === null ? null : own - theirs,
    fields: differences(config, winner.config),
  };
}

const lossOf = (result: RunResult | undefined): number | null =>
  result?.status === 'done' ? result.valLoss : null;

/**
 * Fields that differ, by path, in the order of the first; a field that one of them lacks is undefined there.
 */
export function differences(here: unknown, winner: unknown, path = ''): WinnerDifference['fields'] {
  const isFields = (value: unknown): value is Record<string, unknown> =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  if (isFields(here) && isFields(winner))
    return [...new Set([...Object.keys(here), ...Object.keys(winner)])].flatMap((key) =>
      differences(here[key], winner[key], path === '' ? key : `${path}.${key}`),
    );
  return JSON.stringify(here) === JSON.stringify(winner) ? [] : [{ field: path, here, winner }];
}

function logOf(runDir: string): LogTail {
  const attempt = attempts(runDir).at(-1);
  const none = { lines: [], cut: false };
  if (attempt === undefined) return none;
  refuseLinkedFolders(runDir, `attempt-${attempt}/`);
  const path = join(attemptDir(runDir, attempt), 'log.txt');
  const size = lstatSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size > 16 * LOG_BYTES) return { lines: [`(the log has ${size} bytes and is not shown)`], cut: true };
  const text = readPlain(path) ?? '';
  const tail = text.slice(-LOG_BYTES);
  const lines = tail.split('\n').filter((line) => line !== '');
  return { lines: lines.slice(-LINES), cut: tail.length < text.length || lines.length > LINES };
}
