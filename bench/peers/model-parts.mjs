// What the JavaScript peers share: constants of the model, the pieces of a batch, and the ways worth trying.
import { batches } from '../serve.ts';

/** Rotary tables [T, W]; the sign of the half-turn is in the sine: (x1, x2) -> (x1 cos - x2 sin, x2 cos + x1 sin). */
export function rotaryTables({ dim, heads, seqLen, ropeTheta }) {
  const width = dim / heads;
  const cos = new Float32Array(seqLen * width);
  const sin = new Float32Array(seqLen * width);
  for (let t = 0; t < seqLen; t++)
    for (let i = 0; i < width; i++) {
      const half = i % (width / 2);
      const angle = t * ropeTheta ** ((-2 * half) / width);
      cos[t * width + i] = Math.cos(angle);
      sin[t * width + i] = (i < width / 2 ? -1 : 1) * Math.sin(angle);
    }
  return { cos, sin, shape: [seqLen, width] };
}

/** [T, T] to add to scores: what lies ahead counts nothing. */
export function causalMask(seqLen) {
  return Float32Array.from({ length: seqLen * seqLen }, (_, i) =>
    i % seqLen > Math.floor(i / seqLen) ? -1e30 : 0,
  );
}

/** Every batch in pieces of `size` sequences: lists of {ids, targets}, Int32Arrays of size * T. */
export function pieces(setup, size) {
  const { seqLen } = setup.model;
  const cut = (batch, from, shift) =>
    Int32Array.from(
      { length: size * seqLen },
      (_, i) => batch[(from + Math.floor(i / seqLen)) * (seqLen + 1) + (i % seqLen) + shift],
    );
  return batches(setup).map((batch) =>
    Array.from({ length: setup.batchSize / size }, (_, p) => ({
      ids: cut(batch, p * size, 0),
      targets: cut(batch, p * size, 1),
    })),
  );
}

/** Recipes worth trying: the batch whole or cut to what fits a cache; `kinds` of lookups. */
export function recipes({ batchSize, model }, kinds) {
  const fits = Math.max(1, Math.floor(512 / model.seqLen));
  const sizes = fits < batchSize && batchSize % fits === 0 ? [fits, batchSize] : [batchSize];
  // The logits of large batches do not fit the memory that a page may have.
  const most = Math.max(fits, 32);
  return sizes.filter((size) => size <= most).flatMap((piece) => kinds.map((lookup) => ({ piece, lookup })));
}

export const label = ({ piece, lookup }, { batchSize }) =>
  `${piece < batchSize ? `pieces of ${piece}` : 'whole'}, ${lookup}`;
