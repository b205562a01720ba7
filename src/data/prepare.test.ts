// Preparing data end to end: the same text gives the same data everywhere, once; damage and rivals in the cache do no harm.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, test } from 'node:test';
import { UserError } from '../core/errors.ts';
import { openCorpus } from './corpus.ts';
import type { DocumentEntry } from './encode.ts';
import { type PrepareOptions, prepareData } from './prepare.ts';
import { openData, type PreparedData } from './prepared.ts';
import type { TokenShard } from './shards.ts';
import { readDocuments, surveyCorpus } from './survey.ts';

const root = mkdtempSync(join(tmpdir(), 'gaplab-prepare-'));
after(() => rmSync(root, { recursive: true }));
let cacheDir: string;
let n = 0;
beforeEach(() => {
  cacheDir = join(root, `cache${n++}`);
});

// 24 addresses of the default corpus: a folder of documents.
const folder = join(root, 'addresses');
mkdirSync(folder);
for (const { path, name } of openCorpus('sotu').files.slice(0, 24)) cpSync(path, join(folder, name));

const all = (shard: TokenShard) => {
  const out = new Int32Array(shard.length);
  shard.read(0, out);
  return out;
};
/** Prepares, closes at once, and says whether the corpus was read and what was warned of. */
async function prepare(options: Partial<PrepareOptions> = {}) {
  const warnings: string[] = [];
  const data = await prepareData({
    corpus: folder,
    vocabSize: 400,
    cacheDir,
    onWarning: (m) => warnings.push(m),
    ...options,
  });
  data.close();
  return { ...data, warnings };
}
const userError = (pattern: RegExp) => (e: Error) => {
  assert.ok(e instanceof UserError, `${e.name}: ${e.message}`);
  assert.match(e.message, pattern);
  assert.ok(!e.message.includes('\n'));
  return true;
};
const content = (data: PreparedData) =>
  Object.fromEntries(readdirSync(data.dir).map((f) => [f, readFileSync(join(data.dir, f), 'utf8')]));

