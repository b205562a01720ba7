import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../core/errors.ts';
import { refusing } from '../files/faults.testing.ts';
import { attempts, leaseState, newestLease, takeAttempt } from './attempt.ts';
import { type Rival, rival, SILENCE } from './holder.testing.ts';
import { leasePlace, leaseText } from './lease.ts';
import { lockStudy, studyHolder } from './lock.ts';
import { type Holder, thisProcess } from './process.ts';
import { untilFree, Watch } from './watch.ts';

const scratch = () => mkdtempSync(join(tmpdir(), 'gaplab-lease-'));
const waiting = { where: 'the run', doing: 'somebody trains it', advice: 'wait' };
const rivals: Rival[] = [];
after(() => Promise.all(rivals.map((one) => one.kill())));

/** A rival that has taken an attempt at the run in `dir`. */
async function trainerIn(dir: string, wrap?: string[]): Promise<Rival> {
  const other = rival(wrap);
  rivals.push(other);
  assert.equal(await other.line(), 'ready');
  other.tell(`held = takeAttempt(${JSON.stringify(dir)}, 'abc'); say(held.number)`);
  assert.equal(await other.line(), 1);
  return other;
}

/** A rival that has locked the study in `dir`. */
async function lockedRival(dir: string): Promise<Rival> {
  const other = rival();
  rivals.push(other);
  assert.equal(await other.line(), 'ready');
  other.tell(`held = await lockStudy(${JSON.stringify(dir)}); say("locked")`);
  assert.equal(await other.line(), 'locked');
  return other;
}

/** An attempt whose lease says what `change` says. */
function leased(change: Partial<Holder>): string {
  const dir = scratch();
  const attempt = join(dir, 'attempt-1');
  mkdirSync(attempt);
  writeFileSync(join(attempt, 'lease.json'), leaseText({ ...thisProcess(leasePlace(attempt)), ...change }));
  return dir;
}

const mayUnshare = spawnSync('unshare', ['-pf', '--mount-proc', 'true']).status === 0;

test('attempts: one lease at a time, numbers taken once', () => {
  const dir = scratch();
  const first = takeAttempt(dir, 'abc')!;
  assert.equal(first.number, 1);
  assert.equal(leaseState(dir), 'live');
  assert.equal(takeAttempt(dir, 'abc'), undefined);
  first.release('interrupted');
  assert.equal(leaseState(dir), 'ended');
  assert.equal(takeAttempt(dir, 'abc')!.number, 2);
  assert.deepEqual(attempts(dir), [1, 2]);
  assert.deepEqual(readdirSync(dir).sort(), ['attempt-1', 'attempt-2']);
});

test('the lease of a killed process is lost at once', async () => {
  const dir = scratch();
  const other = await trainerIn(dir);
  assert.equal(leaseState(dir), 'live');
  await other.kill();
  assert.equal(leaseState(dir), 'ended');
  assert.equal(takeAttempt(dir, 'abc')!.number, 2);
});

test('only this boot and PID namespace can prove that a process is dead, or that it lives', {
  skip: process.platform !== 'linux',
}, () => {
  const gone = spawnSync('true').pid;
  for (const [change, expected] of [
    [{}, 'live'],
    [{ host: 'another-name' }, 'live'],
    [{ pid: gone }, 'ended'],
    [{ start: '1' }, 'ended'],
    [{ host: 'elsewhere', machine: 'another boot', pid: gone }, 'held'],
    [{ machine: '', pid: gone }, 'held'],
    [{ machine: undefined, pid: gone }, 'held'],
    [{ place: 'copied from elsewhere' }, 'held'],
    [{ pid: gone, released: 'finished', machine: '' }, 'ended'],
  ] as const)
    assert.equal(leaseState(leased(change)), expected, JSON.stringify(change));
});

