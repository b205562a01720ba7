// Preparing data once more: what is read again, what is not, what changed on the way, and leftovers of killed
// processes.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { cacheDir, folder, prepare, root, userError } from './prepared.testing.ts';

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
