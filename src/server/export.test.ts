// The dashboard as files: they hold what the server would answer, and only files of its own go.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { reportedStudy, writeStudyDir } from '../report/study-dir.testing.ts';
import { exportStudies } from './serve.ts';
import { scratch, served } from './served.testing.ts';

test('every answer of the server is a file, and what is no more part of it goes', async () => {
  const [dir, pages, out] = [scratch(), scratch(), join(scratch(), 'site')];
  writeFileSync(join(pages, 'index.html'), '<!doctype html>');
  for (const name of ['one', 'two'])
    writeStudyDir(join(dir, name), reportedStudy({ name, batchSizes: [1, 4] }), () => ({ valLoss: 3 }));
  const signal = new AbortController().signal;
  const site = () => exportStudies({ dirs: [dir], pages, version: 'test' }, out, signal);
  const { studies, files } = await site();
  assert.equal(studies, 2);
  const { get, idOf } = await served([dir]);
  const [id, other] = [await idOf('one'), await idOf('two')];
  const { run: runs } = (await get(`/data/${id}/runs.json`)).columns;
  const names = ['view', ...runs.flatMap((run: string) => [`runs/${run}`, `metrics/${run}`])];
  for (const name of names) {
    const path = `data/${id}/${name}.json`;
    assert.deepEqual(JSON.parse(readFileSync(join(out, path), 'utf8')), await get(`/${path}`), path);
  }
  const meta = JSON.parse(readFileSync(join(out, 'data/meta.json'), 'utf8'));
  assert.deepEqual(meta, { version: 'test', live: false, readOnly: true });

  rmSync(join(dir, 'two'), { recursive: true });
  mkdirSync(join(out, 'data', other, 'mine'));
  const mine = join(out, 'data', other, 'mine', 'notes.txt');
  writeFileSync(mine, 'mine');
  assert.ok((await site()).files < files);
  assert.throws(() => readFileSync(join(out, 'data', other, 'view.json')), /ENOENT/);
  assert.equal(readFileSync(mine, 'utf8'), 'mine');
});
