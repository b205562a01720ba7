// Rotary positions (arXiv 2104.09864): queries and keys turn with their position, nothing is learned.
import { rotary as turn } from '../../graph/ops/rotary.ts';
import type { Positions } from './layer.ts';

export const rotary: Positions = {
  parameters: () => [],
  open: (_, { ropeTheta }) => ({ place: (x) => x, turn: (x) => turn(x, ropeTheta) }),
};
