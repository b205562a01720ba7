// The page Argument: a walk from "Adam wins" to "batch size decides", drawn from measured runs.
import { count } from '../../../src/report/format.ts';
import { hrefOf, setState, useRoute } from '../route.ts';
import { Basins } from './argument-basins.tsx';
import { Curves } from './argument-curves.tsx';
import { Disagreements } from './argument-end.tsx';
import { EqualSteps, GapByBatch } from './argument-gaps.tsx';
import { Pull } from './argument-pull.tsx';
import { evidence } from './evidence.ts';
import './style.css';

/** What a step is given: the address' fields as numbers, and how to change them. */
export interface StepProps {
  /** The field of the address, when it is one of `among`; else `usual`. */
  get(name: string, among: readonly number[], usual: number): number;
  set(name: string, value: number): void;
}

export default function Argument() {
  const { query } = useRoute();
  const step: StepProps = {
    get(name, among, usual) {
      const value = Number(query.get(name) ?? Number.NaN);
      return among.includes(value) ? value : usual;
    },
    set: (name, value) => setState({ [name]: String(value) }),
  };
  const { model, runs, seeds, study, date, madeBy, tokensTrained } = evidence;
  return (
    <article class="play">
      <h1>From “Adam wins” to “batch size decides”</h1>
      <p class="prose">
        Language models are trained with an optimizer called Adam, because an older and simpler one, SGD, is
        said to fail on them. SGD steps along the gradient, the slope of the loss on a few sequences of text;
        Adam first divides each part of the gradient by its usual size. A paper (
        <a href="https://arxiv.org/abs/2506.12543">arXiv 2506.12543</a>) found that how many sequences go into
        one step, the batch size, decides whether SGD fails.
      </p>
      <p class="prose">
        Here is the argument in seven steps. All figures but the sixth show runs of our own: {runs} trainings
        of a model with {model.parameters.toLocaleString('en')} parameters, {count(tokensTrained)} tokens in
        all. SGD has momentum, as in the paper: it steps along a running mean of gradients.
      </p>
      <Curves {...step} part="large" />
      <Basins {...step} />
      <Curves {...step} part="small" />
      <GapByBatch {...step} />
      <EqualSteps {...step} />
      <Pull {...step} />
      <Disagreements {...step} />
      <h2>Where the numbers come from</h2>
      <p class="prose">
        The study {study} of {date}: Adam and SGD with momentum, the learning rate of each tuned at every
        batch size and length with seed {seeds.tune}, then run with {seeds.fresh} fresh seeds. Sequences have{' '}
        {model.seqLen} tokens, the vocabulary {model.vocabSize}. The command <code>{madeBy}</code> writes what
        this page shows. To see it happen, <a href={hrefOf(['playground'])}>train it yourself</a>.
      </p>
    </article>
  );
}
