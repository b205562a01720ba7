import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UserError } from './errors.ts';
import { line, shortened, shown, visible } from './shown.ts';

test('what a reader would not see, or a terminal would obey, is written out', () => {
  assert.equal(visible('a\nb\r\tc'), 'a\\nb\\r\\tc');
  assert.equal(visible('\x1b[2J\x07\x7f\x9b'), '\\x1b[2J\\x07\\x7f\\x9b');
  assert.equal(visible('\u202egnp.exe \u200b\ufeff\u2028'), '\\u202egnp.exe \\u200b\\ufeff\\u2028');
  assert.equal(visible('\ud800x \u{e0041}'), '\\ud800x \\u{e0041}');
  assert.equal(visible('α=1, 中文, é, 🙂 C:\\x'), 'α=1, 中文, é, 🙂 C:\\x');
});

test('long text keeps its beginning and its end', () => {
  assert.equal(shortened('abcdefghij', 10), 'abcdefghij');
  assert.equal(shortened('abcdefghijk', 10), 'abcdef…ijk');
  // No half of a character is left at a cut.
  assert.equal(shortened('🙂'.repeat(9), 10), `${'🙂'.repeat(3)}…🙂`);
  const long = shown(`${'\x1b'.repeat(5000)}/end`, 50);
  assert.ok(long.length <= 50, long);
  assert.match(long, /^\\x1b.*….*\/end$/);
});

test('a message is one line of bounded length, whatever it quotes', () => {
  assert.equal(line('one\n   two \x1b[1m'), 'one two \\x1b[1m');
  const word = line(`field: unknown name ${'x'.repeat(5000)}; did you mean "adam"?`);
  assert.match(word, /^field: unknown name x+…x+; did you mean "adam"\?$/);
  assert.ok(word.length < 200, word);
  const words = line(`field: unknown name "${'some words '.repeat(500)}"; did you mean "adam"?`);
  assert.match(words, /^field: unknown name "some .*….*"; did you mean "adam"\?$/);
  assert.ok(words.length < 200, words);
  assert.ok(line('some words '.repeat(1e6)).length <= 1000);
  assert.equal(new UserError('a\nb\x07').message, 'a b\\x07');
});
