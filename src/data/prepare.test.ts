// Preparing data end to end: the same text gives the same data everywhere, once;
// damage and rivals in the cache do no harm.
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { UserError } from '../core/errors.ts';
import { openCorpus } from './corpus.ts';
import type { DocumentEntry } from './encode.ts';
import { prepareData } from './prepare.ts';
import { all, cacheDir, content, folder, prepare, root, userError } from './prepared.testing.ts';
import { openData } from './prepared.ts';
import { readDocuments, surveyCorpus } from './survey.ts';

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
