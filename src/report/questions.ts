// The question that each experiment of the paper asks: what its report puts first.

const questions: Record<string, string> = {
  accumulation:
    'If memory holds one sequence at a time, is a small batch as good as a large one that is accumulated?',
  'adam-betas': 'How long should Adam remember past gradients, and does that depend on batch size?',
  'adaptive-clipping':
    'How much of the gap does SGD win back when the largest coordinates of its momentum are clipped?',
  architectures: 'Does the gap open with batch size in differently built models too?',
  'batch-sweep': 'How far behind Adam is SGD at each batch size, when learning rate and momentum are tuned?',
  'class-imbalance': 'Is SGD slow on rare tokens, and does that depend on batch size?',
  'clip-norms': 'Does the gap depend on the norm at which the gradients of SGD are clipped?',
  clipping: 'What does clipping the gradient do for SGD and for Adam?',
  'critical-batch': 'Up to which batch size do twice as many sequences save half of the steps?',
  'drift-hybrid': 'Can one optimizer behave like SGD at small batch sizes and like Adam at large ones?',
  'gap-batch': 'Does the gap grow with batch size at equal tokens, and at equal steps too?',
  'gap-steps': 'Does the gap at one batch size shrink when training takes more steps?',
  grafting: 'Which part of Adam’s step makes it better than SGD: its direction or its length?',
  'head-only-adam': 'Which part of the model needs Adam?',
  heterogeneity: 'Is Adam ahead because the curvature differs from block to block of the model?',
  'long-small-batch': 'Does SGD win at a small batch size when training is long?',
  map: 'Where in training does SGD fall behind Adam: at which batch size, after how many tokens?',
  'masked-lm': 'Does the gap open with batch size when masked tokens are predicted?',
  'model-sizes': 'Is SGD level with Adam at a small batch size, whatever the size of the model?',
  momentum: 'How much does momentum help SGD at a small and at a large batch size?',
  'noise-prediction': 'Can the noise of the gradient tell beforehand at which batch size the gap opens?',
  relatives: 'Which part of Adam makes the gap: its scale, its second moment, or the noise in it?',
  scaling: 'By which power of the batch size does early progress grow?',
  schedules: 'Does the gap depend on the learning-rate schedule?',
  sharpness: 'Is Adam ahead because the direction of its steps is less sharp?',
  'sign-methods': 'Which methods between SGD and Adam come close to Adam?',
  vision: 'Does the gap open with batch size in a model of images?',
  'weight-decay': 'Does weight decay change the gap?',
};

/** The question of an experiment; undefined for other studies. */
export const questionOf = (experiment: string | null): string | undefined =>
  experiment !== null && Object.hasOwn(questions, experiment) ? questions[experiment] : undefined;
