// Loss by how frequent the token to be predicted is, in groups of equal numbers of samples (arXiv 2402.19449).

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
 * `counts[id]`: occurrences of each token. A token belongs to the group its own middle falls into when tokens lie side by
 * side from the most frequent on, so a very frequent token may leave a group empty. Tokens that never occur are the rarest.
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

/** Mean loss by group of the target, and how many targets each had; null for a group without targets. */
export function lossByGroup(
  { of, groups }: Pick<FrequencyGroups, 'of' | 'groups'>,
  targets: ArrayLike<number>,
  losses: ArrayLike<number>,
): { loss: (number | null)[]; samples: number[] } {
  const sums = new Array<number>(groups).fill(0);
  const samples = new Array<number>(groups).fill(0);
  for (let i = 0; i < targets.length; i++) {
    sums[of[targets[i]]] += losses[i];
    samples[of[targets[i]]]++;
  }
  return { loss: sums.map((sum, g) => (samples[g] > 0 ? sum / samples[g] : null)), samples };
}
