// Studies that somebody else has made: their files may hold anything.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { toJson } from '../files/atomic.ts';
import { reportedStudy, writeStudyDir } from '../report/study-dir.testing.ts';
import { sampleArm } from '../study/sample.testing.ts';
import { scratch, served } from './served.testing.ts';

const secret = 'not for strangers';
const small = (change = {}) => reportedStudy({ batchSizes: [1, 4], seeds: { tune: 0, fresh: 1 }, ...change });
const loss = () => ({ valLoss: 3 });

/** A folder of studies, beside it a file and a pool that were not given. */
function foreign() {
  const home = scratch();
  const dir = join(home, 'studies');
  mkdirSync(dir);
  writeFileSync(join(home, 'secret.json'), JSON.stringify({ step: 1, loss: 1, secret }));
  return { home, dir };
}

const study = (dir: string, name: string, value: unknown) => {
  mkdirSync(join(dir, name, 'runs'), { recursive: true });
  writeFileSync(join(dir, name, 'study.json'), typeof value === 'string' ? value : toJson(value));
};

test('a study that cannot be read is told in its line, and the others are shown', async () => {
  const { dir } = foreign();
  writeStudyDir(join(dir, 'good'), small({ name: 'good' }), loss);
  study(dir, 'garbage', '{"schema": 1, ');
  study(dir, 'deep', '['.repeat(200_000));
  study(dir, 'empty', '');
  study(dir, 'odd', small({ name: 'odd', optimizers: {} }));
  const many = Array.from({ length: 20_000 }, (_, i) => i + 1);
  study(dir, 'cells', small({ name: 'cells', batchSizes: many }));
  const axes = Object.fromEntries('abcdefgh'.split('').map((name) => [name, many.slice(0, 100)]));
  study(
    dir,
    'settings',
    small({ name: 'settings', optimizers: { sgd: { ...sampleArm('sgd', {}, 0.1), axes } } }),
  );
  study(dir, 'seeds', small({ name: 'seeds', seeds: { tune: 0, fresh: 1e9 } }));
  const { get, idOf, ask } = await served([dir]);
  const { studies } = await get('/data/studies.json');
  const by = (place: string) => studies.find((one: { place: string }) => one.place.endsWith(`/${place}`));
  assert.equal(by('good').standing, 'finished');
  for (const place of ['garbage', 'deep', 'empty']) {
    assert.equal(by(place).standing, 'damaged', place);
    assert.match(by(place).problem, /damaged/);
    assert.equal((await ask(`/data/${by(place).id}/view.json`)).status, 503);
  }
  assert.match(by('cells').problem, /40,000 cells, too many/);
  assert.match(by('settings').problem, /runs, too many/);
  assert.match(by('seeds').problem, /runs, too many/);
  assert.ok(await get(`/data/${await idOf('good')}/view.json`));
});

test('links lead nowhere: neither a run, nor a file of one, nor a pool outside of the given folders', async () => {
  const { home, dir } = foreign();
  writeStudyDir(join(dir, 'one'), small({ name: 'one' }), loss);
  const runs = join(dir, 'one', 'runs');
  const [metrics, log, folder, result] = readdirSync(runs);
  const swap = (path: string, to: string) => {
    rmSync(path, { force: true, recursive: true });
    symlinkSync(to, path);
  };
  swap(join(runs, metrics, 'attempt-1', 'metrics.jsonl'), join(home, 'secret.json'));
  swap(join(runs, log, 'attempt-1', 'log.txt'), join(home, 'secret.json'));
  renameSync(join(runs, folder, 'attempt-1'), join(home, 'attempt'));
  swap(join(runs, folder, 'attempt-1'), join(home, 'attempt'));
  writeStudyDir(join(dir, 'pooled'), small({ name: 'pooled' }), loss);
  renameSync(join(dir, 'pooled', 'runs'), join(home, 'pool'));
  symlinkSync(join(home, 'pool'), join(dir, 'pooled', 'runs'));
  symlinkSync(join(home, 'pool'), join(dir, 'linked'));
  const first = await served([dir]);
  const id = await first.idOf('one');
  for (const run of [metrics, log, folder])
    for (const kind of ['runs', 'metrics']) {
      const { text, status } = await first.ask(`/data/${id}/${kind}/${run}.json`);
      assert.ok([200, 400].includes(status), `${kind} ${status} ${text.slice(0, 200)}`);
      assert.doesNotMatch(text, new RegExp(secret));
    }
  const { studies } = await first.get('/data/studies.json');
  assert.equal(studies.length, 2);
  const pooled = studies.find(({ place }: { place: string }) => place.endsWith('/pooled'));
  assert.match(pooled.problem, /pool outside of the given folders/);
  // The pool may be given as well.
  const both = await served([dir, join(home, 'pool')]);
  assert.ok(await both.get(`/data/${pooled.id}/view.json`));
  // A result behind a link is no result, and whoever made it is told.
  swap(join(runs, result, 'result.json'), join(home, 'secret.json'));
  const again = await served([dir]);
  const { studies: now } = await again.get('/data/studies.json');
  assert.match(now.find((one: { id: string }) => one.id === id).problem, /is a link/);
});

