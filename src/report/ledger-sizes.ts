// Sizes of studies in the order of the length of training.

/** Sizes from the shortest runs to the longest; others follow. */
const order = ['smoke', 'mini', 'long', 'paper'];
/** A study without a size has a length of its own. */
export const OWN_SIZE = 'own';

const rank = (size: string) => (order.includes(size) ? order.indexOf(size) : order.length);

/** The order from short to long; `undefined` is a length of its own. */
export const bySize = (a = OWN_SIZE, b = OWN_SIZE): number =>
  rank(a) - rank(b) || (a < b ? -1 : Number(a > b));

/** False for a neighbour, which changes the model (`vocabulary-4096`, say). */
export const isLength = (size: string | undefined): boolean => size === undefined || order.includes(size);