test('a damaged lease says nothing: it is not free at once', () => {
  const dir = leased({});
  const file = join(dir, 'attempt-1', 'lease.json');
  writeFileSync(file, readFileSync(file, 'utf8').replace(`"pid": ${process.pid}`, '"pid": 1'));
  assert.equal(leaseState(dir), 'held');
  assert.equal(takeAttempt(dir, 'abc'), undefined);
});

test('a silent lease is free after its silence, not before; who waits is told until when', async () => {
  const dir = leased({ host: 'else\u001bwhere', machine: 'another boot', silence: 2.5 });
  const said: string[] = [];
  const seat = await untilFree(new Watch(), () => newestLease(dir), {
    ...waiting,
    warn: (line) => said.push(line),
  });
  assert.equal(said.length, 1);
  assert.match(
    said[0],
    /^the run: held by a process that cannot be seen from here \(process \d+ on else\\x1bwhere, since .*\); if it stays silent it is free in 3 s, at \d\d:\d\d:\d\d; waiting$/,
  );
  assert.equal(takeAttempt(dir, 'abc'), undefined, 'without the proof of a watch');
  assert.equal(takeAttempt(dir, 'abc', seat.print)!.number, 2);
});

test('a lease that moves is held, whatever its clock says; one that moved since it was watched is not taken', async () => {
  const dir = leased({ machine: 'another boot', silence: 2.5, since: '1970-01-01T00:00:00.000Z' });
  const { beat } = newestLease(dir)!;
  let n = 0;
  const beats = setInterval(() => writeFileSync(beat, `${n++}\n`), 500);
  await assert.rejects(
    untilFree(new Watch(), () => newestLease(dir), waiting),
    (error) =>
      error instanceof UserError && /^the run: somebody trains it \(process .*\); wait$/.test(error.message),
  );
  clearInterval(beats);
  const seat = await untilFree(new Watch(), () => newestLease(dir), waiting);
  writeFileSync(beat, `${n}\n`);
  assert.equal(takeAttempt(dir, 'abc', seat.print), undefined);
});

test('another PID namespace neither sees nor takes over a live lease, and takes over a dead one by its silence', {
  skip: mayUnshare ? false : 'needs unshare as root',
}, async () => {
  const dir = scratch();
  const inside = await trainerIn(dir, ['unshare', '-pf', '--mount-proc', '--kill-child']);
  assert.equal(leaseState(dir), 'held');
  assert.equal(takeAttempt(dir, 'abc'), undefined);
  await assert.rejects(
    untilFree(new Watch(), () => newestLease(dir), waiting),
    /somebody trains it/,
    'its beat moves',
  );
  await inside.kill();
  await untilFree(new Watch(), () => newestLease(dir), waiting);
});

test('a process that was stopped for longer than its silence loses the lease, and notices before it writes', {
  skip: process.platform === 'win32',
}, async () => {
  const dir = scratch();
  const other = await trainerIn(dir);
  other.tell('held.check(); say("fine")');
  assert.equal(await other.line(), 'fine');
  await other.stop();
  const seat = await untilFree(new Watch(), () => newestLease(dir), waiting);
  const mine = takeAttempt(dir, 'abc', seat.print)!;
  assert.equal(mine.number, 2);
  other.child.kill('SIGCONT');
  other.tell('held.check(); say("wrote")');
  assert.equal(await other.line(), 'LeaseLostError: another process has taken over');
  const before = readFileSync(join(dir, 'attempt-1', 'lease.json'), 'utf8');
  other.tell('held.release("finished"); say("released")');
  assert.equal(await other.line(), 'released');
  assert.equal(readFileSync(join(dir, 'attempt-1', 'lease.json'), 'utf8'), before);
  mine.check('now');
});

test('a beat goes on while the main thread is busy', async () => {
  const dir = scratch();
  const other = await trainerIn(dir);
  const { beat } = newestLease(dir)!;
  const start = readFileSync(beat, 'utf8');
  other.tell('for (const until = Date.now() + 1e9; Date.now() < until; ) {}');
  while (readFileSync(beat, 'utf8') === start) await sleep(100);
  assert.ok(Number(readFileSync(beat, 'utf8')) > Number(start), `a beat every ${SILENCE / 6} s`);
});

