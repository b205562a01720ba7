// The parts of the report that explain: words for a reader who knows only the abstract, and the paper beside this study.

import { budgetsOf } from '../analysis/budgets.ts';
import { displayName } from '../analysis/names.ts';
import { parameterCount } from '../model/parameters.ts';
import { budgetText, count, list } from './format.ts';
import { type Html, html } from './html.ts';
import type { LoadedStudy } from './types.ts';

const surprise =
  'How surprised the model is by text it was not trained on: the mean of −log p(next token), natural logarithm. A model that guesses blindly among V tokens has ln V (7.6 for V = 2048).';

/** `per`: what losses are counted per. */
export function glossary(per: string): Html {
  const entry = (word: string, text: string) => html`<dt>${word}</dt><dd>${text}</dd>`;
  return html`<dl>
${entry('Batch size', 'Sequences per optimizer step. Multiplied by the sequence length it is the number of tokens per step. With a fixed number of tokens to train on, a batch twice as large leaves half as many steps.')}
${entry(`Validation loss, nats per ${per}`, per === 'token' ? surprise : 'The mean of −log p of what the model is to predict, natural logarithm, over data it was not trained on. A model that guesses blindly among V possibilities has ln V.')}
${entry('Perplexity, bits per byte', 'The same loss in other units: perplexity is exp(loss), a loss lower by 0.1 nats means a perplexity lower by about 10%. Bits per byte do not depend on the tokenizer and can be compared between studies.')}
${entry('Tuned', 'Every optimizer gets its own learning rate (and other settings, where listed) at every batch size: the best of those tried. Without that, a comparison measures how lucky the settings were.')}
${entry('Gap', 'Loss of the tuned challenger minus loss of the tuned baseline. Positive: the baseline is better. Zero: it makes no difference which one is used.')}
${entry('Bracketed', 'Learning rates on both sides of the best one were tried and were worse (or diverged), so the best one is an optimum and not merely the end of the list. Unbracketed results are marked everywhere and take no part in the verdicts.')}
${entry('Diverged', 'The loss became infinite, or stayed above that of blind guessing. This is a result about the setting, and it is counted as worse than any loss. A failed run is different: the program broke, and nothing is known about the setting.')}
${entry('95% interval', 'From the spread over seeds (initial weights and order of the data). Both optimizers see the same data in the same order for each seed, so the differences are taken seed by seed, and the interval is Student’s t on those differences. It does not cover the choice of corpus, model, or settings never tried.')}
${entry('Momentum, clipping', 'SGD here means SGD with momentum. Where clipping is on, gradients longer than the limit are shortened to it before they enter the momentum or Adam’s averages.')}
${entry('Adam at very small batches', 'Adam’s averages count steps: with β2 = 0.95, the paper’s value, they reach over about 20 steps, which at batch size 1 is very little text. Longer averages help Adam there (arXiv 2507.07101), so where β2 was not tuned an advantage of SGD at the smallest batches is partly owed to that choice.')}
</dl>`;
}

/** The paper's study beside this one. Figures of the paper as far as they are public; arXiv 2506.12543. */
export function paperText(loaded: LoadedStudy): Html {
  return html`<p>The question is that of <a href="https://arxiv.org/abs/2506.12543">Is your batch size the problem? Revisiting the Adam-SGD gap in language
modeling</a> (Srećković, Geiping, Orvieto, 2025). Batch sizes do not carry over one to one: a smaller model on shorter sequences sees fewer tokens per
step, and takes fewer steps. Compare the shape of the curve, and tokens per step rather than sequences.</p>
${paperTable(loaded)}`;
}

function paperTable({ study }: LoadedStudy): Html {
  const models = Object.values(study.models);
  const sizes = list([...new Set(models.map((model) => count(parameterCount(model))))]);
  const lengths = list([...new Set(models.map((model) => model.seqLen))]);
  const line = (what: string, paper: string, here: string) =>
    html`<tr><td class="text">${what}</td><td class="wrap">${paper}</td><td class="wrap">${here}</td></tr>`;
  const perStep = (size: number) =>
    list([...new Set(models.map((m) => (size * m.seqLen).toLocaleString('en-US')))]);
  const [smallest, largest] = [study.batchSizes[0], study.batchSizes[study.batchSizes.length - 1]];
  return html`<div class="scroll"><table class="paper">
<thead><tr><th></th><th class="text">the paper</th><th class="text">this study</th></tr></thead><tbody>
${line('parameters', '160 million (410 million and 1 billion for some experiments)', sizes)}
${line('text', 'SlimPajama', study.data.corpus)}
${line('budget per run', '1.3 billion tokens', list(budgetsOf(study).map(budgetText)))}
${line('sequence length', '512 tokens', `${lengths} tokens`)}
${line('batch sizes', '64, 256 and 1024 sequences in the main sweep, 16 in a longer run', `${list(study.batchSizes)} sequences`)}
${line('tokens per step', '32,768 to 524,288 in the main sweep', `${perStep(smallest)} to ${perStep(largest)}`)}
${line('optimizers', 'SGD with momentum and clipping; Adam', list(Object.keys(study.optimizers).map(displayName)))}
${line('finding', 'The gap widens with batch size at equal tokens; at small batches, SGD with momentum, properly tuned, performs like Adam. Trained longer at a fixed batch size, SGD catches up.', 'See the answer and the claims above.')}
</tbody></table></div>`;
}
