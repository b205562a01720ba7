// Where studies and runs stand, in words.
import type { RunColumns, StudyStanding } from '../../../src/server/wire.ts';

export const standings: Record<StudyStanding, string> = {
  running: 'running',
  worked: 'running (workers)',
  held: 'held by a process that cannot be seen from here',
  stopped: 'stopped, runs are missing',
  finished: 'finished',
  gone: 'its folder is gone',
  damaged: 'damaged',
};

export const runStates: readonly RunColumns['state'][number][] = [
  'done',
  'running',
  'diverged',
  'failed',
  'held',
  'interrupted',
  'waiting',
];
