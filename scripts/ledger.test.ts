// The published ledger is what its file gives: no verdict, count or sentence of it is written by hand.
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { writeFindings } from '../src/report/findings-page.ts';
import { readLedger } from '../src/report/ledger.ts';
import { readLedgerFile } from '../src/report/ledger-file.ts';
import { writeLedgerPage } from '../src/report/ledger-page.ts';

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
  for (const name of ['results.md', 'findings.md', 'findings/effects.svg'])
    assert.equal(readFileSync(join(docs, name), 'utf8'), readFileSync(join(copy, name), 'utf8'), again);
});

test('every section of the published ledger has the figures that its claims name', () => {
  const text = readFileSync(join(docs, 'results.md'), 'utf8');
  for (const { name, figures } of readLedgerFile(join(docs, 'ledger.json')).sections) {
    assert.ok(figures().length > 0, name);
    for (const figure of figures()) assert.ok(text.includes(`results/${name}-${figure.name}.svg`), name);
  }
});
