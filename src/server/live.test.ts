// What pages are told while a study goes on.
import assert from 'node:assert/strict';
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { toJson, writeAtomic } from '../files/atomic.ts';
import { type MadeUpOutcome, reportedStudy, resultOf, writeStudyDir } from '../report/study-dir.testing.ts';
import type { RunRequest } from '../study/tuner.ts';
import { scratch, served } from './served.testing.ts';

/** A study of which one run is kept back; `finish` gives it a result. */
function unfinished() {
  const dir = scratch();
  let kept: RunRequest | undefined;
  const study = reportedStudy({ name: 'one', batchSizes: [1, 4], seeds: { tune: 0, fresh: 2 } });
  const at = ({ lr }: RunRequest['point']) => ({ valLoss: 3 + Math.abs(Math.log2(lr / 0.01)) / 10 });
  writeStudyDir(join(dir, 'one'), study, (run) => {
    if (run.stage === 'final' && !kept) kept = run;
    return run === kept ? 'missing' : at(run.point);
  });
  const run = kept!;
  const finish = (outcome: MadeUpOutcome) => {
    mkdirSync(join(dir, 'one', 'runs', run.id), { recursive: true });
    writeAtomic(join(dir, 'one', 'runs', run.id, 'result.json'), toJson(resultOf(run, outcome, 9)));
  };
  return { dir, run, finish };
}

test('two pages hear of the same result, and are given only what is new', async () => {
  const { dir, run, finish } = unfinished();
  const { get, idOf, events } = await served([dir]);
  const id = await idOf('one');
  const pages = await Promise.all([events(), events()]);
  const before = await get(`/data/${id}/runs.json`);
  assert.equal(before.whole, true);
  assert.equal((await get(`/data/${id}/runs.json?after=${before.cursor}`)).columns.run.length, 0);
  const missing = (await get(`/data/${id}/view.json`)).summary.runs.missing;
  finish({ valLoss: 2.5 });
  for (const page of pages) {
    await page.until(({ event, data }) => event === 'view' && data.study === id);
    const { data } = await page.until(({ event }) => event === 'runs');
    assert.notEqual(data.cursor, before.cursor);
    const { progress } = (await page.until(({ event }) => event === 'progress')).data;
    assert.equal(progress.standing, 'finished');
  }
  const after = await get(`/data/${id}/runs.json?after=${before.cursor}`);
  assert.equal(after.whole, false);
  assert.deepEqual(after.columns.run, [run.id]);
  assert.deepEqual(after.columns.valLoss, [2.5]);
  assert.equal((await get(`/data/${id}/view.json`)).summary.runs.missing, missing - 1);
  assert.deepEqual(
    pages[0].heard.map(({ id }) => id),
    pages[1].heard.map(({ id }) => id),
  );
  for (const page of pages) page.close();
});

test('a page that lost its connection hears what it missed, and of another server that it must begin anew', async () => {
  const { dir, finish, run } = unfinished();
  const first = await served([dir]);
  await first.idOf('one');
  const witness = await first.events();
  finish('diverged');
  const heard = await witness.until(({ event }) => event === 'diverged');
  assert.equal(heard.data.run, run.id);
  assert.match(heard.data.reason, /not finite/);
  await witness.until(({ event }) => event === 'studies');
  const [begin, ...missed] = witness.heard;
  const back = await first.events(begin.id);
  await back.until(({ id }) => id === missed.at(-1)!.id);
  assert.deepEqual(back.heard, missed);
  const cursor = (await first.get(`/data/${await first.idOf('one')}/runs.json`)).cursor;
  await first.close();
  const second = await served([dir]);
  const lost = await second.events(missed.at(-1)!.id);
  assert.equal((await lost.until(() => true)).event, 'reset');
  // A cursor of the server before is worth nothing, and the address of the study is the same.
  const table = await second.get(`/data/${await second.idOf('one')}/runs.json?after=${cursor}`);
  assert.equal(table.whole, true);
  lost.close();
});

