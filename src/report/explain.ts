// The parts of the report that explain: words for a reader who knows only the abstract,
// and the paper beside this study.

import { budgetsOf } from '../analysis/budgets.ts';
import { displayName } from '../analysis/names.ts';
import { parameterCount } from '../model/parameters.ts';
import { isOwnModel } from '../store/schemas.ts';
import { budgetText, count, list } from './format.ts';
import { type Html, html } from './html.ts';
import type { LoadedStudy } from './types.ts';

const surprise =
  'The loss says how surprised the model is by text that it was not trained on: the mean of −log p(next token). The logarithm is the natural one, so the unit is the nat; 1 nat is 1.44 bits. A model that guesses blindly among V tokens has a loss of ln V, which is 7.6 for V = 2048.';
const otherSurprise =
  'The loss is the mean of −log p of what the model has to predict, over data that it was not trained on. The logarithm is the natural one, so the unit is the nat; 1 nat is 1.44 bits. A model that guesses blindly among V possibilities has a loss of ln V.';

/** Words of the report in the order in which a reader meets them. `per`: what losses are counted per. */
const words = (per: string, isPaired: boolean): [word: string, text: string][] => [
  [
    'Batch size',
    'Sequences in one optimizer step. Batch size times sequence length is the number of tokens in a step. With a fixed number of tokens to train on, a batch that is twice as large leaves half as many steps.',
  ],
  [`Loss, nats per ${per}`, per === 'token' ? surprise : otherSurprise],
  [
    'Perplexity, bits per byte',
    'The same loss in other units. Perplexity is exp(loss): a loss that is lower by 0.1 nats means a perplexity that is lower by about 10%. Bits per byte do not depend on the tokenizer, so they can be compared between studies.',
  ],
  [
    'Cell',
    'One optimizer at one batch size (of one model, with one budget). Every cell is tuned by itself, and its best setting is the winner.',
  ],
  [
    'Tuned',
    'Every cell has its own learning rate, and other settings where the table lists them: the best of those tried. Without that, a comparison measures how lucky the settings were.',
  ],
  [
    'Gap',
    'Loss of one tuned optimizer minus loss of the baseline, which is tuned too. A positive gap means that the baseline is better. Zero means that it makes no difference which one is used.',
  ],
  [
    'Bracketed',
    'The learning rates next to the best one, on both sides, were tried and were worse or diverged. So the best one is an optimum and not just the end of the list. Results that are not bracketed are marked everywhere, and no verdict stands that a better learning rate outside could overturn.',
  ],
  [
    'Diverged',
    'The loss became infinite, or training stayed worse than blind guessing. This is a result: the setting is bad, worse than any loss. A failed run is different: the program broke, and nothing is known about the setting.',
  ],
  [
    '95% interval',
    isPaired
      ? 'It comes from the spread over seeds. A seed decides the initial weights and the order of the data. Under one seed all optimizers see the same data in the same order, so differences are taken seed by seed, and the interval is Student’s t on those differences. It does not cover other texts, other models, or settings that were never tried.'
      : 'It comes from the spread over seeds. The study file does not say that a seed fixes initial weights and order of the data in this script, so seeds are not compared one by one: a gap is the difference of two means, and its interval is Welch’s. It does not cover other data, other models, or settings that were never tried.',
  ],
  [
    'Momentum, clipping',
    'SGD here means SGD with momentum, unless its name says otherwise. Where clipping is on, a gradient that is longer than the limit is shortened to it before it enters the momentum or Adam’s averages.',
  ],
  [
    'Half-life',
    'Adam averages past gradients. A half-life in tokens says after how many tokens a gradient counts half in that average. A fixed β2 counts steps instead, so at batch size 1 it forgets after very little text: β2 = 0.95, the paper’s value, reaches back about 20 steps.',
  ],
  [
    'Adam at very small batches',
    'Longer averages help Adam there (arXiv 2507.07101). Where β2 was not tuned, an advantage of SGD at the smallest batches is partly owed to that choice.',
  ],
];

export const glossary = (per: string, isPaired: boolean): Html =>
  html`<dl>${words(per, isPaired).map(([word, text]) => html`<dt>${word}</dt><dd>${text}</dd>`)}</dl>`;

/** The paper's study beside this one. Figures of the paper as far as they are public; arXiv 2506.12543. */
export function paperText(loaded: LoadedStudy): Html {
  return html`<p>The question is that of <a href="https://arxiv.org/abs/2506.12543">Is your batch size the problem? Revisiting the Adam-SGD gap in language
modeling</a> (Srećković, Geiping, Orvieto, 2025). Batch sizes do not carry over one to one, because a
smaller model on shorter sequences sees fewer tokens per step and takes fewer steps. Compare the shape of the curve, and tokens per step rather than sequences.</p>
${paperTable(loaded)}`;
}

function paperTable({ study }: LoadedStudy): Html {
  const models = Object.values(study.models);
  const own = models.filter(isOwnModel);
  const sizes = list([...new Set(own.map((model) => count(parameterCount(model))))]) || 'those of the script';
  // Without the tokens of a sequence a script's batches are known in sequences alone.
  const hasTokens = study.trainer === undefined || study.trainer.tokensPerSequence !== undefined;
  const lengths = list([...new Set(models.map((model) => model.seqLen))]);
  const line = (what: string, paper: string, here: string) =>
    html`<tr><td class="text">${what}</td><td class="wrap">${paper}</td><td class="wrap">${here}</td></tr>`;
  const perStep = (size: number) =>
    list([...new Set(models.map((m) => (size * m.seqLen).toLocaleString('en-US')))]);
  const [smallest, largest] = [study.batchSizes[0], study.batchSizes[study.batchSizes.length - 1]];
  return html`<div class="scroll"><table class="paper">
<thead><tr><th></th><th class="text">the paper</th><th class="text">this study</th></tr></thead><tbody>
${line('parameters', '160 million (410 million and 1 billion for some experiments)', sizes)}
${line('text', 'SlimPajama', study.data?.corpus ?? 'that of the script')}
${line('budget per run', '1.3 billion tokens', list(budgetsOf(study).map(budgetText)))}
${hasTokens && line('sequence length', '512 tokens', `${lengths} tokens`)}
${line('batch sizes', '64, 256 and 1024 sequences in the main sweep, 16 in a longer run', `${list(study.batchSizes)} sequences`)}
${hasTokens && line('tokens per step', '32,768 to 524,288 in the main sweep', `${perStep(smallest)} to ${perStep(largest)}`)}
${line('optimizers', 'SGD with momentum and clipping; Adam', list(Object.keys(study.optimizers).map(displayName)))}
${line('finding', 'The gap widens with batch size at equal tokens. At small batches a well tuned SGD with momentum performs like Adam. At a fixed batch size SGD catches up when training is longer.', 'See the answer at the top.')}
</tbody></table></div>`;
}
