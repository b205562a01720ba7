// Field names as other tools spell them, and fields in another place than theirs.
import { z } from 'zod';
import { suggest } from '../core/suggest.ts';
import { optimizers } from '../optim/registry.ts';
import { wrapped } from './short-forms.ts';

/** Words of other tools for fields of a study, without capitals and separators. */
const synonyms: Record<string, string> = {
  ...{ learningrate: 'lr', learningrates: 'lr', lrs: 'lr', rate: 'lr', maxlr: 'lr', peaklr: 'lr' },
  ...{ lrschedule: 'schedule', scheduler: 'schedule', lrscheduler: 'schedule' },
  ...{ bs: 'batchSizes', batches: 'batchSizes', batch: 'batchSizes', batchsize: 'batchSizes' },
  ...{ tokenbudget: 'tokens', budget: 'tokens', maxtokens: 'tokens', trainingtokens: 'tokens' },
  ...{ maxsteps: 'steps', iterations: 'steps', iters: 'steps', trainsteps: 'steps' },
  ...{
    dataset: 'data',
    arms: 'optimizers',
    algorithms: 'optimizers',
    network: 'model',
    architecture: 'model',
  },
  ...{ vocab: 'vocabSize', path: 'corpus', file: 'corpus', text: 'corpus' },
  ...{ nlayers: 'layers', nlayer: 'layers', numlayers: 'layers', depth: 'layers' },
  ...{ nheads: 'heads', nhead: 'heads', numheads: 'heads' },
  ...{ dmodel: 'dim', nembd: 'dim', hiddensize: 'dim', width: 'dim', hiddendim: 'dim' },
  ...{ contextlength: 'seqLen', blocksize: 'seqLen', sequencelength: 'seqLen', maxseqlen: 'seqLen' },
  ...{ wd: 'weightDecay', betas: 'beta1', beta: 'beta1', epsilon: 'eps' },
  ...{ hyperparameters: 'hyper', params: 'hyper', hyperparams: 'hyper', sweep: 'axes', tune: 'axes' },
  ...{ gradclip: 'clip', clipnorm: 'clip', gradientclipping: 'clip', maxgradnorm: 'clip', clipping: 'clip' },
  ...{ nseeds: 'seeds', numseeds: 'seeds', evaluation: 'eval', validation: 'eval' },
  ...{ warmupratio: 'warmup', warmupfraction: 'warmup', microbatchsize: 'microBatch' },
};

const bare = (name: string) => name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');

/**
 * The one of `names` that `key` is another spelling of (`batch_sizes`, `learning_rate`),
 * else a slip of the fingers for.
 */
export function meantFor(key: string, names: readonly string[]): string | undefined {
  const own = names.find((name) => bare(name) === bare(key));
  const other = synonyms[bare(key)];
  return own ?? (names.includes(other) ? other : suggest(key, names));
}

/**
 * Where in the study the field `key` belongs, e.g. `data: {vocabSize: ...}`; undefined
 * when it is nowhere's field.
 */
export function homeOf(key: string, study: z.ZodType): string | undefined {
  if (!(study instanceof z.ZodObject)) return undefined;
  const find = (names: string[]) =>
    names.find((name) => bare(name) === bare(key)) ?? names.find((name) => name === synonyms[bare(key)]);
  const hyper = [...new Set(Object.values(optimizers).flatMap((def) => Object.keys(def.hyper)))];
  // The vocabulary is the data's before it is a model's.
  for (const field of ['data', ...Object.keys(study.shape)]) {
    const { names, write } = below(study.shape[field]);
    const found = find(field === 'optimizers' ? [...names, ...hyper] : names);
    if (found) return `${field}: ${write(found)}`;
  }
  return undefined;
}

/** Names of the fields one level below `schema`, and how one is written there. */
function below(schema: z.core.$ZodType): { names: string[]; write(name: string): string } {
  const one = (name: string) => `{${name}: ...}`;
  if (schema instanceof z.ZodObject) return { names: Object.keys(schema.shape), write: one };
  if (schema instanceof z.ZodRecord)
    return { names: below(schema.valueType).names, write: (name) => `{sgd: {${name}: ...}}` };
  const inner = schema instanceof z.ZodArray ? schema.element : wrapped(schema);
  return inner ? below(inner) : { names: [], write: one };
}