test('metrics go on where a page has them, and begin anew when the file is another one', async () => {
  const { dir } = unfinished();
  const { get, idOf } = await served([dir]);
  const id = await idOf('one');
  const run = (await get(`/data/${id}/runs.json`)).columns.run[0];
  const file = join(dir, 'one', 'runs', run, 'attempt-1', 'metrics.jsonl');
  const ask = (from?: string) => get(`/data/${id}/metrics/${run}.json${from ? `?from=${from}` : ''}`);
  const first = await ask();
  assert.equal(first.whole, true);
  assert.equal(first.step.length, 20);
  assert.equal(first.ended, true);
  assert.deepEqual((await ask(first.cursor)).step, []);
  // The last line was half written, and is now finished.
  appendFileSync(file, 'ens": 5, "loss": 1}\n{"step": 22, "loss": 2, "valLoss": 3}\n{"step": 23, "lo');
  const second = await ask(first.cursor);
  assert.equal(second.whole, false);
  assert.deepEqual(
    [second.step, second.columns.loss, second.columns.valLoss],
    [
      [21, 22],
      [1, 2],
      [null, 3],
    ],
  );
  // Cut back to a checkpoint, and grown beyond the old length with other lines.
  truncateSync(file, 100);
  appendFileSync(
    file,
    `\n${Array.from({ length: 40 }, (_, i) => `{"step": ${i + 3}, "loss": 9}`).join('\n')}\n`,
  );
  const third = await ask(second.cursor);
  assert.equal(third.whole, true);
  assert.ok(third.step.length >= 40);
});

test('a long file comes thinned, with every validation loss', async () => {
  const { dir } = unfinished();
  const { get, idOf } = await served([dir]);
  const id = await idOf('one');
  const run = (await get(`/data/${id}/runs.json`)).columns.run[0];
  const file = join(dir, 'one', 'runs', run, 'attempt-1', 'metrics.jsonl');
  const lines = Array.from({ length: 30_000 }, (_, i) =>
    JSON.stringify({ step: i + 1, loss: 1 / (i + 1), ...(i % 1000 === 7 ? { valLoss: i } : {}) }),
  );
  writeFileSync(file, `${lines.join('\n')}\n`);
  const { step, thinned, columns } = await get(`/data/${id}/metrics/${run}.json`);
  assert.equal(thinned, true);
  assert.ok(step.length >= 2000 && step.length <= 2040, String(step.length));
  assert.deepEqual([step[0], step.at(-1)], [1, 30_000]);
  assert.equal(columns.valLoss.filter((loss: number | null) => loss !== null).length, 30);
});

test('a directory that disappears is told, what was known stays, and it is shown again when it comes back', async () => {
  const { dir } = unfinished();
  const { get, idOf, events } = await served([dir]);
  const id = await idOf('one');
  const page = await events();
  const known = await get(`/data/${id}/view.json`);
  renameSync(join(dir, 'one'), join(dir, '.away'));
  const gone = await page.until(
    ({ event, data }) => event === 'progress' && data.progress.standing === 'gone',
  );
  assert.match(gone.data.progress.problem, /not there any more/);
  const view = await get(`/data/${id}/view.json`);
  assert.equal(view.progress.standing, 'gone');
  assert.deepEqual(view.summary, known.summary);
  const [run] = (await get(`/data/${id}/runs.json`)).columns.run;
  assert.ok(run);
  renameSync(join(dir, '.away'), join(dir, 'one'));
  await page.until(
    ({ event, data, id }) =>
      event === 'progress' &&
      data.progress.standing === 'stopped' &&
      Number(id.split('-')[1]) > Number(gone.id.split('-')[1]),
  );
  rmSync(dir, { recursive: true });
  await page.until(
    ({ event, data, id }) =>
      event === 'progress' &&
      data.progress.standing === 'gone' &&
      Number(id.split('-')[1]) > Number(gone.id.split('-')[1]),
  );
  const { problems } = await get('/data/studies.json');
  assert.match(problems[0].problem, /no such/);
  page.close();
});

test('a result that is taken away is missing again', async () => {
  const { dir } = unfinished();
  const { get, idOf, events } = await served([dir]);
  const id = await idOf('one');
  const page = await events();
  const { runs } = (await get(`/data/${id}/view.json`)).summary;
  const [gone] = readdirSync(join(dir, 'one', 'runs'));
  rmSync(join(dir, 'one', 'runs', gone), { recursive: true });
  await page.until(({ event }) => event === 'view');
  assert.ok((await get(`/data/${id}/view.json`)).summary.runs.done < runs.done);
  page.close();
});
