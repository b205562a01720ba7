import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { reportedStudy, writeStudyDir } from '../report/study-dir.testing.ts';
import { nameIn, namesOf } from './guards.ts';
import { scratch, served } from './served.testing.ts';

const markup = '<script>alert(1)</script><img src=x onerror=alert(1)>';
const home = scratch();
const secret = 'not for strangers';
writeFileSync(join(home, 'secret.txt'), secret);
const dir = join(home, 'studies');
const title = `Adam ${markup}`;
writeStudyDir(join(dir, 'one'), reportedStudy({ name: 'one', title, batchSizes: [1, 4] }), () => ({
  valLoss: 3,
}));
const server = await served([dir]);
const { ask } = server;
const own = `127.0.0.1:${server.port}`;
const id = await server.idOf('one');
const post = { method: 'POST', headers: { 'content-type': 'application/json' }, body: `{"study":"${id}"}` };

test('a name that is not the server’s is refused, whatever is asked for', async () => {
  for (const host of ['evil.example', `evil.example:${server.port}`, '127.0.0.1.evil.example', 'a@127.0.0.1'])
    for (const path of ['/', '/data/studies.json', '/events', `/data/${id}/view.json`]) {
      const { status, text } = await ask(path, { headers: { host } });
      assert.ok([400, 421].includes(status), `${host} ${path} ${status}`);
      assert.doesNotMatch(text, /Adam/);
    }
  const acted = await ask('/actions/pause', { ...post, headers: { ...post.headers, host: 'evil.example' } });
  assert.equal(acted.status, 421);
  // A tunnel has another port, and localhost is this computer by any of its names.
  for (const host of ['localhost', 'localhost:9999', '127.0.0.1', '[::1]:80'])
    assert.equal((await ask('/data/meta.json', { headers: { host } })).status, 200, host);
});

test('the page of another origin can neither act nor read', async () => {
  const from = (origin: string) => ask('/actions/pause', { ...post, headers: { ...post.headers, origin } });
  for (const origin of [
    'http://evil.example',
    'null',
    `http://127.0.0.1:${server.port + 1}`,
    'file://',
    'x',
  ]) {
    const { status, headers } = await from(origin);
    assert.equal(status, 403, origin);
    assert.equal(headers['access-control-allow-origin'], undefined);
  }
  // From its own page it is heard, and refused for another reason.
  const heard = await from(`http://${own}`);
  assert.equal(heard.status, 400);
  assert.match(heard.json().error, /nobody works on it/);
  const script = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' };
  assert.equal((await ask('/data/studies.json', { headers: script })).status, 403);
  const link = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' };
  assert.equal((await ask('/', { headers: link })).status, 200);
  // What another site can send without asking first is no action.
  const form = { ...post, headers: { 'content-type': 'text/plain' } };
  assert.equal((await ask('/actions/pause', form)).status, 415);
});

test('no address leads to a file that was not meant', async () => {
  const run = (await server.get(`/data/${id}/runs.json`)).columns.run[0];
  for (const path of [
    '/../secret.txt',
    '/../../secret.txt',
    '/assets/../../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2f..%2fsecret.txt',
    '//secret.txt',
    '/.gaplab-sources.json',
    `/data/../../secret.txt`,
    `/data/${id}/../../../secret.txt`,
    `/data/${id}/study.json`,
    `/data/one/view.json`,
    `/data/..%2fone/view.json`,
    `/data/${encodeURIComponent(join(dir, 'one'))}/view.json`,
    `/data/${id}/runs/..%2f..%2fstudy.json`,
    `/data/${id}/runs/../../study.json`,
    `/data/${id}/runs/${run}%2fresult.json`,
    `/data/${id}/metrics/${run}%2f..%2f..%2f..%2fsecret.txt`,
    `/data/${id}/metrics/0000000000000000.json`,
    `/data/constructor/view.json`,
    `/data/__proto__/view.json`,
    '/%',
    '/%c0%ae%c0%ae/secret.txt',
    '/data/%00/view.json',
  ]) {
    const { status, text } = await ask(path);
    assert.ok([400, 404].includes(status), `${path} ${status}`);
    assert.doesNotMatch(text, new RegExp(secret));
  }
});

