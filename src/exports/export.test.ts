// Exports: read again by our own readers always, and by pandas, polars, TensorBoard
// and trackio where Python has them.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { applyMapping } from '../imports/apply.ts';
import { guessMapping } from '../imports/guess.ts';
import { readRuns } from '../imports/registry.ts';
import { loadStudyDir } from '../report/load.ts';
import { reportedStudy, writeStudyDir } from '../report/study-dir.testing.ts';
import { summarizeStudy } from '../report/summary.ts';
import { formats } from './registry.ts';
import { runNames, runTable } from './rows.ts';

const dir = mkdtempSync(join(tmpdir(), 'gaplab-exports-'));
after(() => rmSync(dir, { recursive: true }));
const optimum: Record<string, number> = { adam: 0.001, sgd: 0.03 };
const made = join(dir, 'study');
writeStudyDir(made, reportedStudy({ batchSizes: [1, 16] }), ({ point: { optimizer, lr, seed } }) =>
  lr > 0.2 ? 'diverged' : { valLoss: 3.4 + 0.01 * seed + 0.1 * Math.log2(lr / optimum[optimizer]) ** 2 },
);
const study = loadStudyDir(made);

function written(name: string): string {
  const folder = join(dir, name);
  for (const [file, content] of formats.find((one) => one.name === name)!.files(study)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), content);
  }
  return folder;
}

const python = process.env.GAPLAB_PYTHON ?? 'python3';
const has = (module: string) =>
  spawnSync(python, ['-c', `import ${module}`], { stdio: 'ignore' }).status === 0
    ? false
    : `${python} has no ${module}`;
function ask(script: string): unknown {
  const { stdout, stderr, status } = spawnSync(python, ['-c', script], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout.trim().split('\n').at(-1)!);
}
/** Rows that ended, as `optimizer batch lr seed` and loss. */
const expected = study.rows
  .filter(({ status }) => status === 'done')
  .map((row) => [`${row.optimizer} ${row.batchSize} ${row.lr} ${row.seed}`, row.valLoss!] as const)
  .sort();

// Losses in event files have seven digits; the others have all.
for (const [name, file, tolerance] of [
  ['csv', 'runs.csv', 0],
  ['parquet', 'runs.parquet', 0],
  ['wandb-csv', 'runs.csv', 0],
  ['tensorboard', '', 1e-6],
  ['trackio', '', 0],
] as const)
  test(`${name}: what is exported can be imported again, to the last digit`, async () => {
    const { runs } = await readRuns(join(written(name), file));
    const { runs: mapped } = applyMapping(runs, {
      ...guessMapping(runs),
      tokens: undefined,
      // The curves of the made-up study have twenty points, whatever its budget.
      steps: { value: 20 },
      take: 'final',
    });
    const done = mapped
      .filter(({ status, valLoss }) => status === 'done' && valLoss !== null)
      .map((row) => [`${row.optimizer} ${row.batchSize} ${row.lr} ${row.seed}`, row.valLoss!] as const)
      .sort();
    assert.deepEqual(
      done.map(([key]) => key),
      expected.map(([key]) => key),
    );
    for (const [i, [key, loss]] of done.entries())
      assert.ok(Math.abs(loss - expected[i][1]) <= tolerance, `${key}: ${loss} is not ${expected[i][1]}`);
  });

test('rows that count are the seeds whose losses the report has, and winners have their setting', () => {
  const { rows } = runTable(study);
  for (const { optimizer, batchSize, best } of summarizeStudy(study).cells) {
    const won = rows.filter(
      (row) => row.optimizer === optimizer && row.batch_size === batchSize && row.winner,
    );
    assert.ok(won.every(({ lr }) => lr === best!.lr) && won.length > best!.valLossSeeds.length);
    assert.deepEqual(
      won.flatMap(({ counts, val_loss }) => (counts ? [val_loss] : [])).sort(),
      [...best!.valLossSeeds].sort(),
    );
  }
});

