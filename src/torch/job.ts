// Everything that the trainer in PyTorch needs to know of a run, as one JSON value:
// the configuration, and what follows from it here, so that nothing is decided twice.
import { join } from 'node:path';
import { evaluationExamples, examplesOf } from '../data/examples.ts';
import type { PreparedData } from '../data/index.ts';
import type { ModelConfig } from '../model/config.ts';
import { AS_MASK, AS_OTHER, maskedCount, maskId } from '../model/objectives/masked.ts';
import { modelTensors, parameters } from '../model/parameters.ts';
import { optimizer } from '../optim/registry.ts';
import { tensorGroups, tensorsOf } from '../optim/rule.ts';
import { squaresWanted } from '../runtime/squares.ts';
import { trainedTokens } from '../train/budget.ts';
import type { RunConfig } from '../train/config.ts';
import { divergenceRules } from '../train/divergence.ts';
import { linesEvery, tailAfter } from '../train/metrics.ts';
import { runId } from '../train/run-id.ts';
import { writePlan } from './plan-file.ts';
import { groupJson } from './rule-json.ts';

/** Programs that compute: gaplab itself, or PyTorch. */
export type EngineName = 'native' | 'torch';

/** How a run is computed: none of it is a part of its identity. */
export interface TorchOptions {
  /** The interpreter. Default: $GAPLAB_PYTHON, else python3. */
  python?: string;
  /** Compile model and update (torch.compile). */
  compile?: boolean;
  /** Processes, each with a GPU of its own (torchrun). Default: 1. */
  gpus?: number;
}

export interface JobWishes extends TorchOptions {
  threads: number;
  checkpointSeconds: number;
  attemptDir: string;
  /** Folder for what is handed over. */
  folder: string;
  /** File of the parameters to begin with: a checkpoint, or initial weights. */
  from: string;
  /** Default: auto, a GPU where there is one. */
  device?: 'auto' | 'cpu';
}

export type Job = ReturnType<typeof jobOf>;

export function jobOf(config: RunConfig, data: PreparedData, wishes: JobWishes) {
  const { model, steps } = config;
  const { attemptDir, folder, from, threads, checkpointSeconds } = wishes;
  const table = modelTensors(parameters(model));
  const { name, hyper } = config.optimizer;
  const specs = tensorsOf(table);
  const groups = tensorGroups(optimizer(name), hyper, specs);
  const validation = examplesOf(model, data.validation, data);
  return {
    schema: 1,
    run: runId(config),
    config,
    dtype: config.dtype ?? 'float32',
    device: wishes.device ?? 'auto',
    compile: wishes.compile ?? false,
    threads,
    checkpointSeconds,
    /** The process ends when this one is gone. */
    parent: process.pid,
    tokens: trainedTokens(config),
    tensors: table.map(({ name: called, shape, size, offset }) => ({ name: called, shape, size, offset })),
    groups: groups.map((group) =>
      groupJson(
        group,
        group.tensors.map((tensor) => specs.indexOf(tensor)),
      ),
    ),
    state: optimizer(name).state(hyper),
    /**
     * State to be filled with squares of the gradients of micro-batches, and the sequences of one;
     * null for most rules.
     */
    squares: squaresWanted(optimizer(name), hyper) ?? null,
    plan: writePlan(join(folder, 'plan.f64'), config),
    data: {
      ...data.shards!,
      examples: examplesJson(model, data),
      /** Examples that validation is measured on. */
      places: evaluationExamples(validation, model.seqLen, config.eval.tokens),
    },
    divergence: divergenceRules(model, steps),
    /**
     * Before these steps (and their multiples) the process saves and waits for a file `go`,
     * so that somebody may measure.
     */
    pauses: (config.probes ?? []).map(({ every }) => every),
    lineEvery: linesEvery(steps),
    tailAfter: tailAfter(steps),
    files: {
      from,
      checkpoint: join(attemptDir, 'checkpoint.safetensors'),
      metrics: join(attemptDir, 'metrics.jsonl'),
      probes: join(attemptDir, 'probes.jsonl'),
      go: join(folder, 'go'),
    },
  };
}

function examplesJson(model: ModelConfig, data: PreparedData) {
  const { seqLen, objective, patch } = model;
  if (objective === 'classify') return { kind: objective, seqLen, patch, side: data.images!.side };
  if (objective === undefined) return { kind: 'tokens', seqLen };
  return {
    kind: objective,
    seqLen,
    masked: maskedCount(model),
    maskId: maskId(model),
    entries: data.vocabSize,
    asMask: AS_MASK,
    asOther: AS_OTHER,
  };
}
