// A thing that is fetched: one fetch at a time, what was known stays when one fails,
// and listeners hear of both.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Resource } from './resource.ts';

test('a fetch gets what is known, and tells those who watch', async () => {
  const one = new Resource<number>(async (before = 0) => before + 1);
  const heard: unknown[] = [];
  const stop = one.watch(() => heard.push(one.now.value));
  assert.equal(one.watched, true);
  await one.refresh();
  await one.refresh();
  one.set(10);
  stop();
  await one.refresh();
  assert.equal(one.watched, false);
  assert.deepEqual(heard, [1, 2, 10]);
  assert.equal(one.now.value, 11);
});

test('however often it is asked for during a fetch, one more follows', async () => {
  let asked = 0;
  const answers: (() => void)[] = [];
  const one = new Resource<number>(() => {
    const now = ++asked;
    return new Promise((done) => answers.push(() => done(now)));
  });
  const all = [one.refresh(), one.refresh(), one.refresh()];
  assert.equal(asked, 1);
  answers[0]();
  await new Promise(setImmediate);
  assert.equal(asked, 2);
  answers[1]();
  await Promise.all(all);
  assert.equal(asked, 2);
  assert.equal(one.now.value, 2);
});

test('a fetch that fails leaves what was known, and the next one can go well', async () => {
  const answers = [() => 1, () => assert.fail('the server does not answer'), () => 3];
  const one = new Resource<number>(async () => answers.shift()!());
  await one.refresh();
  await one.refresh();
  assert.deepEqual(one.now, { value: 1, error: 'the server does not answer' });
  await one.refresh();
  assert.deepEqual(one.now, { value: 3 });
});
