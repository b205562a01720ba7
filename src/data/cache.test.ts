// What the cache holds is checked byte by byte, private to its owner, and never somebody else's.
import assert from 'node:assert/strict';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, test } from 'node:test';
import { UserError } from '../core/errors.ts';
import { createRng } from '../core/rng.ts';
import { openCorpus } from './corpus.ts';
import { inspectData } from './inspect.ts';
import { checkedJson } from './manifest.ts';
import { prepareData } from './prepare.ts';
import { openData, openFolder } from './prepared.ts';

const root = mkdtempSync(join(tmpdir(), 'gaplab-cache-'));
after(() => rmSync(root, { recursive: true }));
const folder = join(root, 'addresses');
mkdirSync(folder);
const address = readFileSync(openCorpus('sotu').files[0].path, 'utf8');
writeFileSync(join(folder, 'a.txt'), address.slice(0, 3000));
writeFileSync(join(folder, 'b.txt'), address.slice(3000, 5000));
let cacheDir: string;
let n = 0;
beforeEach(() => {
  cacheDir = join(root, `cache${n++}`);
});
const posix = { skip: process.platform === 'win32' };
const root0 = { skip: process.getuid?.() !== 0 };

async function prepare() {
  const warnings: string[] = [];
  const onWarning = (line: string) => void warnings.push(line);
  const data = await prepareData({ corpus: folder, vocabSize: 270, cacheDir, onWarning });
  data.close();
  return { ...data, warnings };
}
const userError = (pattern: RegExp) => (e: Error) => {
  assert.ok(e instanceof UserError, `${e.stack}`);
  assert.match(e.message, pattern);
  assert.ok(!e.message.includes('\n'));
  return true;
};

test('damage to any file is told, refused when opened, and built anew', async () => {
  const { fingerprint, dir } = await prepare();
  const at = (name: string) => join(dir, name);
  const damage: [RegExp, () => void][] = [
    [/train\.bin has 100 bytes, not \d+/, () => truncateSync(at('train.bin'), 100)],
    [/no manifest\.json/, () => rmSync(at('manifest.json'))],
    [/train\.bin cannot be read: no such file/, () => rmSync(at('train.bin'))],
    [/documents\.jsonl cannot be read: no such file/, () => rmSync(at('documents.jsonl'))],
    [/no manifest\.json/, () => rmSync(dir, { recursive: true })],
    [/manifest\.json is damaged/, () => writeFileSync(at('manifest.json'), 'null')],
    [
      /manifest\.json is damaged/,
      () => writeFileSync(at('manifest.json'), `${readFileSync(at('manifest.json'))} `),
    ],
    [/an earlier version/, () => writeFileSync(at('manifest.json'), '{"schema": 1}')],
    [/validation\.bin cannot be read: it is a link/, () => asLink(at('validation.bin'))],
    [/tokenizer\.json cannot be read: it is a link/, () => asLink(at('tokenizer.json'))],
    [/manifest\.json: it is a link/, () => asLink(at('manifest.json'))],
    [/it is a link or a file/, () => asLink(dir)],
    // Sound in itself, but not what its name promises.
    [/does not fit its fingerprint/, () => edit(at('manifest.json'), { fingerprint: 'a'.repeat(64) })],
    [/train\.bin has \d+ bytes/, () => edit(at('manifest.json'), { vocabSize: 269, tokenType: 'uint32' })],
  ];
  for (const [reason, spoil] of damage) {
    spoil();
    await assert.rejects(openData(fingerprint, cacheDir), userError(reason));
    const again = await prepare();
    assert.equal(again.fingerprint, fingerprint);
    assert.match(again.warnings.join(), reason);
    assert.deepEqual((await prepare()).warnings, []);
    (await openData(fingerprint, cacheDir)).close();
  }
});

function asLink(path: string): void {
  rmSync(`${path}.away`, { recursive: true, force: true });
  renameSync(path, `${path}.away`);
  symlinkSync(`${path}.away`, path);
}

function edit(path: string, change: object): void {
  const { check: _, ...content } = JSON.parse(readFileSync(path, 'utf8'));
  writeFileSync(path, checkedJson({ ...content, ...change }));
}

