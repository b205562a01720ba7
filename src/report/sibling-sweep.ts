// What other papers measured on models of 160 million parameters: numbers that stand
// beside ours where orders are compared.

export interface PublishedLoss {
  /** The arm of `sign-methods` that is the same method. */
  arm: string;
  /** How the method is named in a figure, where the arm's own name would not say it. */
  label?: string;
  /** Validation perplexity, mean of 3 seeds, and two standard deviations. */
  perplexity: number;
  spread: number;
}

/**
 * Table 1 of arXiv 2505.21829: 160M parameters, SlimPajama, sequences of 2048 tokens, 256 of them in a batch.
 * By its public data SGD without clip and with the global one ran for 4,800 steps,
 * the others for 6,200, so budgets may differ.
 */
export const siblingSweep: { source: string; setting: string; losses: readonly PublishedLoss[] } = {
  source: 'arXiv 2505.21829, table 1',
  setting: '160M parameters, 256 sequences of 2048 tokens, 4,800 to 6,200 steps',
  losses: [
    { arm: 'adam', perplexity: 21.86, spread: 0.21 },
    { arm: 'signum', perplexity: 23.23, spread: 0.16 },
    { arm: 'rmsprop', perplexity: 27.04, spread: 0.34 },
    { arm: 'sgd-cclip', label: 'SGD, clip each coordinate', perplexity: 33.4, spread: 0.39 },
    { arm: 'signsgd', perplexity: 36.78, spread: 0.57 },
    { arm: 'sgd', perplexity: 37.76, spread: 0.61 },
    { arm: 'sgd-noclip', label: 'SGD, no clip', perplexity: 53.62, spread: 5.14 },
  ],
};

/**
 * The published runs as far as they are known, and what a run of ours is placed by.
 * Steps are tokens over batch and sequence length.
 */
export interface PlacedRun {
  steps: number;
  tokensPerParameter: number;
  tokensPerStep: number;
}

const slimPajama = (batch: number): PlacedRun => ({
  steps: Math.floor(1.3e9 / (512 * batch)),
  tokensPerParameter: 1.3e9 / 162e6,
  tokensPerStep: 512 * batch,
});

/** arXiv 2506.12543: 162M parameters, 1.3 billion tokens, sequences of 512. */
export const paperRuns: readonly PlacedRun[] = [16, 64, 128, 256, 1024].map(slimPajama);

/**
 * Tokens of the noise scale of a large model of language at a loss, in nats, by the law of Kaplan et al.
 * (arXiv 2001.08361, equation 1.4): 2e8 / loss^(1 / 0.21). An estimate: the paper measured none,
 * and the law is for another text.
 */
export const kaplanNoiseScale = (loss: number): number => 2e8 / loss ** (1 / 0.21);
