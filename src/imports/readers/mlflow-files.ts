// MLflow's older store of files: `mlruns/<experiment>/<run>/` with meta.yaml, params/<key> and metrics/<key>.
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import { damaged, findFiles, textOf } from '../files.ts';
import type { FoundFile, Reader } from '../reader.ts';
import { type ForeignRun, measure, newRun, numberOf, numberOrText, put } from '../run.ts';
import { endingOf } from './mlflow-status.ts';

export const mlflowFiles: Reader = {
  kind: 'mlflow-files',
  what: "MLflow's folders of runs",
  recognises: ({ name, head }) => /(^|\/)meta\.yaml$/.test(name) && /^run_id:/m.test(head.toString('utf8')),
  owns: ({ path }) => dirname(path),
  read: (files) => files.flatMap((file) => read(file) ?? []),
};

function read(file: FoundFile): ForeignRun | undefined {
  const meta = metaOf(file);
  if (meta.lifecycle_stage === 'deleted') return undefined;
  const run = newRun(
    String(meta.run_name ?? meta.run_id),
    dirname(file.name) === '.' ? file.name : dirname(file.name),
  );
  Object.assign(run, endingOf(String(meta.status)));
  const folder = dirname(file.path);
  for (const param of filesIn(join(folder, 'params')))
    put(run.config, param.name, numberOrText(textOf(param)));
  for (const metric of filesIn(join(folder, 'metrics')))
    for (const [i, line] of textOf(metric).split('\n').entries()) {
      if (line.trim() === '') continue;
      // timestamp, value, step
      const [, value, step] = line.trim().split(' ').map(numberOf);
      if (value === undefined || step === undefined)
        throw damaged(metric, `line ${i + 1} is no measurement (timestamp, value, step)`);
      measure(run, metric.name, step, value);
    }
  return run;
}

/** Names may have folders of their own, as in `train/loss`. */
const filesIn = (folder: string): FoundFile[] =>
  existsSync(folder) && readdirSync(folder).length > 0 ? findFiles(folder) : [];

function metaOf(file: FoundFile): Record<string, unknown> {
  try {
    const meta = parse(textOf(file), { logLevel: 'silent' });
    if (typeof meta === 'object' && meta !== null && 'run_id' in meta) return meta;
  } catch {}
  throw damaged(file, 'this is no meta.yaml of a run');
}