test('pandas makes the report’s table from the Parquet file, to the last digit', {
  skip: has('pandas'),
}, () => {
  const file = join(written('parquet'), 'runs.parquet');
  const table = ask(`
import json, pandas
runs = pandas.read_parquet(${JSON.stringify(file)})
assert str(runs.dtypes["batch_size"]).lower() == "int64", runs.dtypes
won = runs[runs.counts]
print(json.dumps([[k[0], int(k[1]), sorted(g.val_loss)] for k, g in won.groupby(["optimizer", "batch_size"])]))
`);
  const cells = summarizeStudy(study).cells.map(({ optimizer, batchSize, best }) => [
    optimizer,
    batchSize,
    [...best!.valLossSeeds].sort(),
  ]);
  assert.deepEqual(
    table,
    cells.sort((a, b) =>
      String(a[0]) < String(b[0]) ? -1 : String(a[0]) > String(b[0]) ? 1 : Number(a[1]) - Number(b[1]),
    ),
  );
});

test('polars reads both tables', { skip: has('polars') }, () => {
  const folder = written('parquet');
  const counts = ask(`
import json, polars
print(json.dumps([len(polars.read_parquet(${JSON.stringify(folder)} + "/" + name + ".parquet")) for name in ("runs", "measurements")]))
`);
  assert.deepEqual(counts, [
    study.rows.length,
    study.rows.reduce((n, { lossCurve }) => n + (lossCurve?.length ?? 0), 0),
  ]);
});

test('TensorBoard’s own reader finds each run with its curves and settings', {
  skip: has('tensorboard'),
}, () => {
  const folder = written('tensorboard');
  const found = ask(`
import json, os
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
out = []
for name in sorted(os.listdir(${JSON.stringify(folder)})):
    events = EventAccumulator(os.path.join(${JSON.stringify(folder)}, name)); events.Reload()
    tags = events.Tags()["scalars"]
    out.append([len(events.Scalars("train/loss")), round(events.Scalars("val/loss")[-1].value, 5) if "val/loss" in tags else None, "hparams" in events.summary_metadata["_hparams_/session_start_info"].plugin_data.plugin_name])
print(json.dumps(out))
`) as [number, number | null, boolean][];
  const curves = study.rows.filter(({ lossCurve }) => lossCurve && lossCurve.length > 0);
  assert.equal(found.length, curves.length);
  assert.ok(found.every(([points, , hparams]) => points === 20 && hparams));
  assert.deepEqual(
    found.flatMap(([, loss]) => loss ?? []).sort(),
    expected.map(([, loss]) => Number(loss.toFixed(5))).sort(),
  );
});

test('trackio takes the fragments in', { skip: has('trackio') }, () => {
  const folder = written('trackio');
  const rows = ask(`
import json, os, sqlite3
os.environ["TRACKIO_DIR"] = ${JSON.stringify(folder)}
from trackio.fragments import import_inbox_dir
import_inbox_dir()
[file] = [one for one in os.listdir(os.environ["TRACKIO_DIR"]) if one.endswith(".db")]
db = sqlite3.connect(os.path.join(os.environ["TRACKIO_DIR"], file))
print(json.dumps([db.execute("select count(distinct run_id) from metrics").fetchone()[0], db.execute("select count(*) from configs").fetchone()[0]]))
`);
  const curves = study.rows.filter(({ lossCurve }) => lossCurve && lossCurve.length > 0).length;
  assert.deepEqual(rows, [curves, curves]);
});

test('names of runs have what differs between them, and no two are equal', () => {
  const names = study.rows.map(runNames(study.rows));
  assert.equal(new Set(names).size, names.length);
  for (const name of names) assert.match(name, /^(adam|sgd)-b(1|16)-lr[\d.e-]+-s\d-[0-9a-f]{6}$/);
  // Two settings of a hyperparameter are told apart.
  const [one] = study.rows;
  const other = { ...one, hyper: { ...one.hyper, beta1: 0.5 } };
  assert.match(runNames([one, other])(other), /-beta10\.5-s/);
});
