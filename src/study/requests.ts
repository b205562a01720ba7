// Configurations and ids of a study's runs. A run's id is a hash of its whole configuration,
// and the planner asks for the same runs at every result: each is made once, and runs
// that differ by learning rate alone share the rest.
import type { FrozenStudy } from '../store/schemas.ts';
import { type AnyRunConfig, idsLike } from '../train/run-id.ts';
import type { RunRequest } from './plan.ts';
import { type Point, runConfigFor } from './points.ts';

type Configured = Pick<RunRequest, 'id' | 'config'>;

/** Runs that differ by learning rate alone, by that rate. */
interface Alike {
  config: AnyRunConfig;
  idOf: ReturnType<typeof idsLike>;
  byRate: Map<number, Configured>;
}

/** A frozen study is never changed in place, so what follows from it stays true as long as it is there. */
const made = new WeakMap<FrozenStudy, Map<string, Alike>>();

export function configured(study: FrozenStudy, point: Point): Configured {
  let all = made.get(study);
  if (!all) made.set(study, (all = new Map()));
  const { optimizer, batchSize, model, tokens, lr, hyper, seed } = point;
  // Names have no line breaks. Hyperparameters of an arm are always in the same order.
  const key = `${optimizer}\n${model}\n${tokens} ${batchSize} ${seed} ${Object.values(hyper)}`;
  let alike = all.get(key);
  if (!alike) {
    const config = runConfigFor(study, point);
    all.set(key, (alike = { config, idOf: idsLike(config), byRate: new Map() }));
  }
  let run = alike.byRate.get(lr);
  if (!run) {
    const config = { ...alike.config, lr };
    alike.byRate.set(lr, (run = { id: alike.idOf(config), config }));
  }
  return run;
}
