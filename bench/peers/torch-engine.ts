// Does the trainer in PyTorch (`--engine torch`) train the same models? `node bench/peers/torch-engine.ts
// [--python PATH]` Trains nano for fifty steps on both engines, once for every optimizer,
// clip and word of docs/models.md, and prints the largest difference of a step's loss as a table.
// Exit code 1 when one is above its bound, 0 when there is no PyTorch to ask.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { prepareData } from '../../src/data/index.ts';
import { BOUND, cases, compareEngines } from '../../src/torch/parity.testing.ts';
import { findPython, type Python } from '../../src/torch/python.ts';
import { table } from '../table.ts';

async function main(): Promise<number> {
  const { values: flags } = parseArgs({ options: { python: { type: 'string' } } });
  let python: Python;
  try {
    python = findPython(flags.python);
  } catch (error) {
    console.log(`skipped: ${(error as Error).message}`);
    return 0;
  }
  const folder = mkdtempSync(join(tmpdir(), 'gaplab-torch-engine-'));
  const data = await prepareData({ corpus: 'sotu', vocabSize: 2048 });
  try {
    const rows = await compareEngines(cases, data, python, folder);
    const { python: version, torch } = python.versions;
    console.log(`Node ${process.versions.node}, Python ${version}, PyTorch ${torch}\n`);
    const lines = rows.map(({ name, first, last, apart }) => [
      name,
      `${first.toFixed(3)} -> ${last.toFixed(3)}`,
      apart.toExponential(1),
      apart < BOUND ? 'yes' : 'NO',
    ]);
    console.log(table([['run', 'loss', 'd loss', 'agrees'], ...lines]));
    return rows.every(({ apart }) => apart < BOUND) ? 0 : 1;
  } finally {
    data.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

process.exitCode = await main();
