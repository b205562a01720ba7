// The standard error of any number that is computed from several independent blocks.

/**
 * `without(block)` is the number as computed from all blocks but that one (delete-one jackknife, Tukey 1958).
 */
export function jackknifeError(blocks: number, without: (block: number) => number): number {
  const values = Array.from({ length: blocks }, (_, block) => without(block));
  const middle = values.reduce((sum, x) => sum + x, 0) / blocks;
  return Math.sqrt(((blocks - 1) / blocks) * values.reduce((sum, x) => sum + (x - middle) ** 2, 0));
}
