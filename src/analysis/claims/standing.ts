// Whose statement each claim of the ledger is, what that work says about it, and what
// to make of it if it is refuted here.
/**
 * The paper (arXiv 2506.12543), other papers about the same question, or a question
 * that this lab asks itself.
 */
export type Whose = 'paper' | 'sibling' | 'own';

export interface Standing {
  whose: Whose;
  /** Whether the work says the sentence, says the opposite, or does not say. */
  says: 'yes' | 'no' | 'nothing';
  /**
   * Three sentences for a refutation that stands: what differs from the setting there,
   * and what would settle it.
   */
  discussion?: string;
}

const paper = (discussion?: string): Standing => ({ whose: 'paper', says: 'yes', discussion });
const sibling = (discussion?: string): Standing => ({ whose: 'sibling', says: 'yes', discussion });
const own = (discussion?: string): Standing => ({ whose: 'own', says: 'nothing', discussion });

/** By the id of the claim. */
export const standings: Readonly<Record<string, Standing>> = {
  'gap-grows': paper(),
  'gap-equal-tokens': paper(),
  'gap-equal-steps': own(),
  'gap-shrinks-with-steps': paper(
    'The paper starts at thousands of steps, when both optimizers have left the frequencies of single tokens behind; here the first budgets lie before that, where a gap has still to open. A line through both stretches has no slope that means anything. The trend over budgets after the dashed line of the map settles it.',
  ),
  'map-small-batch-opens': own(
    'The gap at the smallest batch size does not grow with length in these runs. A step here has 64 tokens, so the noise is far larger than in any run of the paper. More tokens at this batch size, on more text than one and a half passes, would settle it.',
  ),
  'map-large-batch-closes': paper(
    'The paper compares 2,500 steps with 20,000; the longest run here has 1,000. SGD may still be on its way from frequencies to pairs of tokens when the comparison is made. Runs of 4,000 steps at the largest batch size, and more text for them, would settle it.',
  ),
  'sgd-wins-long': paper(
    'The smallest step of the paper has 8,192 tokens, that of these runs 64, and its run has 160 thousand steps at 8 tokens a parameter. With 64 tokens a step Adam with beta2 0.95 averages over 20 sequences, so that it is Adam that is handicapped at first and SGD that stays behind later. A step of 8,192 tokens and 160 thousand steps, a billion tokens, would settle it; so would the direction in which this effect moves from one batch size to the next at the long size.',
  ),
  'beta2-tokens-long': sibling(),
  'sizes-close': paper(
    'The models of the paper have 160 million parameters and more, at 16 sequences of 512 tokens; these have up to 0.7 million at one of 64. Tokens a parameter are alike, steps and the noise of a step are not. The map of the model with 1.3 million parameters says which way the tie moves with size.',
  ),
  'clipping-needed': paper(
    'With 73 steps at the largest batch size, as in the mini size, SGD stands on the frequencies of single tokens, where gradients are short and clipping has nothing to do. In the paper SGD diverges without it at rates that are good with it, over thousands of steps of a deep model. The long size, with 1,000 steps, is the test; four or more layers would make it one of depth too.',
  ),
  'clip-norms-same-trend': own(),
  'clip-helps-small-batch': own(
    'Clipping does not lower the loss where it cuts nearly every step: what it does there is to fix the length of the step, which tuning of the learning rate can do as well. The paper does not look at batch sizes so small. Clip norms tuned beside the learning rate would settle whether there is a gain at all.',
  ),
  'momentum-large-batch': paper(
    'In 73 steps a momentum of 0.95 averages a quarter of the run, and warmup takes a tenth of it. The paper has 2,500 steps and more at its largest batch size. The long size settles it.',
  ),
  'order-large-batch': sibling(
    'The order is from 4,800 steps of a model of 160 million parameters; after 73 steps, as in the mini size, no method has the loss at which that order was seen. Sign methods move every coordinate by the learning rate in each step, so they are fast at first and noisy at last. The long size settles it for small models.',
  ),
  'sign-close-to-adam': sibling(
    'Signum’s buffer starts from zero and its step has full length from the first one on, which costs most in a run of 73 steps. In the work that the claim is from there are thousands of steps at large batch. The long size settles it.',
  ),
  'beta2-half-life': sibling(),
  'schedules-same-trend': paper(),
  'decay-same-trend': own(),
  'architectures-same-trend': own(),
  'masked-lm-same-trend': own(),
  'vision-same-trend': own(),
  'graft-direction': paper(
    'Grafts were trained for thousands of steps there, and their learning rates tuned on a model of 160 million parameters. Here the length of one optimizer is measured over a quarter of a million coordinates, most of them rows of rare tokens. Grafting tensor by tensor, as AdaGraft does, at the long size would settle it.',
  ),
  'adaptive-clip-helps': paper(
    'The paper’s share p of clipped coordinates is not known, and its runs are a hundred times as long. Here clipping by quantile is in place of the global norm. The same sweep at the long size with the global norm kept would settle it.',
  ),
  'norms-clipped-most': paper(
    'Norm layers here have 320 coordinates of a quarter of a million, at p of a tenth. In the paper’s model they are a smaller share still, but there are 25 of them. Shares by layer at four layers and more would settle it.',
  ),
  'rare-tokens-lag': sibling(),
  'toy-rare-lag': sibling(),
  'toy-lag-batch': own(),
  'sharpness-higher': paper(),
  'sharpness-follows-gap': {
    whose: 'paper',
    says: 'no',
    discussion:
      'This refutation is what the paper says: sharpness does not follow the gap. Sharpness is measured from points on SGD’s and Adam’s own ways at small scale. A batch size at which the gap opens between two measured ones would be a finer test.',
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
    'Time per step of one sequence is a tenth of a millisecond of arithmetic and as much of everything around it. In the paper’s setting a step of 16 sequences fills the device. Wall-clock on a device where both batch sizes fill it would settle it.',
  ),
  'head-closes-most': sibling(
    'There the head has 50 thousand rows, here 1,024: most of the rare classes that Adam helps with are not there. The learning rate of the head was tuned over two values only. The vocabularies of the map, with Adam on the head, would settle it.',
  ),
  'critical-batch-linear': own(),
  'critical-batch-fit': own(),
  'adasgd-closes': sibling(
    'AdaSGD has one learning rate that adapts, and tuning gives SGD a good one anyway. If it closes no more than half of the gap, then the gap is not one of scale but of direction, as the grafts say as well. Its authors looked at recurrent networks and images; on language models of their size it would be settled.',
  ),
  'invariant-adam': sibling(
    'Invariance holds to first order in the learning rate; the tuned rates of 64 sequences in one step are not small. Each batch size has its own tuned rate here, where the authors scale one. Losses at one rate over all batch sizes, lower than the best, would settle it.',
  ),
  'adam-small-is-sgd': own(
    'Adam at batch size 1 is then no SGD: its second moment is more than a constant. Noise of mini-batches differs from coordinate to coordinate, unlike that of privacy, and it grows with the gradient of a rare token. The same comparison with noise of equal size added in every coordinate would settle it.',
  ),
  'noise-out-helps': own(
    'Noise in the second moment shortens steps where gradients are noisy, which is what a small batch needs. The noise of privacy has one size in all coordinates, that of mini-batches has not, so that taking it out removes information. The share `floor`, swept, would show how much of it may go.',
  ),
  'drift-small': own(),
  'drift-large': own(),
  'drift-beyond-memory': own(),
  'opening-drift': own(
    'Theorem 1 is about sign descent without momentum; training has momentum, which averages some forty batches. The claim with momentum counted in is the one to look at. Runs of SignSGD and SGD without momentum would settle this one.',
  ),
  'opening-momentum': own(),
  'opening-noise-scale': own(
    'The noise scale says where larger batches stop to save steps, and nothing about two optimizers. It is measured on Adam at the smallest batch size, and grows as training goes on. The opening at several budgets of the map, beside the scale at the same points, would settle whether one follows the other.',
  ),
  'noise-inverse-batch': paper(),
  'noise-gaussian': paper(
    'Single sequences of 64 tokens are the least noise there is to average; a step of the paper has 8,192 tokens or more, and averages are nearer to a Gaussian. The paper says that heavier tails do not change the picture. Kurtosis of gradients of 128 sequences would settle it for its batch sizes.',
  ),
  'scaling-sgd': paper(),
  'scaling-sign': paper(
    'At a batch of one sequence gradients are not Gaussian, and the median of a heavy tail moves faster than the root. The theorem assumes a Gaussian. Batch sizes from 64 to 1,024 on would settle it.',
  ),
  'scaling-theorem': own(),
  'sde-batch': own(),
  'sde-matches': paper(),
  'sde-momentum': own(
    'The rule for momentum is this lab’s own and holds for SGD, not for signs: a sign of an average is not the average of signs. The paper has no momentum in its SDEs. A pair of SDEs for parameters and buffer together would settle it.',
  ),
};
