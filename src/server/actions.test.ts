// Studies that are started, paused, resumed, extended and stopped from a page: by processes,
// as at the command line.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { reportedStudy, writeStudyDir } from '../report/study-dir.testing.ts';
import { readResult } from '../store/runs.ts';
import { STOPPED } from './actions.ts';
import { type Served, scratch, served } from './served.testing.ts';
import type { Progress, StudyView } from './wire.ts';

const fields = {
  name: 'fake',
  model: 'tiny',
  tokens: 8192,
  batchSizes: [2, 8],
  optimizers: { sgd: { lr: { guess: 0.1 } }, adam: { lr: { guess: 0.002 } } },
  seeds: { fresh: 1 },
};

const viewOf = (server: Served, id: string): Promise<StudyView> => server.get(`/data/${id}/view.json`);

/** Asks until the progress of the study is as wanted. */
async function until(server: Served, id: string, which: (progress: Progress) => boolean): Promise<Progress> {
  for (;;) {
    const { status, json } = await server.ask(`/data/${id}/view.json`);
    // A process that starts slowly has made no study yet.
    if (status === 200 && which(json().progress)) return json().progress;
    await sleep(50);
  }
}

const asked = (dir: string) => readFileSync(join(dir, 'asked.txt'), 'utf8').trim().split('\n');

test('a study is started, paused, resumed and extended, and a run of it is stopped', async () => {
  // Longer than a run needs to notice that it was stopped.
  process.env.FAKE_MS = '8000';
  const dir = scratch();
  const server = await served([dir]);
  const form = await server.get('/data/form.json');
  assert.deepEqual(form.places, [{ place: 0, name: dir }]);
  assert.ok(form.presets.some(({ name }: { name: string }) => name === 'quick'));

  const started = await server.act('start', { place: 0, study: fields, jobs: 1 });
  assert.equal(started.status, 200, started.text);
  const id: string = started.json().study;
  assert.ok(existsSync(join(dir, 'fake.study.json')));
  const [running] = (await until(server, id, ({ running }) => running.length > 0)).running;
  assert.match(asked(join(dir, 'fake'))[0], /^study .*fake\.study\.json --out .*fake --jobs 1$/);
  const again = await server.act('start', { place: 0, study: fields });
  assert.equal(again.status, 400);
  assert.match(again.json().error, /is there already/);
  const run = running.run;
  const stopped = await server.act('stop', { study: id, run });
  assert.equal(stopped.status, 200, stopped.text);
  const runDir = join(dir, 'fake', 'runs', run);
  const result = readResult(runDir);
  assert.ok(result?.status === 'failed' && result.error === STOPPED);
  // Its process has noticed: another run is being made.
  await until(server, id, ({ running: now }) => now.length > 0 && now[0].run !== run);
  assert.match(readFileSync(join(runDir, 'attempt-1', 'log.txt'), 'utf8'), /the run was stopped/);

  assert.equal((await viewOf(server, id)).progress.ours, true);
  assert.equal((await server.act('resume', { study: id })).status, 400);
  assert.equal((await server.act('pause', { study: id })).status, 200);
  // The process ends a moment after it has let go of the study.
  await until(
    server,
    id,
    ({ standing, running, ours }) => standing === 'stopped' && running.length === 0 && !ours,
  );
  assert.equal((await server.act('pause', { study: id })).status, 400);

  process.env.FAKE_MS = '20';
  const resumed = await server.act('resume', { study: id });
  assert.equal(resumed.status, 200, resumed.text);
  const finished = await until(server, id, ({ standing }) => standing === 'finished');
  assert.match(asked(join(dir, 'fake'))[1], /^worker --study /);
  // The run that was stopped has been made after all.
  assert.equal(finished.runs.failed, 0);
  assert.equal(readResult(runDir)?.status === 'failed', false);

  for (const [body, why] of [
    [{ fresh: 0 }, /fresh seeds already/],
    [{ batchSizes: [1] }, /begins at batch size 2/],
    [{ batchSizes: [8] }, /has already/],
    [{ batchSizes: [1 << 20] }, /more than the budget/],
    [{}, /has already/],
  ] as const) {
    const refused = await server.act('extend', { study: id, ...body });
    assert.equal(refused.status, 400, JSON.stringify(body));
    assert.match(refused.json().error, why);
  }
  const before = (await viewOf(server, id)).summary.runs.done;
  const more = await server.act('extend', { study: id, fresh: 2, batchSizes: [4] });
  assert.equal(more.status, 200, more.text);
  await until(server, id, ({ standing, cells }) => standing === 'finished' && cells === 6);
  const { summary, setup } = await viewOf(server, id);
  assert.ok(summary.runs.done > before);
  assert.deepEqual(setup.batchSizes, [2, 4, 8]);
  assert.deepEqual(summary.cells[0].best!.seeds.length, 2);
  assert.equal((await server.act('resume', { study: id })).status, 400);
});

