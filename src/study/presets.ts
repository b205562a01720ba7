// The studies that come with gaplab.
import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readYaml } from './read.ts';
import { isFields } from './short-forms.ts';

export const presetDir = fileURLToPath(new URL('../../presets/', import.meta.url));

export interface Preset {
  name: string;
  path: string;
  /** The head comment: what the study shows, what to expect, how long it takes. */
  about: string;
  /** Sizes it can be run in; none for a study of one size. */
  sizes: string[];
}

/** Presets that stand for no experiment of the paper come first. */
const first = ['quick', 'smoke'];
const rank = (name: string) => (first.includes(name) ? first.indexOf(name) : first.length);

/** The studies that come with gaplab. */
export function presets(): Preset[] {
  return readdirSync(presetDir)
    .filter((file) => file.endsWith('.yaml'))
    .sort()
    .map((file) => {
      const path = resolve(presetDir, file);
      const head = readFileSync(path, 'utf8').split('\n');
      const end = head.findIndex((line) => !line.startsWith('#'));
      const about = head
        .slice(0, end)
        .map((line) => line.replace(/^# ?/, ''))
        .join('\n')
        .trim();
      return {
        name: file.slice(0, -'.yaml'.length),
        path,
        about,
        get sizes() {
          const { value } = readYaml(readFileSync(path, 'utf8'), path);
          return isFields(value) && isFields(value.sizes) ? Object.keys(value.sizes) : [];
        },
      };
    })
    .sort((a, b) => rank(a.name) - rank(b.name));
}
