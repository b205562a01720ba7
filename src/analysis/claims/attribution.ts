// Whose statement each claim of the ledger is, what that work says about it, and what
// to make of it if it is refuted here.
/**
 * The paper (arXiv 2506.12543), other papers about the same question, or a question
 * that this lab asks itself.
 */
export type Whose = 'paper' | 'sibling' | 'own';

export interface Attribution {
  whose: Whose;
  /** Whether the work says the sentence, says the opposite, or does not say. */
  says: 'yes' | 'no' | 'nothing';
  /**
   * Three sentences for a refutation that stands: what differs from the setting there,
   * and what would settle it.
   */
  discussion?: string;
}

const paper = (discussion?: string): Attribution => ({ whose: 'paper', says: 'yes', discussion });
const sibling = (discussion?: string): Attribution => ({ whose: 'sibling', says: 'yes', discussion });
const own = (discussion?: string): Attribution => ({ whose: 'own', says: 'nothing', discussion });

/** By the id of the claim. */
export const attributions: Readonly<Record<string, Attribution>> = {
  'gap-grows': paper(),
  'gap-equal-tokens': paper(),
  'gap-equal-steps': own(),
  'gap-shrinks-with-steps': paper(
    'The paper starts at thousands of steps, when both optimizers have left the frequencies of single tokens behind; here the first budgets lie before that, where a gap has still to open. A line through both stretches has no slope that means anything. The trend over the budgets beyond the dashed line of the map would settle it.',
  ),
  'map-small-batch-opens': own(
    'The gap at the smallest batch size does not grow with length in these runs. A step here has 64 tokens, so the noise is far larger than in any run of the paper. More tokens at this batch size, from a text that is not repeated, would settle it.',
  ),
  'map-large-batch-closes': paper(
    'The paper compares 2,500 steps with 20,000; the longest run here has 1,000. SGD may still be on its way from frequencies to pairs of tokens when the comparison is made. Runs of 4,000 steps at the largest batch size, and more text for them, would settle it.',
  ),
  'sgd-wins-long': paper(
    'The smallest step of the paper has 8,192 tokens, that of these runs 64, and its run has 160 thousand steps at 8 tokens a parameter. With 64 tokens a step, Adam with a beta2 of 0.95 averages over 20 sequences only, which holds it back at first; later it is SGD that stays behind. A run of 160 thousand steps of 8,192 tokens, a billion tokens, would settle it; so would the way in which this effect moves from one batch size to the next at the long size.',
  ),
  'beta2-tokens-long': sibling(),
  'sizes-close': paper(
    'The models of the paper have 160 million parameters and more, at 16 sequences of 512 tokens; these have up to 0.7 million at one of 64. The number of tokens for each parameter is about the same; the number of steps and the noise of a step are not. The map of the model with 1.3 million parameters says which way the difference moves with size.',
  ),
  'clipping-needed': paper(
    'After 73 steps at the largest batch size, as in the mini size, SGD has learned little more than how frequent single tokens are: gradients are short, and clipping has nothing to do. In the paper SGD diverges without it at rates that are good with it, over thousands of steps of a deep model. The long size, with 1,000 steps, is the test; models with four or more layers would test depth as well.',
  ),
  'clip-norms-same-trend': own(),
  'clip-helps-small-batch': own(
    'Where clipping cuts nearly every step, it fixes the length of the step, and so does the tuned learning rate. The paper does not look at batch sizes so small. Tuning the clip norm together with the learning rate would settle whether there is a gain at all.',
  ),
  'momentum-large-batch': paper(
    'A momentum of 0.95 averages over 20 steps, which is a quarter of a run of 73 steps, and warmup takes a tenth of it. The paper has 2,500 steps and more at its largest batch size. The long size settles it.',
  ),
  'order-large-batch': sibling(
    'The order is from 4,800 steps of a model of 160 million parameters; after 73 steps, as in the mini size, no method has the loss at which that order was seen. Sign methods move every coordinate by the learning rate in each step, so they are fast at the start and noisy at the end. The long size settles it for small models.',
  ),
  'sign-close-to-adam': sibling(
    'Signum’s buffer starts at zero while its steps have full length from the first on. That costs most in a run of 73 steps; the work that makes the claim trains for thousands of steps at large batch sizes. The long size settles it.',
  ),
  'beta2-half-life': sibling(),
  'schedules-same-trend': paper(),
  'decay-same-trend': own(),
  'architectures-same-trend': own(),
  'masked-lm-same-trend': own(),
  'vision-same-trend': own(),
  'graft-direction': paper(
    'The paper trains grafts for thousands of steps, and tunes their learning rates on a model of 160 million parameters. Here the length of one optimizer’s step is measured over a quarter of a million coordinates, most of them in rows of rare tokens. Grafting tensor by tensor, as AdaGraft does, at the long size would settle it.',
  ),
  'adaptive-clip-helps': paper(
    'The share p of coordinates that the paper clips is not known, and its runs are a hundred times as long. Here clipping by a quantile replaces clipping by the global norm. The same sweep at the long size, with the global norm clipped as well, would settle it.',
  ),
  'norms-clipped-most': paper(
    'Norm layers have 320 of a quarter of a million coordinates here, and p is a tenth. In the paper’s model they are an even smaller share, but there are 25 of them. Models with four or more layers would settle it.',
  ),
  'rare-tokens-lag': sibling(),
  'toy-rare-lag': sibling(),
  'toy-lag-batch': own(),
  'sharpness-higher': paper(),
  'sharpness-follows-gap': {
    whose: 'paper',
    says: 'no',
    discussion:
      'This refutation is what the paper says: sharpness does not follow the gap. Sharpness is measured at points that SGD and Adam reach themselves, in small models. A batch size between the two measured ones, where the gap opens, would be a finer test.',
  },
  'adam-sum-near-zero': paper(),
  'blocks-differ': sibling(),
  'heterogeneity-follows-gap': {
    whose: 'paper',
    says: 'no',
    discussion:
      'This refutation is what the paper says: heterogeneity of the Hessian does not follow the gap. Block spectra are measured by 16 Lanczos steps on 8 sequences. More steps at one checkpoint would show what the estimate leaves out.',
  },
  'quadratic-blocks': paper(),
  'quadratic-small-batch': own(
    'Neither the paper nor its sources say that a small batch closes the gap of the quadratics. With noise of data columns, which vanishes at the optimum, Adam is ahead at every batch size. Language models have noise that stays, and so the quadratic with isotropic noise is nearer to them.',
  ),
  'quadratic-noise': own(),
  accumulation: paper(
    'The largest batch here has 4,096 tokens, half as many as the smallest of the paper, and large batches cost Adam nothing yet: its long runs end as low there as at any other. Besides, a step of one sequence is so short that the work around the arithmetic takes as long as the arithmetic. Batches up to the size at which Adam loses by them, on a device that every batch size fills, would settle it.',
  ),
  'head-closes-most': sibling(
    'The head has 50 thousand rows in that work and 1,024 here, so most of the rare classes that Adam helps with are missing. The learning rate of the head was tuned over two values only. The same comparison with a larger vocabulary would settle it.',
  ),
  'critical-batch-linear': own(),
  'critical-batch-fit': own(),
  'adasgd-closes': sibling(
    'AdaSGD has one learning rate that adapts, and tuning gives SGD a good one anyway. If it closes no more than half of the gap, then the gap is not one of scale but of direction, as the grafts say as well. Its authors looked at recurrent networks and at images; runs of larger language models would settle it.',
  ),
  'invariant-adam': sibling(
    'Invariance holds to first order in the learning rate; the tuned rates of 64 sequences in one step are not small. Each batch size has its own tuned rate here, where the authors scale one. Losses at one rate over all batch sizes, lower than the best, would settle it.',
  ),
  'adam-small-is-sgd': own(
    'If so, the second moment of Adam at batch size 1 is more than a constant. The noise of mini-batches differs from coordinate to coordinate, unlike the noise that privacy adds, and it grows with the gradient of a rare token. The same comparison with equal noise added to every coordinate would settle it.',
  ),
  'noise-out-helps': own(
    'Noise in the second moment shortens steps where gradients are noisy, which is what a small batch needs. The noise that privacy adds is equally large in all coordinates; that of mini-batches is not, and taking it out removes information. A sweep over the share `floor` would show how much of it may go.',
  ),
  'drift-small': own(),
  'drift-large': own(),
  'drift-beyond-memory': own(),
  'opening-drift': own(
    'Theorem 1 is about sign descent without momentum; training has momentum, which averages some forty batches. The claim with momentum counted in is the one to look at. Runs of SignSGD and SGD without momentum would settle it.',
  ),
  'opening-momentum': own(
    'The theorem compares single steps; the gap at the end of a run adds up what both optimizers did from the first step on, and where it opens moves with the length of the run, as the map shows. The prediction is made on the path of Adam, and SGD is elsewhere by then. The moments along both paths at the batch sizes where the gap opens, at several budgets of the map, would settle it.',
  ),
  'opening-noise-scale': own(
    'The noise scale says where larger batches stop to save steps, and nothing about two optimizers. It is measured on Adam at the smallest batch size, and grows as training goes on. The opening at several budgets of the map, beside the scale at the same points, would settle whether one follows the other.',
  ),
  'noise-inverse-batch': paper(),
  'noise-gaussian': paper(
    'A single sequence of 64 tokens averages over very little; a step of the paper has 8,192 tokens or more, and such averages are nearer to a Gaussian. The paper says that heavier tails do not change the picture. Kurtosis of gradients of 128 sequences would settle it for its batch sizes.',
  ),
  'scaling-sgd': paper(),
  'scaling-sign': paper(
    'Gradients of one sequence are not Gaussian: with heavy tails, progress grows faster than the square root at first. The theorem assumes a Gaussian. Batch sizes from 64 to 1,024 would settle it.',
  ),
  'scaling-theorem': own(),
  'sde-batch': own(),
  'sde-matches': paper(),
  'sde-momentum': own(
    'The rule for momentum is this lab’s own and holds for SGD, not for signs: a sign of an average is not the average of signs. The paper has no momentum in its SDEs. A pair of SDEs for parameters and buffer together would settle it.',
  ),
};