test('a study is extended while its report is written', async () => {
  process.env.FAKE_MS = '20';
  process.env.REPORT_MS = '1500';
  const server = await served([scratch()]);
  const { study } = (await server.act('start', { place: 0, study: fields })).json();
  const isReported = ({ cells, cellsDone, standing }: Progress) =>
    cells > 0 && cells === cellsDone && standing === 'running';
  await until(server, study, isReported);
  const { status, text } = await server.act('extend', { study, fresh: 2 });
  assert.equal(status, 200, text);
  await until(server, study, ({ standing }) => standing === 'finished');
  const { cells } = (await viewOf(server, study)).summary;
  assert.deepEqual(
    cells.map(({ best }) => best!.seeds.length),
    cells.map(() => 2),
  );
  process.env.REPORT_MS = '0';
});

test('a study is resumed while the process that was paused is still about to end', async () => {
  process.env.FAKE_MS = '2000';
  process.env.ENDING_MS = '3000';
  const server = await served([scratch()]);
  const { study } = (await server.act('start', { place: 0, study: fields })).json();
  await until(server, study, ({ running }) => running.length > 0);
  await server.act('pause', { study });
  const { ours } = await until(server, study, ({ standing }) => standing === 'stopped');
  assert.ok(ours, 'the process has ended too early to test anything');
  process.env.FAKE_MS = '20';
  const { status, text } = await server.act('resume', { study });
  assert.equal(status, 200, text);
  await until(server, study, ({ standing }) => standing === 'finished');
  process.env.ENDING_MS = '0';
});

test('where the process that works on a study ends without what it was extended by, another one follows', async () => {
  const dir = scratch();
  const [gate, begun] = [join(dir, 'gate'), join(dir, 'begun')];
  const program = `const { appendFileSync, existsSync } = require('node:fs');
    appendFileSync(${JSON.stringify(begun)}, '.');
    const look = setInterval(() => existsSync(${JSON.stringify(gate)}) && clearInterval(look), 20);`;
  const server = await served([dir], { launch: [process.execPath, '-e', program] });
  // Nobody has made any of its runs.
  writeStudyDir(join(dir, 'new'), reportedStudy({ name: 'new', batchSizes: [1, 4] }), () => 'missing');
  const study = await server.idOf('new');
  const resumed = server.act('resume', { study });
  await until(server, study, ({ ours }) => ours);
  const { status, text } = await server.act('extend', { study, batchSizes: [16] });
  assert.equal(status, 200, text);
  writeFileSync(gate, '');
  assert.equal((await resumed).status, 200);
  while (readFileSync(begun, 'utf8') !== '..') await sleep(20);
  await until(server, study, ({ ours }) => !ours);
});

test('a server that ends pauses what it has started', async () => {
  process.env.FAKE_MS = '600';
  const dir = scratch();
  const server = await served([dir]);
  const { study } = (await server.act('start', { place: 0, study: fields })).json();
  await until(server, study, ({ running }) => running.length > 0);
  await server.close();
  const next = await served([dir], { readOnly: true });
  const { standing, running } = (await viewOf(next, study)).progress;
  assert.deepEqual([standing, running], ['stopped', []]);
});

test('a command that cannot be run says why', async () => {
  const dir = scratch();
  const server = await served([dir], {
    launch: [process.execPath, '-e', 'console.error("gaplab: no disk"); process.exit(2)'],
  });
  const { status, json } = await server.act('start', { place: 0, preset: 'smoke' });
  assert.equal(status, 400);
  assert.match(json().error, /no disk/);
});
