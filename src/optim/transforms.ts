// The table of transforms: a new one is one file and one line here. Global-norm clipping is not among them:
// it is a run's `clip`, a factor that the update pass multiplies in (clip.ts).
import { adaptiveClip } from './clip-adaptive.ts';
import { coordinateClip } from './clip-coordinate.ts';
import { layerClip } from './clip-layer.ts';
import { decay } from './decay.ts';
import type { TransformDef } from './transform.ts';

export const transforms: Record<string, TransformDef> = Object.fromEntries(
  [
    layerClip, //
    coordinateClip,
    adaptiveClip,
    decay,
  ].map((def) => [def.name, def]),
);
