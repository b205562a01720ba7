// A dragged slider writes the address within what browsers allow, and no move is lost.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAddress } from './address.ts';

function bar() {
  const at = { hash: '#/theory', now: 0, writes: [] as number[] };
  let later: { when: number; work(): void }[] = [];
  const address = createAddress({
    read: () => at.hash,
    write(hash) {
      at.writes.push(at.now);
      at.hash = hash;
    },
    now: () => at.now,
    later: (work, milliseconds) => void later.push({ when: at.now + milliseconds, work }),
  });
  const pass = (milliseconds: number) => {
    at.now += milliseconds;
    const due = later.filter(({ when }) => when <= at.now);
    later = later.filter(({ when }) => when > at.now);
    for (const { work } of due) work();
  };
  return { at, address, pass };
}

test('sixty moves a second for a minute: read at once, and at most 100 writes in any ten seconds', () => {
  const { at, address, pass } = bar();
  for (let i = 0; i < 3600; i++) {
    address.write(`#/theory?batch=${i}`);
    assert.equal(address.read(), `#/theory?batch=${i}`);
    pass(1000 / 60);
  }
  pass(1000);
  assert.equal(at.hash, '#/theory?batch=3599');
  for (const from of at.writes) {
    const near = at.writes.filter((when) => when >= from && when < from + 10_000).length;
    assert.ok(near < 100, `${near} writes in ten seconds`);
  }
  assert.ok(at.writes.length > 200);
});

test('a few moves are written at once', () => {
  const { at, address } = bar();
  address.write('#/theory?batch=2');
  assert.equal(at.hash, '#/theory?batch=2');
});

test('who has gone to another page stays there', () => {
  const { at, address, pass } = bar();
  for (let i = 0; i < 100; i++) address.write(`#/theory?batch=${i}`);
  assert.equal(address.read(), '#/theory?batch=99');
  at.hash = '#/argument';
  assert.equal(address.read(), '#/argument');
  pass(1000);
  assert.equal(at.hash, '#/argument');
});
