// The passes of a quantile over ranges of coordinates: which sizes there are, for
// quantile.ts to select among.
import { buffer, quantileRank } from '../../optim/expr.ts';
import { evaluate } from '../../optim/reference.ts';
import type { MeasureStep } from '../../optim/stages.ts';
import { BRACKET_SLACK } from '../targets/wasm/bracket.ts';
import { HISTOGRAM_BINS } from '../targets/wasm/histogram.ts';
import { type BufferPlace, compilePass, type NamedNumbers, type Slice } from './pass.ts';
import type { Pass } from './program.ts';
import { createSelect } from './quantile.ts';

const BINS_BYTES = 4 * (HISTOGRAM_BINS + 16);
/**
 * A bracket holds a few of a hundred coordinates; if it holds more than one of eight,
 * all are counted instead.
 */
const asideBytes = (count: number) => 4 * Math.ceil(count / 8);

/** Bytes of scratch memory that quantiles over `count` coordinates need. */
export const quantileBytes = (count: number): number => BINS_BYTES + asideBytes(count) + BRACKET_SLACK;

const ASIDE = 'aside';

/**
 * `writing` are the buffers that the first pass writes on its way, with what it
 * reads before that (`step.before`).
 */
export function compileQuantile(
  step: MeasureStep,
  writing: Pick<Pass, 'buffers' | 'values'> | undefined,
  place: BufferPlace,
) {
  const nothing = { buffers: [], values: [] };
  const first = compilePass(
    writing ? { ...writing, bracket: step.before } : { ...nothing, bracket: step.value },
    place,
  );
  const counting = compilePass({ ...nothing, histogram: step.value }, place);
  const countingAside = compilePass({ ...nothing, histogram: buffer(ASIDE) }, place);
  /** By the offset of the only range, or of all ranges. */
  const selects = new Map<number | 'all', ReturnType<typeof createSelect>>();

  /**
   * The quantile over the ranges `from`; `own` has the scalars of every range, `scratch`
   * is where scratch memory begins.
   */
  const pick = (
    key: number | 'all',
    {
      at,
      ranges,
      own,
      scratch,
    }: { at: NamedNumbers; ranges: readonly Slice[]; own: readonly NamedNumbers[]; scratch: number },
  ): number => {
    const total = ranges.reduce((n, { size }) => n + size, 0);
    const bins = new Uint32Array(place.memory.buffer, scratch, HISTOGRAM_BINS);
    const aside = scratch + BINS_BYTES;
    const end = aside + asideBytes(total);
    let select = selects.get(key);
    if (!select) selects.set(key, (select = createSelect()));
    return select(
      {
        bracket(low, high) {
          const last = low === high ? aside : end;
          let [below, above, to] = [0, 0, aside];
          ranges.forEach((range, r) => {
            const [under, over, bytes] = first(at, range, own[r], [low, high, to, last]);
            below += under;
            above += over;
            to += bytes;
          });
          return { below, inside: total - below - above, aside: to < last };
        },
        count: (low, shift) =>
          ranges.reduce((n, range, r) => n + counting(at, range, own[r], [low, shift, scratch])[0], 0),
        countInside: (inside) => (low, shift) =>
          countingAside({ [ASIDE]: aside }, { offset: 0, size: inside }, {}, [low, shift, scratch])[0],
      },
      bins,
      quantileRank(shareOf(step, own[0]), total),
    );
  };

  /** The quantile of every range: the same of all of them together, or its own. */
  return (
    at: NamedNumbers,
    ranges: readonly Slice[],
    own: readonly NamedNumbers[],
    scratch: number,
  ): number[] => {
    if (step.scope === 'all')
      return new Array<number>(ranges.length).fill(pick('all', { at, ranges, own, scratch }));
    return ranges.map((range, r) => pick(range.offset, { at, ranges: [range], own: [own[r]], scratch }));
  };
}

/** In float64, as the rank is: rounding to float32 first could move it by one. */
const shareOf = ({ share }: MeasureStep, scalars: NamedNumbers): number =>
  share!.op === 'scalar' ? scalars[share!.name] : evaluate(share!, {}, scalars);
