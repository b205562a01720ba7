// The measured learning rates, from the file that scripts/playground.ts writes.

import json from './basins.json' with { type: 'json' };
import type { Basins } from './basins.ts';

export const measured = json as Basins;
