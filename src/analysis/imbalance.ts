// Loss by how frequent the token to be predicted is, in groups of equal numbers
// of samples (arXiv 2402.19449).

/** Group of each token, 0 for the most frequent: every group has about the same number of occurrences. */
export interface FrequencyGroups {
  groups: number;
  of: Int32Array;
  /** Tokens in each group. */
  tokens: number[];
  /** Share of the training tokens in each group. */
  share: number[];
}

/**
 * `counts[id]`: occurrences of each token. A token belongs to the group its own middle falls into
 * when tokens lie side by side from the most frequent on, so a very frequent token may leave a group empty.
 * Tokens that never occur are the rarest.
 */
export function frequencyGroups(counts: ArrayLike<number>, groups: number): FrequencyGroups {
  const ids = Array.from({ length: counts.length }, (_, id) => id).sort(
    (a, b) => counts[b] - counts[a] || a - b,
  );
  const total = ids.reduce((sum, id) => sum + counts[id], 0) || 1;
  const of = new Int32Array(counts.length);
  const tokens = new Array<number>(groups).fill(0);
  const share = new Array<number>(groups).fill(0);
  let before = 0;
  for (const id of ids) {
    const middle = (before + counts[id] / 2) / total;
    const group = Math.min(groups - 1, Math.floor(middle * groups));
    before += counts[id];
    of[id] = group;
    tokens[group]++;
    share[group] += counts[id] / total;
  }
  return { groups, of, tokens, share };
}

export interface GroupLosses {
  /** Mean loss by group of the target; null for a group without targets. */
  loss: (number | null)[];
  /**
   * Standard errors, from the scatter of sequences: tokens of one sequence are not independent.
   * Null where fewer than two have targets.
   */
  error: (number | null)[];
  /** How many targets each group had. */
  samples: number[];
}

/** `perSequence` targets, one after the other, are of one sequence. */
export function lossByGroup(
  { of, groups }: Pick<FrequencyGroups, 'of' | 'groups'>,
  targets: ArrayLike<number>,
  losses: ArrayLike<number>,
  perSequence: number,
): GroupLosses {
  const sums = new Array<number>(groups).fill(0);
  const samples = new Array<number>(groups).fill(0);
  const bySequence = Array.from({ length: groups }, () => new Map<number, { sum: number; count: number }>());
  for (let i = 0; i < targets.length; i++) {
    const group = of[targets[i]];
    sums[group] += losses[i];
    samples[group]++;
    const sequence = Math.floor(i / perSequence);
    const part = bySequence[group].get(sequence) ?? { sum: 0, count: 0 };
    bySequence[group].set(sequence, { sum: part.sum + losses[i], count: part.count + 1 });
  }
  const loss = sums.map((sum, g) => (samples[g] > 0 ? sum / samples[g] : null));
  return {
    loss,
    error: loss.map((mean, g) => {
      const parts = [...bySequence[g].values()];
      const n = parts.length;
      if (mean === null || n < 2) return null;
      const squares = parts.reduce((total, { sum, count }) => total + (sum - count * mean) ** 2, 0);
      return Math.sqrt((squares * n) / (n - 1)) / samples[g];
    }),
    samples,
  };
}
