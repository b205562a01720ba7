// The published ledger is what its file gives: no verdict, count or sentence of it is written by hand.
import assert from 'node:assert/strict';
import { cpSync, globSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { writeFindings } from '../src/report/findings-page.ts';
import { readLedger } from '../src/report/ledger.ts';
import { readLedgerFile } from '../src/report/ledger-file.ts';
import { writeLedgerPage } from '../src/report/ledger-page.ts';
import { readPack } from '../src/study/pack.ts';
import { unpack } from '../src/study/unpack.ts';

const docs = join(import.meta.dirname, '..', 'docs');

test('docs/results.md and docs/findings.md are what docs/ledger.json gives', () => {
  const copy = mkdtempSync(join(tmpdir(), 'gaplab-published-'));
  for (const name of ['results.md', 'results', 'findings.md', 'findings'])
    cpSync(join(docs, name), join(copy, name), { recursive: true });
  const kept = readLedgerFile(join(docs, 'ledger.json'));
  const ledger = readLedger([], kept.sections);
  writeLedgerPage(join(copy, 'results.md'), ledger);
  writeFindings(join(copy, 'findings.md'), ledger, kept.findings);
  const again = 'stale: gaplab claims --ledger ledger.json --markdown results.md --findings findings.md';
  for (const name of ['results.md', 'findings.md', 'findings/effects.svg', 'findings/neighbours.svg'])
    assert.equal(readFileSync(join(docs, name), 'utf8'), readFileSync(join(copy, name), 'utf8'), again);
});

test('every section of the published ledger has the figures that its claims name', () => {
  const text = readFileSync(join(docs, 'results.md'), 'utf8');
  for (const { name, figures } of readLedgerFile(join(docs, 'ledger.json')).sections) {
    assert.ok(figures().length > 0, name);
    for (const figure of figures()) assert.ok(text.includes(`results/${name}-${figure.name}.svg`), name);
  }
});

test('the runs in docs/evidence give the verdicts that the published ledger has', async () => {
  const packs = globSync(join(docs, 'evidence', '*.jsonl'));
  assert.ok(packs.length > 0);
  const published = readLedgerFile(join(docs, 'ledger.json')).sections;
  for (const file of packs) {
    const dir = mkdtempSync(join(tmpdir(), 'gaplab-evidence-'));
    await unpack(readPack(file), dir);
    const [section] = readLedger([dir]).sections;
    const was = published.find(({ name }) => name === section.name)!;
    // A pack has no curves: a claim that needs them is not decided by it.
    const decided = section.claims.filter(({ effect }) => effect !== null);
    assert.ok(section.missing === 0 && decided.length > 0, file);
    for (const claim of decided)
      assert.deepEqual(
        JSON.parse(JSON.stringify(claim)),
        JSON.parse(JSON.stringify(was.claims.find(({ id }) => id === claim.id))),
      );
  }
});
