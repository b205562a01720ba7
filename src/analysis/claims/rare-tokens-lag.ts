// Class imbalance: who lags, and does it depend on batch size?
import { displayName } from '../names.ts';
import { combine, type Measured } from '../probed.ts';
import type { RunRow } from '../rows.ts';
import { mean } from '../stats.ts';
import type { LedgerClaim, StudyFacts } from './claim.ts';
import { missingAt } from './contrast.ts';
import { decideEnds } from './decide.ts';
import { largest, smallest, spot, winnersAt } from './places.ts';

/** By how much more SGD trails in the rarest third of the token groups than in the most frequent, by seed. */
function lag(study: StudyFacts, batchSize: number): Measured {
  const at = spot(study, batchSize);
  const ofArm = (arm: string): Measured => {
    const bySeed = new Map(winnersAt(study, { ...at, arm }).flatMap((row) => tilt(row) ?? []));
    const unmeasured = (study.probed.imbalance ?? []).filter((seed) => !bySeed.has(seed));
    const missing = unmeasured.map(
      (seed) => `losses by token frequency of seed ${seed} (${displayName(arm)} at batch size ${batchSize})`,
    );
    return { bySeed, missing: [...missingAt(study.cells, [{ ...at, arm }]), ...missing] };
  };
  return combine([ofArm('sgd'), ofArm('adam')], (sgd, adam) => sgd - adam);
}

/** Loss of the rarest third of the groups minus that of the most frequent third. */
function tilt(row: RunRow): [[number, number]] | null {
  const losses = (row.groupLosses ?? []).filter((loss) => loss !== null);
  const third = Math.max(1, Math.floor(losses.length / 3));
  if (losses.length < 2) return null;
  return [[row.seed, mean(losses.slice(-third)) - mean(losses.slice(0, third))]];
}

export const rareTokensLag: LedgerClaim = {
  id: 'rare-tokens-lag',
  text: 'Rare tokens lag behind frequent ones more under SGD than under Adam at the largest batch size, and less so at the smallest.',
  source: 'Kunstner et al., arXiv 2402.19449; arXiv 2506.12543, section 3.1',
  experiment: 'class-imbalance',
  paper: 'SGD is slow on rare classes in full batches. Whether it is in mini-batches as well was open.',
  figure: 'imbalance',
  judge(study) {
    const ends = [smallest(study), largest(study)] as const;
    return decideEnds(
      ends,
      (size) => lag(study, size),
      'no run has losses by token frequency at both batch sizes',
      {
        side: 'above',
        margin: 0,
        unit: 'nats',
        what: `The extra lag of rare tokens under SGD at batch size ${largest(study)} minus that at ${smallest(study)}`,
      },
    );
  },
};
