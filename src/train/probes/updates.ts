// The step a run takes next, and the steps that other optimizers would take from the same point.
import { norm } from '../../analysis/directions.ts';
import { batchPlan } from '../../optim/batch-schedules.ts';
import { clipFactor } from '../../optim/clip.ts';
import { optimizer, resolveHyper } from '../../optim/registry.ts';
import { lrAt } from '../../optim/schedules.ts';
import type { ProbePoint } from './probe.ts';
import { batchOf } from './sequences.ts';

export interface Update {
  name: string;
  /** The run's own next step, its state having been there all along; otherwise a pseudo-update. */
  actual: boolean;
  lr: number;
  /** Displacement of the parameters. */
  step: Float32Array;
}

/** Label of the run's own next step. */
export const ACTUAL = 'update';

/**
 * The run's next step first, then a pseudo-update of each of `point.optimizers`. Those start with empty state
 * and are fed the gradients of `batches` of the run's batches at this very point, the next one last, so that
 * momenta and second moments are averages as they are in a run. Hyperparameters are the registry's defaults;
 * a learning rate is the first guess of the registry, scaled by where the run stands in its schedule.
 */
export async function updates(
  point: ProbePoint,
  batches: number,
): Promise<{ list: Update[]; gradient: Float32Array }> {
  const { config } = point;
  const lr = lrAt(config.schedule, config.lr, Math.min(point.step, config.steps - 1), config.steps);
  const gradients = await clippedGradients(point, batches);
  const gradient = gradients[gradients.length - 1];
  const own = await displacement(point, config.optimizer, point.state, [gradient], { lr, first: point.step });
  const list: Update[] = [{ name: ACTUAL, actual: true, lr, step: own }];
  for (const name of point.optimizers) {
    await point.breathe();
    const same = name === config.optimizer.name;
    const hyper = same ? config.optimizer.hyper : resolveHyper(name);
    const peak = same ? config.lr : optimizer(name).lrGuess;
    const at = { lr: (peak * lr) / config.lr, first: 0 };
    const step = await displacement(point, { name, hyper }, {}, gradients, at);
    list.push({ name, actual: false, lr: at.lr, step });
  }
  return { list, gradient };
}

/**
 * Gradients of the run's last `batches` batches, all at this point, clipped as the run clips;
 * the next batch's last.
 */
async function clippedGradients(point: ProbePoint, batches: number): Promise<Float32Array[]> {
  const { config, step } = point;
  const list: Float32Array[] = [];
  for (let back = batches - 1; back >= 0; back--) {
    await point.breathe();
    // Before the first step there are no earlier batches: later ones are as good.
    const batch = batchOf(point, step >= back ? step - back : step + back);
    const gradient = new Float32Array(point.params.length);
    await point.at.gradient(batch, gradient);
    const factor = clipFactor(norm(gradient), config.clip);
    for (let i = 0; i < gradient.length; i++) gradient[i] *= factor;
    list.push(gradient);
  }
  return list;
}

/** What the last of `gradients` does to the parameters, step `first` being that of the first of them. */
async function displacement(
  { engine: open, params, step, config: { batchSize, batchSchedule, model } }: ProbePoint,
  rule: { name: string; hyper: Record<string, number> },
  state: Record<string, Float32Array>,
  gradients: readonly Float32Array[],
  { lr, first }: { lr: number; first: number },
): Promise<Float32Array> {
  // As training tells them, so that averages with half-lives in tokens are what they are there;
  // a pseudo-update starts from none.
  const at = batchPlan(batchSize, batchSchedule).at(step);
  const now = at.size * model.seqLen;
  const seen = first === step ? at.first * model.seqLen : 0;
  const engine = await open(rule);
  try {
    for (const [name, values] of Object.entries(state)) engine.state[name].set(values);
    gradients.forEach((gradient, i) => {
      engine.params.set(params);
      engine.grads.set(gradient);
      // Clipped already: the engine's own norm is that of its last backward pass.
      engine.update({ lr, step: first + i, clip: null, tokens: { seen: seen + i * now, now } });
    });
    return engine.params.map((x, i) => x - params[i]);
  } finally {
    await engine.close();
  }
}
