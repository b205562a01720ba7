// `npm run gpu-hours`: writes into every preset's paper size that it is made for PyTorch,
// and how many GPU hours the plan gives.
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gpus } from '../src/model/gpu.ts';
import { gpuLine } from '../src/study/gpu-hours.ts';
import { loadStudy } from '../src/study/load.ts';
import { draftStudy } from '../src/study/resolve.ts';

const presets = join(import.meta.dirname, '..', 'presets');
const OLD = /^ {4}# \d+ runs: .*\n/m;
const ENGINE = '    engine: torch\n    dtype: bfloat16\n';

/**
 * The text of a preset with the lines of its paper size as they ought to be; as it is where there is none.
 */
export function withGpuHours(name: string, text: string): string {
  const at = /^ {2}paper:\n/m.exec(text);
  if (!at) return text;
  const begin = at.index + at[0].length;
  const rest = text.slice(begin).replace(OLD, '').replace(ENGINE, '');
  const plain = draftStudy(loadStudy(name, ['engine=native', 'dtype=float32'], 'paper'));
  const draft = { ...plain, engine: 'torch' as const, dtype: 'bfloat16' as const };
  return `${text.slice(0, begin)}    ${gpuLine(draft, gpus.h100)}\n${ENGINE}${rest}`;
}

if (import.meta.main)
  for (const file of globSync('*.yaml', { cwd: presets })) {
    const path = join(presets, file);
    const text = readFileSync(path, 'utf8');
    const made = withGpuHours(basename(file, '.yaml'), text);
    if (made !== text) writeFileSync(path, made);
  }