test('every flipped bit, cut or lost file is told, and nothing changes', async () => {
  const { fingerprint, dir } = await prepare();
  const sound = await openFolder(dir);
  const expected = inspectData(sound);
  sound.close();
  const rng = createRng(14, 'damage');
  // Both notes hold the same, and each is looked at when the other does not help.
  const notes = readdirSync(join(cacheDir, 'keys')).map((name) => join(cacheDir, 'keys', name));
  assert.equal(notes.length, 2);
  const targets = [...readdirSync(dir).map((name) => [join(dir, name)]), notes];
  assert.equal(targets.length, 6);
  for (const paths of targets) {
    const bytes = readFileSync(paths[0]);
    const mutations: Buffer[] = Array.from({ length: 6 }, () => {
      const changed = Buffer.from(bytes);
      changed[rng.below(bytes.length)] ^= 1 << rng.below(8);
      return changed;
    });
    for (let i = 0; i < 2; i++) mutations.push(bytes.subarray(0, rng.below(bytes.length)));
    mutations.push(bytes.subarray(0, -1), Buffer.concat([bytes, Buffer.from('\n')]), Buffer.alloc(0));
    for (const content of mutations) {
      for (const path of paths) writeFileSync(path, content);
      if (paths !== notes) await assert.rejects(openFolder(dir), userError(/is no sound prepared data: /));
      const { warnings, fingerprint: again } = await prepare();
      assert.equal(again, fingerprint);
      assert.equal(warnings.length, paths.length, warnings.join());
      for (const line of warnings) assert.match(line, / is damaged .* and is built anew$/);
      for (const path of paths) assert.ok(readFileSync(path).equals(bytes));
    }
  }
  const data = await openFolder(dir);
  assert.deepEqual(inspectData(data), expected);
  data.close();
});

test('a note of a corpus that is damaged is told', async () => {
  const { fingerprint } = await prepare();
  for (const name of readdirSync(join(cacheDir, 'keys'))) writeFileSync(join(cacheDir, 'keys', name), '{}');
  const again = await prepare();
  assert.equal(again.fingerprint, fingerprint);
  assert.match(again.warnings[0], /keys\/[0-9a-f]{64}\.json: it has changed\) and is built anew/);
  assert.deepEqual((await prepare()).warnings, []);
});

test('folders and files are their owner’s alone', posix, async () => {
  const before = process.umask(0);
  try {
    const { dir } = await prepare();
    const mode = (path: string) => statSync(path).mode & 0o777;
    for (const path of [cacheDir, dir, ...['data', 'keys', 'tmp'].map((name) => join(cacheDir, name))])
      assert.equal(mode(path), 0o700, path);
    for (const name of readdirSync(dir)) assert.equal(mode(join(dir, name)), 0o600, name);
    for (const name of readdirSync(join(cacheDir, 'keys')))
      assert.equal(mode(join(cacheDir, 'keys', name)), 0o600);
    // What an earlier version left open to others is closed.
    chmodSync(join(cacheDir, 'data'), 0o777);
    await prepare();
    assert.equal(mode(join(cacheDir, 'data')), 0o700);
  } finally {
    process.umask(before);
  }
});

test('links in the cache are not followed', posix, async () => {
  const elsewhere = join(root, 'elsewhere');
  for (const name of ['data', 'keys', 'tmp']) {
    rmSync(elsewhere, { recursive: true, force: true });
    mkdirSync(elsewhere);
    mkdirSync(cacheDir, { recursive: true });
    symlinkSync(elsewhere, join(cacheDir, name));
    await assert.rejects(prepare(), userError(/a link in the place of its folder .*: remove it, or choose/));
    assert.deepEqual(readdirSync(elsewhere), []);
    rmSync(cacheDir, { recursive: true });
  }
  // A note that is a link is replaced, and what it leads to is left alone.
  await prepare();
  const target = join(root, 'target.txt');
  writeFileSync(target, 'mine');
  for (const name of readdirSync(join(cacheDir, 'keys'))) {
    rmSync(join(cacheDir, 'keys', name));
    symlinkSync(target, join(cacheDir, 'keys', name));
  }
  await prepare();
  assert.equal(readFileSync(target, 'utf8'), 'mine');
  assert.deepEqual((await prepare()).warnings, []);
});

test('a cache of somebody else is refused', root0, async () => {
  await prepare();
  for (const name of ['data', 'keys', 'tmp']) {
    chownSync(join(cacheDir, name), 65534, 65534);
    await assert.rejects(
      prepare(),
      userError(/belongs to another user \(uid 65534\), who could change .*--cache/),
    );
    await assert.rejects(openData('0'.repeat(64), cacheDir), userError(/belongs to another user/));
    chownSync(join(cacheDir, name), 0, 0);
  }
  assert.ok(existsSync(join(cacheDir, 'data')));
});