test('two studies in one directory: the second is told who has it; a dead one is taken over', async () => {
  const dir = scratch();
  const lock = await lockStudy(dir);
  assert.deepEqual([studyHolder(dir)?.pid, studyHolder(dir)?.seen], [process.pid, true]);
  await assert.rejects(lockStudy(dir), (error: Error) => {
    assert.ok(error instanceof UserError);
    assert.match(error.message, new RegExp(`already running there \\(process ${process.pid} on`));
    return true;
  });
  lock.release('finished');
  assert.equal(studyHolder(dir), undefined);
  const other = await lockedRival(dir);
  await assert.rejects(lockStudy(dir), new RegExp(`process ${other.child.pid} on`));
  await other.kill();
  (await lockStudy(dir)).release('finished');
  assert.equal(readdirSync(join(dir, 'lock')).length, 1, 'one file stays, whoever came and went');
});

test('a study that was stopped while another took its lock over does not write on', async () => {
  const dir = scratch();
  const other = await lockedRival(dir);
  await other.stop();
  const lock = await lockStudy(dir);
  other.child.kill('SIGCONT');
  other.tell('held.check()');
  assert.match(await other.line(), /LeaseLostError/);
  other.tell('held.release("finished"); say(1)');
  await other.line();
  lock.check('now');
  assert.equal(studyHolder(dir)?.pid, process.pid);
});

test('in a copy of a directory that somebody works in, the lock holds nothing', async () => {
  const dir = scratch();
  await lockedRival(dir);
  const copy = join(scratch(), 'copy');
  cpSync(dir, copy, { recursive: true });
  (await lockStudy(copy)).release('finished');
  await assert.rejects(lockStudy(dir), /already running/);
});

test('files in lock/ that are no leases stay, and their numbers are not followed past what can be counted', async () => {
  const dir = scratch();
  mkdirSync(join(dir, 'lock'));
  const foreign = { '1.json': '{"mine": 1}', '007.json': 'mine', '99999999999999999999.json': 'mine' };
  for (const [name, text] of Object.entries(foreign)) writeFileSync(join(dir, 'lock', name), text);
  // Nobody can tell that the first is no damaged lease, so its silence is waited for.
  const other = rival();
  rivals.push(other);
  await other.line();
  other.tell(`held = await lockStudy(${JSON.stringify(dir)}); held.release("finished"); say("locked")`);
  assert.equal(await other.line(), 'locked');
  (await lockStudy(dir)).release('finished');
  for (const [name, text] of Object.entries(foreign))
    assert.equal(readFileSync(join(dir, 'lock', name), 'utf8'), text);
  assert.equal(readdirSync(join(dir, 'lock')).length, 4);
});

test('a link in lock/ is refused, and what it leads to stays as it is', async () => {
  const dir = scratch();
  const target = join(scratch(), 'precious');
  writeFileSync(target, 'text');
  mkdirSync(join(dir, 'lock'));
  symlinkSync(target, join(dir, 'lock', '1.beat'));
  await assert.rejects(lockStudy(dir), /1\.beat is a link/);
  assert.equal(readFileSync(target, 'utf8'), 'text');
});

test('without hard links, locks and leases are the same', async () => {
  await refusing(['linkSync'], 'EPERM', async () => {
    const dir = scratch();
    const lock = await lockStudy(dir);
    await assert.rejects(lockStudy(dir), /already running/);
    lock.release('finished');
    (await lockStudy(dir)).release('finished');
    const attempt = takeAttempt(dir, 'abc')!;
    assert.equal(takeAttempt(dir, 'abc'), undefined);
    attempt.release('finished');
    assert.ok(!existsSync(join(dir, 'lock', '1.json')));
  });
});
