// One study process per directory: numbered leases in <dir>/lock, of which the highest counts.
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from '../files/folder.ts';
import { refuseLinkedFolders, refuseLinks } from '../files/plain.ts';
import { publish } from '../files/publish.ts';
import { firstBeat, held, type Lease, type LeaseFiles, leasePlace, leaseText, lookAt } from './lease.ts';
import { type Holder, thisProcess } from './process.ts';
import { untilFree, type Waiting, Watch } from './watch.ts';

const folderOf = (dir: string) => join(dir, 'lock');
const filesOf = (folder: string, n: number): LeaseFiles => ({
  lease: join(folder, `${n}.json`),
  beat: join(folder, `${n}.beat`),
  folder,
});

/** Numbers of the leases that stand in the folder, ascending; one that is being published counts. */
function numbers(folder: string): number[] {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return [];
  }
  const found = names.flatMap((name) => /^([1-9]\d{0,8})\.json(?:\.publishing)?$/.exec(name)?.[1] ?? []);
  return found.map(Number).sort((a, b) => a - b);
}

function newest(folder: string): LeaseFiles | undefined {
  const n = numbers(folder).at(-1);
  return n === undefined ? undefined : filesOf(folder, n);
}

/**
 * The process that works on the study in `dir`, if one may: `seen` tells whether the process
 * table proves that it lives. Undefined when nobody has it, or a process that is dead beyond doubt.
 */
export function studyHolder(dir: string): (Holder & { seen: boolean }) | undefined {
  const files = newest(folderOf(dir));
  const look = files && lookAt(files);
  return look?.holder && look.state !== 'free' ? { ...look.holder, seen: look.state === 'alive' } : undefined;
}

/**
 * Takes the lock of the study in `dir`, from a process that is dead or stays silent too;
 * `waiting` hears how long that takes. Throws UserError naming the process when a live one holds it.
 */
export async function lockStudy(
  dir: string,
  { watch = new Watch(), ...waiting }: Partial<Waiting> & { watch?: Watch } = {},
): Promise<Lease> {
  const folder = folderOf(dir);
  refuseLinkedFolders(dir, 'lock/1.json');
  refuseLinks(folder);
  makeFolder(folder);
  let n = 0;
  const find = () => {
    n = numbers(folder).at(-1) ?? 0;
    return n > 0 ? filesOf(folder, n) : undefined;
  };
  for (;;) {
    await untilFree(watch, find, {
      where: dir,
      doing: 'a study is already running there',
      advice: 'wait for it, stop it, or use another --out',
      ...waiting,
    });
    const lease = take(folder, n + 1);
    if (lease) return lease;
  }
}

/** Takes number `n`, once all before it are free; undefined when somebody else was faster. */
function take(folder: string, n: number): Lease | undefined {
  const files = filesOf(folder, n);
  const me = thisProcess(leasePlace(folder));
  if (!publish(files.lease, leaseText(me))) return undefined;
  const isHighest = () => numbers(folder).at(-1) === n;
  if (!isHighest()) {
    // This process slept while others took a higher number and removed this one: it holds nothing.
    remove(files);
    return undefined;
  }
  firstBeat(files.beat);
  for (const older of numbers(folder).filter((number) => number < n)) {
    const theirs = filesOf(folder, older);
    // What cannot be read as a lease may be a file of the user's.
    if (lookAt(theirs).holder) remove(theirs);
  }
  return held(files, me, isHighest);
}

/** Only the highest lease says anything, so it is never removed: numbers are never taken again. */
function remove({ lease, beat }: LeaseFiles): void {
  for (const file of [beat, lease, `${lease}.publishing`]) rmSync(file, { recursive: true, force: true });
}
