// Configurations and ids of a study's runs. A run's id is a hash of its whole configuration,
// and the planner asks for the same runs at every result: each is made once, and runs
// of one cell share what does not differ between them.
import type { FrozenStudy } from '../store/schemas.ts';
import { type AnyRunConfig, idsLike } from '../train/run-id.ts';
import type { RunRequest } from './plan.ts';
import { type Point, runConfigFor } from './points.ts';

type Configured = Pick<RunRequest, 'id' | 'config'>;

/** Runs that differ by hyperparameters and learning rate alone. */
interface Alike {
  idOf: ReturnType<typeof idsLike>;
  /** By the other hyperparameters. */
  settings: Map<string, Setting>;
}

/** Runs that differ by learning rate alone, by that rate. */
interface Setting {
  config: AnyRunConfig;
  byRate: Map<number, Configured>;
}

/** A frozen study is never changed in place, so what follows from it stays true as long as it is there. */
const made = new WeakMap<FrozenStudy, Map<string, Alike>>();

export function configured(study: FrozenStudy, point: Point): Configured {
  let all = made.get(study);
  if (!all) made.set(study, (all = new Map()));
  const { optimizer, batchSize, model, tokens, lr, hyper, seed } = point;
  // Names have no line breaks.
  const key = `${optimizer}\n${model}\n${tokens} ${batchSize} ${seed}`;
  let alike = all.get(key);
  if (!alike) all.set(key, (alike = { idOf: idsLike(runConfigFor(study, point)), settings: new Map() }));
  // Hyperparameters of an arm are always in the same order.
  const values = Object.values(hyper).join(' ');
  let setting = alike.settings.get(values);
  if (!setting)
    alike.settings.set(values, (setting = { config: runConfigFor(study, point), byRate: new Map() }));
  let run = setting.byRate.get(lr);
  if (!run) {
    const config = { ...setting.config, lr };
    setting.byRate.set(lr, (run = { id: alike.idOf(config), config }));
  }
  return run;
}