test('a command in a study is run only by who agreed to that at the command line', async () => {
  const { dir } = foreign();
  const touched = join(dir, 'touched');
  const trainer = {
    ...{ command: ['touch', touched], names: {}, version: { text: '1' } },
    metrics: { value: 'valLoss', loss: 'loss', step: 'step', tokens: 'tokens' },
    ...{ digest: 'a', paired: false, folder: dir, grace: 1 },
  };
  const script = small({
    name: 'script',
    trainer,
    data: undefined,
    models: { script: { seqLen: 1, per: 'token' } },
  });
  study(dir, 'script', script);
  const server = await served([dir]);
  const id = await server.idOf('script');
  const { command } = (await server.get(`/data/${id}/view.json`)).setup;
  assert.deepEqual(command, ['touch', touched]);
  for (const [name, body] of [
    ['resume', { study: id }],
    ['extend', { study: id, fresh: 5 }],
  ] as const) {
    const { status, json } = await server.act(name, body);
    assert.equal(status, 400, name);
    assert.match(json().error, /runs a command of its own.*--allow-commands/);
  }
  const fields = { name: 'mine', tokens: 4096, batchSizes: [1, 4], optimizers: { sgd: {}, adam: {} } };
  for (const [change, why] of [
    [{ trainer: { command: ['touch', touched] } }, /^trainer: it names a command/],
    [{ data: { corpus: '/etc/passwd' } }, /^data\.corpus: a path would be read/],
    [{ data: { tokenizer: '/etc/passwd' } }, /^data\.tokenizer: it names a file/],
    [{ launcher: 'slurm' }, /^launcher: it submits work/],
    [{ name: '../../out' }, /name/],
  ] as const) {
    const { status, json } = await server.act('start', { place: 0, study: { ...fields, ...change } });
    assert.equal(status, 400, JSON.stringify(change));
    assert.match(json().error, why);
  }
  for (const set of [{ 'data.corpus': '/etc/passwd' }, { 'x\ny': 1 }, { '': 1 }])
    assert.equal((await server.act('start', { place: 0, preset: 'smoke', set })).status, 400);
  for (const preset of ['../secret', '/etc/passwd', './x.yaml'])
    assert.match((await server.act('start', { place: 0, preset })).json().error, /there is no preset/);
  for (const place of [1, 1e6])
    assert.equal((await server.act('start', { place, preset: 'smoke' })).status, 400);
  assert.ok(!existsSync(touched));
  assert.deepEqual(readdirSync(dir), ['script']);
});

test('imported runs can be gone on with where a script does so', async () => {
  const { dir } = foreign();
  const trainer = {
    ...{ command: ['imported'], names: {}, version: { text: '1' } },
    metrics: { value: 'valLoss', loss: 'loss', step: 'step', tokens: 'tokens' },
    ...{ digest: 'a', paired: false, folder: dir, grace: 1 },
  };
  const imported = { ...{ source: 'runs.csv', kind: 'csv' }, mapping: {}, runs: [], left: [] };
  const models = { script: { seqLen: 1, per: 'token' } };
  const common = { trainer, models, data: undefined };
  study(dir, 'alone', small({ name: 'alone', ...common, imported }));
  const goesOn = {
    ...common,
    trainer: { ...trainer, command: ['train'] },
    imported: { ...imported, trainer },
  };
  study(dir, 'more', small({ name: 'more', ...goesOn }));
  const launch = [process.execPath, '-e', ''];
  const server = await served([dir], { allowCommands: true, launch });
  const [alone, more] = [await server.idOf('alone'), await server.idOf('more')];
  for (const [name, body] of [
    ['resume', { study: alone }],
    ['extend', { study: alone, fresh: 5 }],
  ] as const)
    assert.match((await server.act(name, body)).json().error, /its runs were imported/, name);
  const { command } = (await server.get(`/data/${more}/view.json`)).setup;
  assert.deepEqual(command, ['train']);
  const extended = await server.act('extend', { study: more, fresh: 5 });
  assert.equal(extended.status, 200, extended.text);
  assert.equal((await server.get(`/data/${more}/view.json`)).setup.seeds.fresh, 5);
  const shy = await served([dir], { launch });
  assert.match((await shy.act('resume', { study: more })).json().error, /a command of its own/);
});

test('hostile names and hostile lines are data', async () => {
  const { dir } = foreign();
  const place = '<img src=x onerror=alert(1)> "x"; rm -rf ~';
  const optimizers = { __proto__x: sampleArm('adam', {}, 0.001), '<b>sgd</b>': sampleArm('sgd', {}, 0.1) };
  const arms = { baseline: '__proto__x', challenger: '<b>sgd</b>' };
  writeStudyDir(join(dir, place), small({ name: '<i>', optimizers, ...arms }), loss);
  const server = await served([dir]);
  const { studies } = await server.get('/data/studies.json');
  assert.match(studies[0].id, /^[a-z0-9-]+$/);
  const [run] = readdirSync(join(dir, place, 'runs'));
  const file = join(dir, place, 'runs', run, 'attempt-1', 'metrics.jsonl');
  const lines = [
    '{"step":1,"loss":2}',
    '{"step":2,"__proto__":3,"constructor":4,"loss":"<b>","tokens":1e999}',
    'not JSON',
    '{"step":"3"}',
    '[1]',
    'null',
    `{"step":3,"clippedLayers":{"__proto__":0.5},"clippedKinds":[1,2]}`,
    `{"step":4,${Array.from({ length: 1000 }, (_, i) => `"x${i}":${i}`).join(',')}}`,
  ];
  writeFileSync(file, `${lines.join('\n')}\n{"step":5`);
  const text = (await server.ask(`/data/${studies[0].id}/metrics/${run}.json`)).text;
  const metrics = JSON.parse(text);
  assert.deepEqual(metrics.step, [1, 2, 3, 4]);
  assert.deepEqual(metrics.columns.loss, [2, null, null, null]);
  assert.deepEqual(metrics.columns.tokens, [null, null, null, null]);
  assert.ok(Object.hasOwn(metrics.clippedLayers, '__proto__'));
  assert.ok(Object.keys(metrics.columns).length <= 200);
  assert.match(metrics.damage, /cannot be read/);
});