test('shards hold every document, whole, each in one split, each followed by its end', async () => {
  const data = await prepareData({ corpus: folder, vocabSize: 400, cacheDir });
  const tokenizer = data.tokenizer();
  const entries: DocumentEntry[] = readFileSync(join(data.dir, 'documents.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((l) => JSON.parse(l));
  const corpus = openCorpus(folder);
  const documents = await Array.fromAsync(readDocuments(corpus, await surveyCorpus(corpus, async () => {})));
  assert.deepEqual(
    entries.map((e) => e.name),
    documents.map((d) => d.name),
  );
  const ids = { train: all(data.train), validation: all(data.validation) };
  const seen = { train: 0, validation: 0 };
  const bytes = { train: 0, validation: 0 };
  entries.forEach(({ split, start, tokens, bytes: size }, i) => {
    const own = ids[split].subarray(start, start + tokens);
    assert.equal(start, seen[split]);
    assert.equal(own.at(-1), 0);
    assert.equal(tokenizer.decode(own.subarray(0, -1)), documents[i].text);
    assert.equal(size, Buffer.byteLength(documents[i].text));
    seen[split] += tokens;
    bytes[split] += size;
  });
  assert.deepEqual(seen, { train: data.train.length, validation: data.validation.length });
  assert.deepEqual(bytes, { train: data.trainBytes, validation: data.validationBytes });
  assert.deepEqual(data.documents, { train: 23, validation: 1 });
  assert.equal(data.bytesPerToken, data.validationBytes / data.validation.length);
  // Ends of documents are tokens without bytes.
  assert.deepEqual(
    [data.bytesIn!(ids.train), data.bytesIn!(ids.validation)],
    [bytes.train, bytes.validation],
  );
  assert.throws(() => data.bytesIn!([400]), RangeError);
  assert.deepEqual([data.corpus, data.vocabSize, tokenizer.vocabSize], ['addresses', 400, 400]);
  data.close();
});

test('the fingerprint is that of the text: not of place, name, time or locale', async () => {
  const first = await prepare();
  const copy = join(root, 'elsewhere', 'copy');
  cpSync(folder, copy, { recursive: true });
  for (const f of readdirSync(copy)) utimesSync(join(copy, f), 1e9, 1e9);
  const other = await prepare({ corpus: copy, cacheDir: join(root, 'cache-other') });
  assert.equal(other.fingerprint, first.fingerprint);
  assert.deepEqual({ ...content(other), 'manifest.json': '' }, { ...content(first), 'manifest.json': '' });
  assert.ok(!JSON.stringify(content(first)).includes(root));
  assert.notEqual((await prepare({ vocabSize: 401 })).fingerprint, first.fingerprint);
  writeFileSync(join(copy, '1790_george_washington_n.txt'), 'Other words.');
  assert.notEqual((await prepare({ corpus: copy })).fingerprint, first.fingerprint);
});

test('a second start does not read the corpus; touched or copied files are read but not tokenized again', async () => {
  const steps = async (corpus: string) => {
    const phases = new Set<string>();
    const data = await prepare({ corpus, onProgress: ({ phase }) => phases.add(phase) });
    return [data.fingerprint, ...phases];
  };
  const bare = join(root, 'bare');
  cpSync(folder, bare, { recursive: true });
  const [fingerprint, ...built] = await steps(bare);
  assert.deepEqual(built, ['read', 'tokenizer', 'encode']);
  assert.deepEqual(await steps(bare), [fingerprint]);
  const victim = join(bare, '1790_george_washington_n.txt');
  utimesSync(victim, 1e9, 1e9);
  assert.deepEqual(await steps(bare), [fingerprint, 'read']);
  assert.deepEqual(await steps(bare), [fingerprint]);
  assert.deepEqual(await steps(folder), [fingerprint, 'read']);
  assert.deepEqual(readdirSync(join(cacheDir, 'data')), [fingerprint]);
  assert.deepEqual(readdirSync(join(cacheDir, 'tmp')), []);
});

test('a text rewritten with the same size and times is another text', async () => {
  const corpus = join(root, 'rewritten');
  cpSync(folder, corpus, { recursive: true });
  const path = join(corpus, '1790_george_washington_n.txt');
  const text = readFileSync(path, 'utf8');
  utimesSync(path, 1e9, 1e9);
  const before = await prepare({ corpus });
  const other = text.replaceAll('the', 'yon');
  const write: (() => void)[] = [
    // In place, and by another file that takes its name.
    () => writeFileSync(path, other),
    () => {
      writeFileSync(`${path}.new`, text);
      utimesSync(`${path}.new`, 1e9, 1e9);
      renameSync(`${path}.new`, path);
    },
    () => writeFileSync(path, other),
  ];
  let last = before.fingerprint;
  for (const step of write) {
    step();
    utimesSync(path, 1e9, 1e9);
    assert.equal(statSync(path).mtimeMs, 1e12);
    const { fingerprint } = await prepare({ corpus });
    assert.notEqual(fingerprint, last);
    last = fingerprint;
  }
});

test('a file that changes while it is read ends in one line', async () => {
  const text = readFileSync(join(folder, '1790_george_washington_n.txt'), 'utf8').repeat(60);
  const path = join(root, 'moving.txt');
  /** Changes the file when that phase begins. */
  const during = async (phase: string, what: string, change: () => void) => {
    rmSync(path, { recursive: true, force: true });
    writeFileSync(path, text);
    let done = false;
    const onProgress = (progress: { phase: string }) => {
      if (progress.phase === phase && !done) change();
      done ||= progress.phase === phase;
    };
    await assert.rejects(
      prepare({ corpus: path, vocabSize: 260, onProgress }),
      userError(/moving\.txt changed while it was read: run the same command again/),
      what,
    );
    assert.ok(!existsSync(join(cacheDir, 'tmp')) || readdirSync(join(cacheDir, 'tmp')).length === 0);
  };
  const inPlace: [string, () => void][] = [
    ['grows', () => appendFileSync(path, 'more\n')],
    ['grows by documents', () => appendFileSync(path, '<|endoftext|>more'.repeat(50))],
    ['shrinks', () => truncateSync(path, 300_000)],
    ['is rewritten', () => writeFileSync(path, text.replaceAll('a', 'e'))],
    ['becomes binary', () => writeFileSync(path, Buffer.alloc(text.length))],
  ];
  // Rewritten with its size at the first of two surveys, it is read as it is at the second.
  for (const phase of ['read', 'tokenizer', 'encode'])
    for (const [what, change] of phase === 'read' ? inPlace.slice(0, 3) : inPlace.slice(1))
      await during(phase, `${what} at ${phase}`, change);
  const replace = (action: () => void) => () => {
    rmSync(path);
    action();
  };
  for (const [what, change] of [
    ['becomes JSON', replace(() => writeFileSync(path, '{"text": "other"}\n'))],
    ['is removed', replace(() => {})],
    ['becomes a folder', replace(() => mkdirSync(path))],
  ] as const)
    await during('tokenizer', what, change);
});

test('opening gives what preparing gave', async () => {
  const prepared = await prepare();
  const opened = await openData(prepared.fingerprint, cacheDir);
  for (const key of [
    'corpus',
    'fingerprint',
    'vocabSize',
    'dir',
    'tokenizerPath',
    'trainBytes',
    'validationBytes',
    'bytesPerToken',
    'documents',
  ] as const) {
    assert.deepEqual(opened[key], prepared[key]);
  }
  assert.equal(opened.train.length, prepared.train.length);
  opened.close();
  await assert.rejects(
    openData('0'.repeat(64), cacheDir),
    userError(/cannot be opened .*run gaplab data prepare/),
  );
  await assert.rejects(openData('../../etc', cacheDir), UserError);
});

const child = (kill?: number) =>
  new Promise<string>((done) => {
    const code = `const { prepareData } = await import(${JSON.stringify(new URL('./prepare.ts', import.meta.url).href)});
      const d = await prepareData({ corpus: ${JSON.stringify(folder)}, vocabSize: 400, cacheDir: ${JSON.stringify(cacheDir)} });
      console.log(d.fingerprint);`;
    const process_ = spawn(process.execPath, ['--input-type=module', '-e', code], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let out = '';
    process_.stdout.on('data', (chunk) => {
      out += chunk;
    });
    process_.on('close', () => done(out.trim()));
    if (kill !== undefined) setTimeout(() => process_.kill('SIGKILL'), kill);
  });

test('two processes at once, and some killed on the way, leave a sound cache', async () => {
  const outputs = await Promise.all([child(), child(), child(150), child(300), child(450)]);
  assert.equal(outputs[0], outputs[1]);
  const data = await prepare();
  assert.equal(data.fingerprint, outputs[0]);
  assert.deepEqual(data.warnings, []);
  assert.deepEqual(readdirSync(join(cacheDir, 'data')), [data.fingerprint]);
});

test('leftovers of killed processes go after a day; fresh ones stay, and what is not ours', async () => {
  const fresh = randomUUID();
  for (const [name, age] of [
    [randomUUID(), 2],
    [fresh, 0.1],
    ['not ours', 2],
  ] as const) {
    const path = join(cacheDir, 'tmp', name);
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, 'train.bin'), '');
    const time = Date.now() / 1000 - age * 86400;
    for (const p of [join(path, 'train.bin'), path]) utimesSync(p, time, time);
  }
  await prepare();
  assert.deepEqual(readdirSync(join(cacheDir, 'tmp')).sort(), [fresh, 'not ours'].sort());
});

test('what a folder was read in part for is refused without, from the cache as well', async () => {
  const corpus = join(root, 'part');
  mkdirSync(corpus);
  writeFileSync(join(corpus, 'a.txt'), readFileSync(join(folder, '1790_george_washington_n.txt')));
  // Read by its name, and found to be no text.
  writeFileSync(join(corpus, 'table.json'), JSON.stringify(Array.from({ length: 9000 }, (_, i) => i)));
  const refused = userError(
    /most of the corpus .*part would not be read: .*JSON that is not one object a line \(1 file/,
  );
  await assert.rejects(prepare({ corpus }), refused);
  const { source } = await prepare({ corpus, partial: true });
  assert.deepEqual(source.notRead[0].names, ['table.json']);
  assert.deepEqual((await prepare({ corpus, partial: true })).source, source);
  await assert.rejects(prepare({ corpus }), refused);
});

test('a tokenizer of the user is used as it is', async () => {
  const { tokenizerPath } = await prepare({ vocabSize: 300 });
  const other = await prepare({ corpus: folder, vocabSize: undefined, tokenizer: tokenizerPath });
  assert.equal(other.vocabSize, 300);
  assert.equal(readFileSync(other.tokenizerPath, 'utf8'), readFileSync(tokenizerPath, 'utf8'));
  await assert.rejects(
    prepare({ tokenizer: join(root, 'missing.json') }),
    userError(/cannot read the tokenizer .*missing\.json: no such file/),
  );
  writeFileSync(join(root, 'bad.json'), '{}');
  await assert.rejects(
    prepare({ tokenizer: join(root, 'bad.json') }),
    userError(/bad\.json: not a tokenizer\.json/),
  );
});

test('what cannot be prepared leaves one clear line and no traces', async () => {
  const file = (text: string) => {
    const path = join(root, 'text.txt');
    writeFileSync(path, text);
    return path;
  };
  await assert.rejects(
    prepare({ corpus: file('short') }),
    userError(/text\.txt has too little text to hold out a validation split: 5 bytes/),
  );
  await assert.rejects(
    prepare({ corpus: file('a b c d\n\n'.repeat(300)), vocabSize: 5000 }),
    userError(/allows a vocabulary of at most \d+ tokens, not 5000/),
  );
  await assert.rejects(prepare({ vocabSize: 10 }), userError(/vocabulary size 10/));
  const blocked = join(root, 'blocked');
  writeFileSync(blocked, '');
  await assert.rejects(
    prepare({ cacheDir: join(blocked, 'cache') }),
    userError(/cannot write the cache .*--cache or GAPLAB_CACHE/),
  );
  // Node's own recursive mkdir hangs on this one.
  if (process.platform === 'linux')
    await assert.rejects(prepare({ cacheDir: '/proc/gaplab' }), userError(/cannot write the cache/));
  await assert.rejects(prepare({ signal: AbortSignal.abort() }), { name: 'AbortError' });
  const stop = new AbortController();
  const onProgress = ({ phase }: { phase: string }) => phase === 'encode' && stop.abort();
  await assert.rejects(prepare({ corpus: 'sotu', onProgress, signal: stop.signal }), { name: 'AbortError' });
  assert.ok(!existsSync(cacheDir) || readdirSync(join(cacheDir, 'tmp')).length === 0);
});
