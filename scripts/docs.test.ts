// The documentation: its shell blocks are marked in a way the tests understand,
// its links inside the repository lead somewhere.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { test } from 'node:test';
import { documents, shellBlocks } from './docs.ts';

const fence = '```';

test('blocks, skips and replacements are read', () => {
  const text = [
    'Text',
    '<!-- test: skip takes an hour -->',
    `${fence}sh`,
    'gaplab study paper',
    fence,
    '<!-- test: replace quick => smoke -->',
    '',
    `${fence}sh`,
    'gaplab study quick \\',
    '  --out x',
    fence,
    `${fence}ts`,
    'x',
    fence,
  ].join('\n');
  assert.deepEqual(shellBlocks('a.md', text), [
    { file: 'a.md', line: 3, script: 'gaplab study paper', skip: 'takes an hour' },
    { file: 'a.md', line: 8, script: 'gaplab study smoke \\\n  --out x' },
  ]);
});

test('marks that would silently do nothing are errors', () => {
  const block = (mark: string, language = 'sh') =>
    `<!-- test: ${mark} -->\n${fence}${language}\nls\n${fence}`;
  assert.throws(() => shellBlocks('a.md', block('skip')), /neither/);
  assert.throws(() => shellBlocks('a.md', block('replace x => y')), /not in the block/);
  assert.throws(() => shellBlocks('a.md', block('skip why', 'ts')), /not shell/);
  assert.throws(
    () => shellBlocks('a.md', `<!-- test: skip why -->\ntext\n${fence}sh\nls\n${fence}`),
    /right before/,
  );
});

/** The names by which headings are linked to, as GitHub makes them. */
const headingsOf = (page: string) =>
  [...page.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );

for (const { file, text } of documents()) {
  test(`${file}: shell blocks are marked well`, () => {
    shellBlocks(file, text);
  });
  test(`${file}: links inside the repository lead to files`, () => {
    const root = resolve(import.meta.dirname, '..');
    const prose = text.replace(/^```[\s\S]*?^```/gm, '');
    for (const [, target] of prose.matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)/g))
      assert.ok(
        existsSync(resolve(root, dirname(file), target)),
        `${file} links to ${target}, which does not exist`,
      );
  });
  test(`${file}: links to headings lead to them`, () => {
    const root = resolve(import.meta.dirname, '..');
    const prose = text.replace(/^```[\s\S]*?^```/gm, '');
    for (const [, target, heading] of prose.matchAll(/\]\((?!https?:|mailto:)([^)#\s]*\.md|)#([^)\s]+)\)/g)) {
      const page = target === '' ? text : readFileSync(resolve(root, dirname(file), target), 'utf8');
      assert.ok(
        headingsOf(page).includes(heading),
        `${file} links to ${target}#${heading}, which is no heading there`,
      );
    }
  });
}
