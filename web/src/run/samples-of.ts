// Texts that a run wrote, by the beginning that they follow.
import type { RunView } from '../../../src/server/wire.ts';

type Probe = RunView['probes'][number];

interface Written {
  step: number;
  tokens: number;
  text: string;
}

/** By beginning, each in the order of steps. */
export function samplesOf(probes: readonly Probe[]): Map<string, Written[]> {
  const all = new Map<string, Written[]>();
  for (const { probe, step, tokens, tables } of probes) {
    if (probe !== 'text') continue;
    for (const { prompt, text } of tables.samples ?? []) {
      const own = all.get(String(prompt)) ?? [];
      all.set(String(prompt), [...own, { step, tokens, text: String(text) }]);
    }
  }
  for (const written of all.values()) written.sort((a, b) => a.step - b.step);
  return all;
}