test('what is too large or makes no sense is refused, and the server goes on', async () => {
  const large = await ask('/actions/pause', {
    ...post,
    body: JSON.stringify({ study: 'x'.repeat(1 << 20) }),
  });
  assert.equal(large.status, 413);
  assert.equal((await ask('/data/meta.json', { headers: { x: 'y'.repeat(1 << 15) } })).status, 431);
  for (const [body, status] of [
    ['{', 400],
    ['', 400],
    ['null', 400],
    ['[]', 400],
    ['{"study":1}', 400],
    [`{"study":"${id}","more":1}`, 400],
    ['{"__proto__":{"study":"x"}}', 400],
    [`${'['.repeat(10000)}${']'.repeat(10000)}`, 400],
  ] as const) {
    const answer = await ask('/actions/resume', { ...post, body });
    assert.equal(answer.status, status, body.slice(0, 40));
    assert.ok(answer.json().error);
  }
  for (const name of ['delete', 'constructor', '__proto__'])
    assert.equal((await ask(`/actions/${name}`, post)).status, 404);
  for (const method of ['PUT', 'DELETE', 'OPTIONS', 'PATCH', 'TRACE'])
    assert.equal((await ask('/data/meta.json', { method })).status, 405, method);
  for (const cursor of ['%00', 'a.b', '-1', '1.99999999999999999999.', '9'.repeat(2000)]) {
    const run = (await server.get(`/data/${id}/runs.json`)).columns.run[0];
    assert.equal((await server.get(`/data/${id}/metrics/${run}.json?from=${cursor}`)).whole, true);
    assert.equal((await server.get(`/data/${id}/runs.json?after=${cursor}`)).whole, true);
  }
  assert.equal((await ask('/data/meta.json')).status, 200);
});

test('markup stays text: every answer says what it is, and a page may load nothing else', async () => {
  const { headers, text, json } = await ask('/data/studies.json');
  assert.match(headers['content-type']!, /^application\/json/);
  assert.equal(json().studies[0].title, title);
  assert.ok(text.includes('<script>'));
  for (const path of ['/', '/data/studies.json', '/nothing', '/assets/index-abcdefgh.js']) {
    const { headers } = await ask(path);
    assert.equal(headers['x-content-type-options'], 'nosniff', path);
    const policy = headers['content-security-policy'] as string;
    assert.match(policy, /default-src 'none'/);
    assert.doesNotMatch(/script-src[^;]*/.exec(policy)![0], /unsafe-inline|'unsafe-eval'|\*|https?:/);
    assert.match(policy, /frame-ancestors 'none'/);
  }
  const wrong = await ask(`/data/${encodeURIComponent(markup)}/view.json`);
  assert.match(wrong.headers['content-type']!, /^application\/json/);
});

test('elsewhere than on this computer a token is asked for', async () => {
  const open = await served([dir], { token: true });
  assert.match(open.url, /\?token=[0-9a-f]{32}$/);
  for (const path of ['/', '/data/studies.json', '/events', '/?token=x', `/?token=${'0'.repeat(32)}`])
    assert.equal((await open.ask(path)).status, 401, path);
  const first = await open.ask(`/?token=${open.token}`);
  assert.equal(first.status, 303);
  assert.equal(first.headers.location, '/');
  const [cookie] = first.headers['set-cookie']!;
  assert.match(cookie, /HttpOnly/i);
  assert.match(cookie, /SameSite=Strict/i);
  const told = { cookie: cookie.split(';')[0] };
  assert.equal((await open.ask('/data/studies.json', { headers: told })).status, 200);
  const bearer = { authorization: `Bearer ${open.token}` };
  assert.equal((await open.ask('/data/studies.json', { headers: bearer })).status, 200);
  const wide = await served([dir], { host: '0.0.0.0' });
  assert.ok(wide.token);
  assert.equal((await wide.ask('/data/studies.json')).status, 401);
});

test('a server that only shows refuses every action', async () => {
  const shows = await served([dir], { readOnly: true });
  assert.deepEqual(await shows.get('/data/meta.json'), { version: 'test', live: true, readOnly: true });
  for (const name of ['start', 'pause', 'resume', 'extend', 'stop'])
    assert.equal((await shows.act(name, { study: id })).status, 403, name);
});

test('names are those of this computer, without ports and paths', () => {
  assert.equal(nameIn('localhost:80'), 'localhost');
  assert.equal(nameIn('[::1]:80'), '::1');
  for (const odd of [undefined, '', 'a b', 'x/y', 'u:p@localhost', 'localhost:x'])
    assert.equal(nameIn(odd), undefined);
  assert.deepEqual([...namesOf('127.0.0.1')], ['localhost', '127.0.0.1', '::1']);
  assert.ok(!namesOf('0.0.0.0').has('0.0.0.0'));
  assert.ok(namesOf('box.example').has('box.example'));
});
