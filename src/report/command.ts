// The command that makes a study of a preset, with the changes that were made to it.
import { tuningOf } from '../analysis/tuning.ts';
import { canonical } from '../files/canonical.ts';
import type { FrozenStudy } from '../store/schemas.ts';
import { quoted } from '../study/cluster/script.ts';
import { loadStudy } from '../study/load.ts';
import { presets } from '../study/presets.ts';
import { type Draft, draftStudy } from '../study/resolve.ts';
import { isFields } from '../study/short-forms.ts';

export interface StudyCommand {
  /** As it is typed, e.g. `gaplab study gap-batch --size long --set tuner=plain`. */
  text: string;
  /** Whether it makes this study. No command line tells every change: not an arm that was taken out. */
  isExact: boolean;
}

/** The command of a study that has an `experiment`. */
export function studyCommand(study: FrozenStudy): StudyCommand {
  const { experiment = study.name, size } = study;
  const text = `gaplab study ${experiment}${size && size !== 'mini' ? ` --size ${size}` : ''}`;
  const preset = presets().find(({ name }) => name === experiment);
  if (!preset || (size !== undefined && !preset.sizes.includes(size))) return { text, isExact: false };
  // No preset has these. Nothing that a study of somebody else names is looked for on this computer.
  if (study.trainer || study.imported) return { text, isExact: false };
  const draft = (set: string[]) => draftStudy(loadStudy(experiment, set, size));
  const shipped = draft([]);
  if (isSame(shipped, study)) return { text, isExact: true };
  const tuning = changes({ tuner: tuningOf(shipped) }, { tuner: tuningOf(study) });
  const set = [
    ...changes(withoutData(shipped), withoutData(study)),
    ...(tuning.length > 0 && !study.tuner ? ['tuner=plain'] : tuning),
  ];
  if (!isMadeBy(set, draft, study)) return { text, isExact: false };
  return { text: [text, ...set.map((one) => `--set ${shellWord(one)}`)].join(' '), isExact: true };
}

function isMadeBy(set: string[], draft: (set: string[]) => Draft, study: FrozenStudy): boolean {
  try {
    return isSame(draft(set), study);
  } catch {
    // What the study has is no longer what a study may be, or cannot be set one by one.
    return false;
  }
}

/** Models are fitted to the data, and the text gets a fingerprint, when a study is made. */
function withoutData(study: Draft | FrozenStudy) {
  const { models: _, source: __, data: ___, tuner: ____, ...rest } = study as Draft & FrozenStudy;
  return rest;
}

const isSame = (draft: Draft, study: FrozenStudy): boolean =>
  canonical(withoutData(draft)) === canonical(withoutData(study)) &&
  canonical(tuningOf(draft)) === canonical(tuningOf(study)) &&
  shapes(draft.models) === shapes(study.models) &&
  draft.source?.corpus === study.data?.corpus;

/** The number of a model's tokenizer entries may follow from the text. */
const shapes = (models: object): string =>
  canonical(
    Object.entries(models)
      .map(([name, model]) => [name, canonical(model, 'vocabSize')])
      .sort(),
  );

/** `path=value` for every field of `to` that `from` has otherwise. */
function changes(from: object, to: object, path: string[] = []): string[] {
  return Object.entries(to).flatMap(([key, value]) => {
    const before: unknown = (from as Record<string, unknown>)[key];
    const here = [...path, key];
    if (canonical(before) === canonical(value)) return [];
    return isFields(before) && isFields(value)
      ? changes(before, value, here)
      : [`${here.join('.')}=${JSON.stringify(value)}`];
  });
}

/** Quoted where a shell would read more into it than text. */
const shellWord = (word: string): string => (/^[\w.=:/,@+-]+$/.test(word) ? word : quoted(word));
